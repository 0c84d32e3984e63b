// What is routed nowhere, whoever sends it: to an address that means the same everywhere (RFC 6890), or with no hop left.

import { self } from '../../facts/base.ts';
import { linkLocal, neverUnicast } from '../../special-addresses.ts';
import { drop, flowUnit } from '../flow-unit.ts';
import { ethType, inPrefix, is } from '../words/match-and-action.ts';
import { routePriorities } from './route-flow.ts';

const specialDestinations = [...neverUnicast, ...linkLocal].map(({ prefix }) => inPrefix('destination', prefix));

export const undeliverable = flowUnit({
  name: 'route/undeliverable',
  over: self,
  reads: [],
  flows: () => [
    ...specialDestinations.map(match => drop('route', routePriorities.martian, 'martian-destination', match)),
    // In `outer_nat` it is for nobody here in any case: the reason tells a martian from a stray packet.
    ...specialDestinations.map(match => drop('outer_nat', 50, 'martian-destination', match)),
    // A packet whose TTL would reach 0 is not forwarded (RFC 1812 section 5.3.1).
    ...([4, 6] as const).flatMap(family =>
      [0, 1].map(ttl => drop('route', routePriorities.expired, 'ttl-exceeded', [ethType(family), is('nw_ttl', ttl)])),
    ),
  ],
});
