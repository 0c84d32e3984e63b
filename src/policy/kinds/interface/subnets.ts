// What an interface has of its own in a subnet: only if the subnet is its own.

import { unit } from '../../engine/unit.ts';
import { claims, lostSubnets, subnetKey } from '../../facts/claims.ts';
import { draftSubnets } from '../../facts/drafts.ts';
import { addressClaim } from '../speaker.ts';

export const gatewayClaims = unit({
  name: 'interfaces/gateway-claims',
  over: draftSubnets,
  reads: [lostSubnets],
  writes: [claims],
  emit: (subnet, facts, out) => {
    if (facts.get(lostSubnets, subnetKey(subnet))) return;
    const { interface: name, tenant, at } = subnet;
    for (const { role, ip } of subnet.own) {
      const what = addressClaim({ name, tenant }, ip);
      out.put(claims, { kind: 'interfaces', name, what, role, on: name, pointer: `/addresses/${at}` });
    }
  },
});
