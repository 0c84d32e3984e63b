// The prefixes of an interface are routes of each tenant that reaches it: the next hop is the destination itself.

import { type Prefix, reservedAddresses } from '../../../lib/address.ts';
import { reaches } from '../../facts/derived.ts';
import { legs, subnets, type Tenant, tenants } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { isLinkLocal } from '../../special-addresses.ts';
import { drop, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { ownedBy } from '../words/interfaces.ts';
import { addressFields, isAddress, move, registersAre, whole } from '../words/match-and-action.ts';
import { routeFlow, routePriorities } from './route-flow.ts';

export const connectedRoutes = flowUnit({
  name: 'route/connected',
  over: reaches,
  reads: [tenants, legs, subnets],
  flows: (reach, facts) => {
    const tenant = facts.get(tenants, reach.tenant);
    const egress = facts.get(legs, reach.interface);
    if (!tenant || !egress) return [];
    const owner = ownedBy(egress);
    return facts
      .by(subnets, 'interface', reach.interface)
      .filter(({ prefix }) => !isLinkLocal(prefix.ip))
      .flatMap(({ prefix: to }) => [
        ...broadcasts(tenant, to),
        routeFlow({ tenant, to, isConnected: true, owner, egress, hop: toDestination(to) }),
      ]);
  },
});

/** What goes to all machines of an IPv4 subnet, or to none (RFC 2644). */
function broadcasts({ id }: Tenant, prefix: Prefix): PipelineFlow[] {
  if (prefix.ip.family !== 4) return [];
  return Object.values(reservedAddresses(prefix)).map(ip =>
    drop('route', routePriorities.martian, 'martian-destination', [
      ...registersAre([registers.tenant, id]),
      ...isAddress('destination', ip),
    ]),
  );
}

function toDestination({ ip: { family } }: Prefix) {
  const destination = whole(addressFields[family].destination, family === 4 ? 32 : 128);
  return move(destination, family === 4 ? registers.nextHop4 : registers.nextHop6);
}
