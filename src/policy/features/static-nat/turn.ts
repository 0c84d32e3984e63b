// Tables `turn` and `turn_source`: from a host with an outside address to another one of the same interface. Nobody outside would
// send it back: it is turned here, and comes in as from outside, by that interface; who it is for, whosever he is, is found there.
// A host without one has no address that an answer could come to, and is routed as ever.

import { fromOuter, registers } from '../../registers.ts';
import { flow } from '../flow-unit.ts';
import { addressFields, isAddress, load, registersAre, set } from '../words/match-and-action.ts';
import { staticNatUnit } from './static-nat-unit.ts';

export const turnStatic = staticNatUnit('static-nat/turn', ({ nat: { inside, outside }, owner, tenant, outer }) => {
  // A tenant's own interface has addresses of its own, which another may have outside.
  const isOwn = outer.tenant !== undefined;
  return [
    flow({
      ...{ table: 'turn', priority: isOwn ? 110 : 100, owner, next: 'turn_source' },
      match: [
        ...registersAre(...(isOwn ? ([[registers.tenant, tenant.id]] as const) : [])),
        ...isAddress('destination', outside),
      ],
      actions: [load(registers.egressInterface, outer.index)],
    }),
    flow({
      ...{ table: 'turn_source', priority: 100, owner, next: 'outer_nat' },
      match: [
        ...registersAre([registers.egressInterface, outer.index], [registers.tenant, tenant.id]),
        ...isAddress('source', inside),
      ],
      actions: [
        set(addressFields[inside.family].source, outside.value),
        load(registers.ingressInterface, outer.index),
        load(registers.direction, fromOuter),
        load(registers.turnedBack, 1),
      ],
    }),
  ];
});
