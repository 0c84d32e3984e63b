// Tables `inner_new` and `outer_new`: packets that begin a connection, by the interface they came by. The flow's count is that
// of new connections; a meter, where the interface has a rate, stands before whatever becomes of them. No packet of a connection
// that is there comes by, a second one before the first answer included.

import { legsHere } from '../../facts/derived.ts';
import { legs, newConnections, tenantPolicies } from '../../facts/objects.ts';
import { meterId } from '../../meters.ts';
import { registers } from '../../registers.ts';
import { drop, flow, flowUnit } from '../flow-unit.ts';
import { ownedBy } from '../words/interfaces.ts';
import { registersAre } from '../words/match-and-action.ts';

export const beginConnection = flowUnit({
  name: 'new-connections/begin',
  over: legsHere,
  reads: [legs, newConnections, tenantPolicies],
  flows: (leg, facts) => {
    const { policy, rate } = facts.get(newConnections, leg.interface) ?? {};
    const match = registersAre([registers.ingressInterface, leg.index]);
    const owner = ownedBy(leg);
    const actions = rate === undefined ? [] : [{ kind: 'meter', meter: meterId(leg, 'newConnections') } as const];
    const common = { priority: 100, owner, match, actions };
    if (leg.role === 'outer') return [flow({ table: 'outer_new', ...common, next: 'dnat' })];
    const tenant = facts.get(legs, leg.interface)?.tenant ?? '';
    const isRefused = (policy ?? facts.get(tenantPolicies, tenant)?.policy) === 'drop';
    if (isRefused) return [drop('inner_new', 100, 'new-from-inside', match, owner)];
    return [flow({ table: 'inner_new', ...common, next: 'snat' })];
  },
});
