// Table `rate`: ARP and ND pass the meter of their interface, or port, before anything slow is done for them, so that a flood dies
// in the datapath.

import type { Match } from '../../../openflow/flow/match.ts';
import { discoveryTypes, etherTypes, protocols } from '../../constants.ts';
import type { CookieParts } from '../../cookies.ts';
import { legsHere, machinesHere } from '../../facts/derived.ts';
import { meterId } from '../../meters.ts';
import { registers } from '../../registers.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { ownedBy, ownedByPort } from '../words/interfaces.ts';
import { is, registersAre } from '../words/match-and-action.ts';

const metered: readonly Match[] = [
  [is('eth_type', etherTypes.arp)],
  ...discoveryTypes.map(type => [
    is('eth_type', etherTypes.ipv6),
    is('nw_proto', protocols.icmpv6),
    is('icmpv6_type', type),
  ]),
];

export const rateInterface = flowUnit({
  name: 'rate/interface',
  over: legsHere,
  reads: [],
  flows: leg => pass(leg, 'ingressInterface', 100, ownedBy(leg)),
});

export const ratePort = flowUnit({
  name: 'rate/port',
  over: machinesHere,
  reads: [],
  flows: port => pass(port, 'arrivedBy', 110, ownedByPort(port)),
});

function pass(
  of: { readonly index: number },
  by: 'ingressInterface' | 'arrivedBy',
  priority: number,
  owner: CookieParts,
) {
  return metered.map(match =>
    flow({
      table: 'rate',
      priority,
      owner,
      match: [...registersAre([registers[by], of.index]), ...match],
      actions: [{ kind: 'meter', meter: meterId(of, 'arpNd') }],
      next: 'arp_nd',
    }),
  );
}
