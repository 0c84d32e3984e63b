// Table `l2_lookup`: what is addressed to the gateway's MAC, or to this node's own, is routed. A frame of somebody else's ends here:
// nothing is flooded or learned.

import { gatewayMacs, legsHere, senderMacs } from '../../facts/derived.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { ownedBy } from '../words/interfaces.ts';
import { ethType } from '../words/match-and-action.ts';
import { addressedTo } from './addressed-to.ts';

export const toGateway = flowUnit({
  name: 'segment/to-gateway',
  over: legsHere,
  reads: [gatewayMacs, senderMacs],
  flows: (leg, facts) => {
    const macs = [gatewayMacs, senderMacs].flatMap(of => facts.get(of, leg.interface)?.mac ?? []);
    return [...new Set(macs)].flatMap(mac =>
      ([4, 6] as const).map(family =>
        flow({
          ...{ table: 'l2_lookup', priority: 100, owner: ownedBy(leg), next: 'gateway' },
          match: [...addressedTo(leg, mac), ethType(family)],
        }),
      ),
    );
  },
});
