// Both ways, without connection tracking. From outside the destination becomes the inside address, and the tenant is known by it;
// from inside the source becomes the outside one, before any rule of source NAT is asked. Every node that has the interface
// does it: nothing is remembered, so it does not matter by which the answer comes.

import { fromInner, registers } from '../../registers.ts';
import { flow } from '../flow-unit.ts';
import { addressFields, isAddress, load, registersAre, set } from '../words/match-and-action.ts';
import { staticNatUnit } from './static-nat-unit.ts';

/** In `inner_nat` above those of all rules. */
const beforeRules = 150;

export const translateStatic = staticNatUnit(
  'static-nat/translate',
  ({ nat: { inside, outside }, owner, tenant, outer }) => {
    const { source, destination } = addressFields[inside.family];
    return [
      flow({
        ...{ table: 'outer_nat', priority: 100, owner, next: 'outer_source' },
        match: [...registersAre([registers.ingressInterface, outer.index]), ...isAddress('destination', outside)],
        actions: [load(registers.tenant, tenant.id), set(destination, inside.value)],
      }),
      flow({
        ...{ table: 'inner_nat', priority: beforeRules, owner, next: 'stateless_out' },
        match: [
          ...registersAre(
            [registers.egressInterface, outer.index],
            [registers.tenant, tenant.id],
            [registers.direction, fromInner],
          ),
          ...isAddress('source', inside),
        ],
        actions: [set(source, outside.value)],
      }),
    ];
  },
);
