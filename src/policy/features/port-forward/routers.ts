// A router inside sends from what is routed to it, but not from an address that its tenant has outside.

import { portForwards, tenants } from '../../facts/objects.ts';
import { elsewhere } from '../anti-spoof/elsewhere.ts';
import { isRoutedInside, isRoutedInsideReads } from '../anti-spoof/routers.ts';
import { flowUnit } from '../flow-unit.ts';

export const forwardElsewhere = flowUnit({
  name: 'port-forward/routers',
  over: portForwards,
  reads: [tenants, ...isRoutedInsideReads],
  flows: ({ tenant: name, outside }, facts) => {
    const tenant = facts.get(tenants, name);
    return tenant && isRoutedInside(facts, name, outside) ? [elsewhere(tenant, outside)] : [];
  },
});
