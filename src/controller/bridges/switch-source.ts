// What this folder needs of the OVSDB client to read the switch: a replica, and which columns are real.

import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { MonitorSelection, OvsdbClient, StoredRow } from '../../ovsdb/index.ts';
import { ownerKey } from '../../policy/bridges.ts';
import type { SwitchOffer } from '../../policy/datapath.ts';
import type { NodeConfig } from '../../policy/node.ts';

/** An OvsdbClient is one. */
export type SwitchSource = Pick<OvsdbClient<OpenVSwitchTables>, 'replica' | 'hasColumn'>;

export type RootRow = StoredRow<OpenVSwitchTables['Open_vSwitch']>;
export type BridgeRow = StoredRow<OpenVSwitchTables['Bridge']>;
export type PortRow = StoredRow<OpenVSwitchTables['Port']>;
export type InterfaceRow = StoredRow<OpenVSwitchTables['Interface']>;

/** The columns read here. Statistics are left out: they change every few seconds, and would wake everybody up. */
export const switchMonitor = {
  Open_vSwitch: [
    'bridges',
    'other_config',
    'external_ids',
    'next_cfg',
    'cur_cfg',
    'ovs_version',
    'datapath_types',
    'iface_types',
    'dpdk_initialized',
    'dpdk_version',
    'doca_initialized',
    'doca_version',
  ],
  Bridge: [
    'name',
    'datapath_type',
    'fail_mode',
    'protocols',
    'controller',
    'ports',
    'flow_tables',
    'other_config',
    'external_ids',
    'datapath_id',
  ],
  Controller: ['target'],
  Port: ['name', 'interfaces', 'tag', 'external_ids'],
  Interface: [
    'name',
    'type',
    'options',
    'ofport',
    'ofport_request',
    'mtu',
    'mtu_request',
    'mac',
    'mac_in_use',
    'error',
    'admin_state',
    'link_state',
    'external_ids',
  ],
  Flow_Table: ['name', 'prefixes', 'external_ids'],
} as const satisfies MonitorSelection<OpenVSwitchTables>;

/** The one row of Open_vSwitch; undefined until `ovs-vsctl init` or pointsman makes it. */
export function rootRow(source: SwitchSource): RootRow | undefined {
  return source.replica.rows('Open_vSwitch').next().value;
}

/** The datapath of the integration bridge as dpctl(8) names it: ofproto has one for each type (ofproto-dpif.c). */
export function datapathName(node: NodeConfig, { replica }: SwitchSource): string {
  const type = replica.find('Bridge', row => row.name === node.integrationBridge)?.datapath_type || 'system';
  return `${type}@ovs-${type}`;
}

/** Whose mark a row carries: a node's name; undefined: nobody's of ours. */
export function ownerOf(row: { readonly external_ids: ReadonlyMap<string, string> }): string | undefined {
  return row.external_ids.get(ownerKey);
}

/** What vswitchd says it can do; columns that the schema lacks are undefined. */
export function switchOffer(source: SwitchSource): SwitchOffer {
  const root = rootRow(source);
  const read = <C extends 'datapath_types' | 'iface_types' | 'doca_initialized' | 'dpdk_initialized'>(column: C) =>
    source.hasColumn('Open_vSwitch', column) ? root?.[column] : undefined;
  return {
    // Without the row no vswitchd has run: that is an empty list, and not an old schema.
    datapathTypes: root ? read('datapath_types') : [],
    ifaceTypes: root ? read('iface_types') : [],
    docaInitialized: read('doca_initialized'),
    dpdkInitialized: read('dpdk_initialized'),
  };
}

/** A bridge that carries our mark; undefined: it is not there, or somebody else's. */
export function ourBridge(
  name: string,
  { name: owner }: Pick<NodeConfig, 'name'>,
  { replica }: Pick<SwitchSource, 'replica'>,
): BridgeRow | undefined {
  return replica.find('Bridge', row => row.name === name && ownerOf(row) === owner);
}
