// The bridges, ports and interfaces that the switch should have, as rows of its database. Which rows are there already,
// and what it takes to get from those to these, is for the controller.

import { formatMac } from '../lib/address.ts';
import { interfaceType, type UsableDatapath } from './datapath.ts';
import { type NodeConfig, type PortConfig, patchPorts, type VtepConfig, vxlanPort } from './node.ts';

/** The `external_ids` key that marks a row as pointsman's; its value is the node's name. */
export const ownerKey = 'pointsman';

/** Keys of the integration bridge's `external_ids` that say which tenant a conntrack zone was last given to. */
export const zoneKeyPrefix = 'pointsman-ct-zone-';

/** What such a key holds: another state database gives the same number to another tenant. */
export function zoneOwner({ id, name }: { readonly id: number; readonly name: string }): string {
  return `${id} ${name}`;
}

export interface DesiredInterface {
  readonly name: string;
  /** Empty is a device of the kernel. */
  readonly type: '' | 'internal' | 'patch' | 'vxlan' | 'dpdk' | 'doca';
  readonly options: ReadonlyMap<string, string>;
  /** 1 to 65279; undefined on the bridge's own port, which is LOCAL. */
  readonly ofportRequest: number | undefined;
  readonly mtuRequest: number | undefined;
  /** `aa:bb:cc:dd:ee:ff`; internal ports only. */
  readonly mac: string | undefined;
}

/** A port of one interface, which has the port's name. */
export interface DesiredPort {
  readonly name: string;
  readonly tag: number | undefined;
  readonly interface: DesiredInterface;
}

export interface DesiredBridge {
  readonly name: string;
  readonly datapathType: UsableDatapath['datapathType'];
  /** Nothing is forwarded unless a flow says so, also while no controller is there. */
  readonly failMode: 'secure';
  /** Keys to hold; others are left alone. */
  readonly otherConfig: ReadonlyMap<string, string>;
  /** Table names by number, for people who dump flows. */
  readonly flowTables: ReadonlyMap<number, string>;
  readonly ports: readonly DesiredPort[];
}

export interface DesiredSwitch {
  /** The node's name: the value of the owner mark. */
  readonly owner: string;
  readonly bridges: readonly DesiredBridge[];
}

export interface FlowTableNames {
  readonly physical: ReadonlyMap<number, string>;
  readonly integration: ReadonlyMap<number, string>;
}

// Where the port numbers of each group begin. They follow the order of the configuration, so that flows survive a
// vswitchd that forgets its numbers. 65279 is the last that OVS takes (ofport_request); the configuration allows
// 64 physical ports, 64 VTEPs and 4096 representors.
const firstPhysicalPort = 1;
const firstPatchPort = 101;
const firstVtepPort = 201;
const vxlanPortNumber = 1;
const firstRepresentor = 1001;

/** The rows for a node; the same input gives the same rows in the same order. */
export function desiredSwitch(node: NodeConfig, datapath: UsableDatapath, tables: FlowTableNames): DesiredSwitch {
  const bridge = (
    name: string,
    mac: bigint,
    flowTables: ReadonlyMap<number, string>,
    ports: readonly DesiredPort[],
  ): DesiredBridge => ({
    name,
    datapathType: datapath.datapathType,
    failMode: 'secure',
    // Without hwaddr the MAC follows the ports; in-band control would add flows of its own for the management network.
    otherConfig: new Map([
      ['hwaddr', formatMac(mac)],
      ['disable-in-band', 'true'],
    ]),
    flowTables,
    ports: [localPort(name), ...ports],
  });
  return {
    owner: node.name,
    bridges: [
      bridge(node.physicalBridge, node.physicalMac, tables.physical, physicalPorts(node, datapath)),
      bridge(node.integrationBridge, node.integrationMac, tables.integration, integrationPorts(node, datapath)),
    ],
  };
}

// `Bridge.protocols` is left empty on purpose: since Open vSwitch 2.17 that means OpenFlow 1.0 to 1.5.

function physicalPorts(node: NodeConfig, datapath: UsableDatapath): readonly DesiredPort[] {
  return [
    ...node.physicalPorts.map((port, index) => attachedPort(port, firstPhysicalPort + index, datapath)),
    ...node.physicalPorts.map(({ name }, index) => {
      const ends = patchPorts(name);
      return patchPort(ends.physical, ends.integration, firstPatchPort + index);
    }),
    ...node.vteps.flatMap((vtep, index) =>
      vtep.device === node.physicalBridge ? [] : [vtepPort(node, vtep, firstVtepPort + index)],
    ),
  ];
}

function integrationPorts(node: NodeConfig, datapath: UsableDatapath): readonly DesiredPort[] {
  const fromFlow = ['key', 'remote_ip', 'local_ip'].map(key => [key, 'flow'] as const);
  return [
    plainPort(vxlanPort, { type: 'vxlan', options: new Map(fromFlow), ofportRequest: vxlanPortNumber }),
    ...node.physicalPorts.map(({ name }, index) => {
      const ends = patchPorts(name);
      return patchPort(ends.integration, ends.physical, firstPatchPort + index);
    }),
    ...node.representors.map((port, index) => attachedPort(port, firstRepresentor + index, datapath)),
  ];
}

function plainPort(
  name: string,
  of: Pick<DesiredInterface, 'type'> & Partial<DesiredInterface>,
  tag?: number,
): DesiredPort {
  return {
    name,
    tag,
    interface: {
      options: new Map(),
      ofportRequest: undefined,
      mtuRequest: undefined,
      mac: undefined,
      ...of,
      name,
    },
  };
}

/** Every bridge has one of its own name: LOCAL in OpenFlow, a device of the kernel outside. */
function localPort(bridge: string): DesiredPort {
  return plainPort(bridge, { type: 'internal' });
}

function patchPort(name: string, peer: string, ofportRequest: number): DesiredPort {
  return plainPort(name, { type: 'patch', options: new Map([['peer', peer]]), ofportRequest });
}

/** The tag is what NORMAL would go by; the flows of the physical bridge push and pop the VLAN themselves. */
function vtepPort(node: NodeConfig, vtep: VtepConfig, ofportRequest: number): DesiredPort {
  return plainPort(vtep.device, { type: 'internal', ofportRequest, mac: formatMac(node.physicalMac) }, vtep.infraVlan);
}

function attachedPort(port: PortConfig, ofportRequest: number, datapath: UsableDatapath): DesiredPort {
  const type = interfaceType(port, datapath);
  const { mtuRequest } = port;
  // A device of the kernel has no queues or device arguments of OVS's: vswitchd would complain at every change.
  if (type === '') return plainPort(port.name, { type, ofportRequest, mtuRequest });
  const queues = port.rxQueues === undefined ? [] : ([['n_rxq', String(port.rxQueues)]] as const);
  return plainPort(port.name, { type, options: new Map([...port.options, ...queues]), ofportRequest, mtuRequest });
}
