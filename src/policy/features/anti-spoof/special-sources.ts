// Martian sources that are the same everywhere (RFC 1812 section 5.3.7). From inside, table `source` looks at the address
// anyway; from outside it is looked at behind what matters, by what is not established: a packet of a connection must not
// cost the datapath more bits than it would without.

import type { Match } from '../../../openflow/flow/match.ts';
import { self } from '../../facts/base.ts';
import { fromInner, fromOuter, registers } from '../../registers.ts';
import { linkLocal, neverUnicast } from '../../special-addresses.ts';
import { drop, flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { inPrefix, registersAre } from '../words/match-and-action.ts';

/** In `outer_source`, above those of all prefixes. What was turned back has passed `source`. */
export const sourcePriorities = { turnedBack: 3000, martian: 2000, unroutable: 1900 } as const;

/** A martian from outside, in each of the tables where it may end. */
export function outerMartian(source: Match): PipelineFlow[] {
  return [
    // From inside they did not get past `source`; a ping from outside is first looked at here.
    drop('answer', 110, 'martian-source', [...registersAre([registers.direction, fromOuter]), ...source]),
    ...outerMartianInTransit(source),
  ];
}

/** The same of what goes further than to the gateway. */
function outerMartianInTransit(source: Match): PipelineFlow[] {
  return [
    // For nobody here in any case: the reason tells a martian from a stray packet.
    drop('outer_nat', 60, 'martian-source', source),
    // Who is answered was asked, and so is no martian; an error may come from anybody.
    drop('outer_state', 280, 'martian-source', source),
    drop('outer_source', sourcePriorities.martian, 'martian-source', source),
  ];
}

/** A packet from inside; what another node sends was looked at there. */
export const fromInside = [
  [registers.direction, fromInner],
  [registers.fromPeer, 0],
] as const;

export const specialSources = flowUnit({
  name: 'anti-spoof/special-sources',
  over: self,
  reads: [],
  flows: () => [
    ...neverUnicast.flatMap(({ prefix }) => {
      const source = inPrefix('source', prefix);
      const inside = [...registersAre(...fromInside), ...source];
      return [drop('source', 140, 'martian-source', inside), ...outerMartian(source)];
    }),
    flow({
      ...{ table: 'source', priority: 50, next: 'l2_lookup' },
      match: registersAre([registers.direction, fromOuter]),
    }),
    flow({
      ...{ table: 'outer_source', priority: sourcePriorities.turnedBack, next: 'stateless_in' },
      match: registersAre([registers.turnedBack, 1]),
    }),
    // What goes on from there is routed, and so leaves the link that its source means something on.
    ...linkLocal.flatMap(({ prefix }) => {
      const source = inPrefix('source', prefix);
      const inside = [...registersAre([registers.direction, fromInner]), ...source];
      return [drop('gateway', 40, 'martian-source', inside), ...outerMartianInTransit(source)];
    }),
  ],
});
