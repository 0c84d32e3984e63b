// Both ways, without connection tracking. From outside the destination becomes the inside address, and the tenant is known by it;
// from inside the source becomes the outside one, before any rule of source NAT is asked. Every node that has the interface
// does it: nothing is remembered, so it does not matter by which the answer comes.

import { legs, staticNats, tenants } from '../../facts/objects.ts';
import { fromInner, registers } from '../../registers.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { addressFields, isAddress, load, registersAre, set } from '../words/match-and-action.ts';

/** In `inner_nat` above those of all rules. */
const beforeRules = 150;

export const translateStatic = flowUnit({
  name: 'static-nat/translate',
  over: staticNats,
  reads: [tenants, legs],
  flows: ({ id, inside, outside, ...of }, facts) => {
    const tenant = facts.get(tenants, of.tenant);
    const outer = facts.get(legs, of.interface);
    if (!tenant || !outer) return [];
    const owner = { kind: 'static-nats', id } as const;
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
});
