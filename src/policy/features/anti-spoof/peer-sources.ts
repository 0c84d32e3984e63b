// What another node has routed comes by a VNI with the gateway's MAC, and any source: it was looked at where it came in.

import { only } from '../../facts/base.ts';
import { gatewayMacs, legsHere, peersThere } from '../../facts/derived.ts';
import { registers } from '../../registers.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { ownedBy } from '../words/interfaces.ts';
import { is, registersAre } from '../words/match-and-action.ts';

export const peerSources = flowUnit({
  name: 'anti-spoof/peer-sources',
  over: legsHere,
  reads: [peersThere, gatewayMacs],
  flows: (leg, facts) => {
    if (leg.role !== 'inner' || leg.tunnel === undefined || !facts.get(peersThere, only)) return [];
    const gateway = facts.get(gatewayMacs, leg.interface);
    if (!gateway) return [];
    return [
      flow({
        ...{ table: 'source', priority: 90, owner: ownedBy(leg), next: 'l2_lookup' },
        match: [
          ...registersAre([registers.ingressInterface, leg.index], [registers.fromPeer, 1]),
          is('eth_src', gateway.mac),
        ],
      }),
    ];
  },
});
