// Table `uplink`: what comes back from the integration bridge goes out, the underlay goes to the VTEPs and back, each by a
// flow of its own.

import { reservedPorts } from '../../constants.ts';
import { unit } from '../../engine/unit.ts';
import { ofportKey, ofports, only, self } from '../../facts/base.ts';
import { uplinks } from '../../facts/derived.ts';
import { type NodeConfig, patchPorts, type VtepConfig } from '../../node.ts';
import { flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { is, isTagged, isUntagged, pushVlan } from '../words/match-and-action.ts';
import { tableOfTagged } from './tag-type.ts';

/** The group bit: broadcast and multicast, which an underlay needs for ARP and ND. */
const groupAddress = 0x010000000000n;

export const findUplinks = unit({
  name: 'uplink/ports',
  over: self,
  reads: [],
  writes: [uplinks],
  emit: ({ physicalPorts, physicalBridge, physicalMac, vteps }, _, out) => {
    for (const { name: port } of physicalPorts)
      out.put(uplinks, {
        port,
        mac: physicalMac,
        bridge: physicalBridge,
        vteps: vteps.filter(vtep => vtep.port === port),
      });
  },
});

export const uplinkPort = flowUnit({
  name: 'uplink/port',
  over: uplinks,
  reads: [self, ofports],
  flows: (uplink, facts) => {
    const ofportOf = (device: string) => facts.get(ofports, ofportKey('physical', device))?.ofport;
    const port = ofportOf(uplink.port);
    const patch = ofportOf(patchPorts(uplink.port).physical);
    const tagged = tableOfTagged(facts.get(self, only), uplink.port);
    if (port === undefined || patch === undefined) return [];
    return [
      flow({ table: 'uplink', priority: 100, match: [is('in_port', patch)], actions: [{ kind: 'output', port }] }),
      ...uplink.vteps.flatMap(vtep => {
        const device = vtep.device === uplink.bridge ? reservedPorts.local : ofportOf(vtep.device);
        return device === undefined ? [] : underlay(vtep, { port, device, tagged }, uplink.mac);
      }),
    ];
  },
});

function underlay(
  { infraVlan }: VtepConfig,
  { port, device, tagged }: { readonly port: number; readonly device: number; readonly tagged: 'uplink' | 'vlan' },
  mac: NodeConfig['physicalMac'],
): PipelineFlow[] {
  const common = { table: 'uplink', priority: 100 } as const;
  const output = (to: number) => ({ kind: 'output', port: to }) as const;
  if (infraVlan !== undefined)
    return [
      flow({
        ...common,
        table: tagged,
        match: [is('in_port', port), isTagged(infraVlan)],
        actions: [{ kind: 'pop_vlan' }, output(device)],
      }),
      flow({ ...common, match: [is('in_port', device)], actions: [...pushVlan(infraVlan), output(port)] }),
    ];
  const toHost = [is('eth_dst', mac), is('eth_dst', groupAddress, groupAddress)];
  return [
    ...toHost.map(destination =>
      flow({ ...common, match: [is('in_port', port), isUntagged(), destination], actions: [output(device)] }),
    ),
    flow({ ...common, match: [is('in_port', device)], actions: [output(port)] }),
  ];
}
