// Flows of one static NAT, where its tenant and its outer interface have their rows.

import type { CookieParts } from '../../cookies.ts';
import { type Leg, legs, type StaticNat, staticNats, type Tenant, tenants } from '../../facts/objects.ts';
import { flowUnit, type PipelineFlow } from '../flow-unit.ts';

interface StaticNatEnds {
  readonly nat: StaticNat;
  readonly owner: CookieParts;
  readonly tenant: Tenant;
  readonly outer: Leg;
}

export function staticNatUnit(name: `static-nat/${string}`, flows: (ends: StaticNatEnds) => readonly PipelineFlow[]) {
  return flowUnit({
    name,
    over: staticNats,
    reads: [tenants, legs],
    flows: (nat, facts) => {
      const tenant = facts.get(tenants, nat.tenant);
      const outer = facts.get(legs, nat.interface);
      return tenant && outer ? flows({ nat, owner: { kind: 'static-nats', id: nat.id }, tenant, outer }) : [];
    },
  });
}
