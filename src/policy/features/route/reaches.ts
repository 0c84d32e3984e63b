// Which interfaces a tenant reaches: its own, and the shared ones that its routes or NAT rules name.

import { unit } from '../../engine/unit.ts';
import { reaches } from '../../facts/derived.ts';
import { legs, natPools, natRules, routes } from '../../facts/objects.ts';

const writes = [reaches];

export const reachesOwn = unit({
  ...{ name: 'route/reaches-own', over: legs, reads: [], writes },
  emit: ({ name, tenant }, _, out) => {
    if (tenant !== undefined) out.put(reaches, { tenant, interface: name });
  },
});

export const reachesRouted = unit({
  ...{ name: 'route/reaches-routed', over: routes, reads: [], writes },
  emit: (route, _, out) => out.put(reaches, { tenant: route.tenant, interface: route.interface }),
});

export const reachesPooled = unit({
  ...{ name: 'route/reaches-pooled', over: natRules, reads: [natPools], writes },
  emit: ({ tenant, pool }, facts, out) => {
    const outer = facts.get(natPools, pool);
    if (outer) out.put(reaches, { tenant, interface: outer.interface });
  },
});
