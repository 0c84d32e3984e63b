// From an inner interface come the sources that live behind it (strict reverse path, RFC 3704 section 2.2): its subnets, but
// none of the addresses there that are no machine's. NAT rules and shared zones rely on it.

import { legsHere } from '../../facts/derived.ts';
import { subnets } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { drop, flow, flowUnit } from '../flow-unit.ts';
import { ownedBy } from '../words/interfaces.ts';
import { inPrefix, isAddress, registersAre } from '../words/match-and-action.ts';
import { ownAddresses } from './own-addresses.ts';

export const subnetSources = flowUnit({
  name: 'anti-spoof/subnet-sources',
  over: subnets,
  reads: [legsHere],
  flows: ({ interface: name, prefix }, facts) => {
    const leg = facts.get(legsHere, name);
    if (leg?.role !== 'inner') return [];
    const here = [registers.ingressInterface, leg.index] as const;
    return [
      ...ownAddresses(prefix).map(ip =>
        drop('source', 140, 'martian-source', [
          ...registersAre(here, [registers.fromPeer, 0]),
          ...isAddress('source', ip),
        ]),
      ),
      flow({
        ...{ table: 'source', priority: 100, owner: ownedBy(leg), next: 'l2_lookup' },
        match: [...registersAre(here), ...inPrefix('source', prefix)],
      }),
    ];
  },
});
