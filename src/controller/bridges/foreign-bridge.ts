// Whether a bridge that we are to work on is somebody else's. Such a bridge is left alone altogether: no row of it is
// written, and nobody speaks OpenFlow to it, for a flow of ours takes the place of one of its owner's.

import { ownerKey } from '../../policy/bridges.ts';
import type { NodeConfig } from '../../policy/node.ts';
import type { OwnershipConflict } from './plan-context.ts';
import { type BridgeRow, ownerOf, rootRow, type SwitchSource } from './switch-source.ts';

export type OwnedNode = Pick<NodeConfig, 'name' | 'integrationBridge' | 'physicalBridge'>;

/** One conflict for each bridge of the configuration that is not ours; a bridge that is not there is nobody's. */
export function foreignBridges(node: OwnedNode, source: SwitchSource): readonly OwnershipConflict[] {
  const ovn = ovnBridges(source);
  const meant = [
    { name: node.physicalBridge, setting: 'bridges.physical.name' },
    { name: node.integrationBridge, setting: 'bridges.integration.name' },
  ];
  return meant.flatMap(({ name, setting }) => {
    const row = source.replica.find('Bridge', bridge => bridge.name === name);
    const message = ovn.has(name) ? ovnMessage(name, setting) : row && rowMessage(node, row, setting);
    return message === undefined ? [] : [{ code: 'NOT_OURS', kind: 'bridge', name, message }];
  });
}

function rowMessage(node: OwnedNode, row: BridgeRow, setting: string): string | undefined {
  const { name } = row;
  const owner = ownerOf(row);
  if (owner === node.name) return undefined;
  if (owner !== undefined)
    return (
      `bridge ${name} belongs to pointsman's node ${owner}, and keeps its flows: give this node its name back ` +
      `(node.name), take another bridge (${setting}), or remove this one`
    );
  const command = `ovs-vsctl set Bridge ${name} external_ids:${ownerKey}=${node.name}`;
  return (
    `bridge ${name} carries no mark of pointsman${hint(row)}, and stays as it is: take another bridge (${setting}), ` +
    `remove this one, or give it to pointsman ("${command}")`
  );
}

/** What an unmarked bridge says of its owner, as far as it fits a line. */
function hint({ external_ids }: BridgeRow): string {
  const entries = [...external_ids].map(([key, value]) => `${key}=${value}`);
  return entries.length === 0 ? '' : ` (its external_ids: ${entries.join(', ').slice(0, 120)})`;
}

function ovnMessage(bridge: string, setting: string): string {
  return (
    `bridge ${bridge} is the integration bridge of OVN (external_ids of Open_vSwitch), which removes every flow that is ` +
    `not its own: take another bridge (${setting})`
  );
}

/**
 * The integration bridges of the ovn-controllers of this switch (ovn-controller(8)). Each may have keys of its own, that
 * end in the name of its chassis.
 */
function ovnBridges(source: SwitchSource): ReadonlySet<string> {
  const ids = rootRow(source)?.external_ids ?? new Map<string, string>();
  const isInstance = /^ovn-(?:remote|bridge)(?!-(?:probe-interval|mappings|datapath-type|remote))(?<suffix>-.+)?$/;
  const instances = [...ids.keys()].flatMap(key => {
    const found = isInstance.exec(key);
    return found ? [found.groups?.suffix ?? ''] : [];
  });
  return new Set(instances.map(suffix => ids.get(`ovn-bridge${suffix}`) ?? ids.get('ovn-bridge') ?? 'br-int'));
}
