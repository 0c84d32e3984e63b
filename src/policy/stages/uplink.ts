// Table `uplink` of the physical bridge: tenants' VLANs to the integration bridge and back, the underlay to the VTEPs
// and back, each by a flow of its own. Nothing floods, nothing is learned.

import type { FlowEntry } from '../../openflow/flow/flow.ts';
import { reservedPorts } from '../constants.ts';
import { flow, is, isTagged, isUntagged, miss, pushVlan } from '../flow-builder.ts';
import type { Intent } from '../model.ts';
import { type NodeConfig, patchPorts, type VtepConfig } from '../node.ts';
import { physicalTables } from '../pipeline.ts';
import { legsHere, ownedBy } from './context.ts';

const table = physicalTables.uplink;
/** The group bit: broadcast and multicast, which an underlay needs for ARP and ND. */
const groupAddress = 0x010000000000n;

export function uplink(node: NodeConfig, intent: Intent, ports: ReadonlyMap<string, number>): FlowEntry[] {
  const flows: FlowEntry[] = [];
  for (const { name } of node.physicalPorts) {
    const port = ports.get(name);
    const patch = ports.get(patchPorts(name).physical);
    if (port === undefined || patch === undefined) continue;
    for (const iface of legsHere({ intent })) {
      const { attachment } = iface;
      if (attachment.kind !== 'vlan' || attachment.port !== name) continue;
      flows.push(
        flow({
          table,
          priority: 100,
          owner: ownedBy(iface),
          match: [is('in_port', port), isTagged(attachment.vlan)],
          actions: [{ kind: 'output', port: patch }],
        }),
      );
    }
    flows.push(
      flow({ table, priority: 100, match: [is('in_port', patch)], actions: [{ kind: 'output', port }] }),
      ...node.vteps.filter(vtep => vtep.port === name).flatMap(vtep => underlay(node, vtep, port, ports)),
    );
  }
  return [...flows, miss(table, 'not-ours')];
}

function underlay(node: NodeConfig, vtep: VtepConfig, port: number, ports: ReadonlyMap<string, number>): FlowEntry[] {
  const device = vtep.device === node.physicalBridge ? reservedPorts.local : ports.get(vtep.device);
  if (device === undefined) return [];
  const output = (to: number) => ({ kind: 'output', port: to }) as const;
  if (vtep.infraVlan !== undefined)
    return [
      flow({
        table,
        priority: 100,
        match: [is('in_port', port), isTagged(vtep.infraVlan)],
        actions: [{ kind: 'pop_vlan' }, output(device)],
      }),
      flow({
        table,
        priority: 100,
        match: [is('in_port', device)],
        actions: [...pushVlan(vtep.infraVlan), output(port)],
      }),
    ];
  const toHost = [is('eth_dst', node.physicalMac), is('eth_dst', groupAddress, groupAddress)];
  return [
    ...toHost.map(destination =>
      flow({
        table,
        priority: 100,
        match: [is('in_port', port), isUntagged(), destination],
        actions: [output(device)],
      }),
    ),
    flow({ table, priority: 100, match: [is('in_port', device)], actions: [output(port)] }),
  ];
}
