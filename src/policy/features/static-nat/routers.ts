// A router inside sends from what is routed to it, but not from the outside address of its tenant's host.

import { staticNats, tenants } from '../../facts/objects.ts';
import { elsewhere } from '../anti-spoof/elsewhere.ts';
import { isRoutedInside, isRoutedInsideReads } from '../anti-spoof/routers.ts';
import { flowUnit } from '../flow-unit.ts';

export const staticElsewhere = flowUnit({
  name: 'static-nat/routers',
  over: staticNats,
  reads: [tenants, ...isRoutedInsideReads],
  flows: ({ tenant: name, outside }, facts) => {
    const tenant = facts.get(tenants, name);
    return tenant && isRoutedInside(facts, name, outside) ? [elsewhere(tenant, outside)] : [];
  },
});
