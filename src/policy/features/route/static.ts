// Routes that were asked for.

import { legs, routes, tenants } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { flowUnit } from '../flow-unit.ts';
import { load } from '../words/match-and-action.ts';
import { routeFlow } from './route-flow.ts';

export const staticRoutes = flowUnit({
  name: 'route/static',
  over: routes,
  reads: [tenants, legs],
  flows: ({ id, destination, nextHop, ...route }, facts) => {
    const tenant = facts.get(tenants, route.tenant);
    const egress = facts.get(legs, route.interface);
    if (!tenant || !egress) return [];
    const hop = load(nextHop.family === 4 ? registers.nextHop4 : registers.nextHop6, nextHop.value);
    return [routeFlow({ tenant, to: destination, isConnected: false, owner: { kind: 'routes', id }, egress, hop })];
  },
});
