// What tenants route to routers inside, so that it is found by an address in it: who has one asks for the networks that
// it is in, of the lengths that there are. A route that changes concerns those who are in it, and nobody else.

import { formatPrefix, type Ip, type IpFamily, networkOf, type Prefix } from '../../../lib/address.ts';
import { table } from '../../engine/table.ts';
import { type Facts, unit } from '../../engine/unit.ts';
import { translatingTenants } from '../../facts/derived.ts';
import { legs, natRules, routes } from '../../facts/objects.ts';

/** A tenant has rules on a pool. */
interface PoolUse {
  readonly tenant: string;
  readonly pool: string;
}

export const poolUses = table({
  name: 'pool-uses',
  key: ({ tenant, pool }: PoolUse) => `${tenant} ${pool}`,
  indexes: { tenant: ({ tenant }) => [tenant] },
});

/** A network behind a router inside. */
export interface RoutedInside {
  readonly tenant: string;
  readonly prefix: Prefix;
}

export function networkAt(name: string, prefix: Prefix): string {
  return `${name} ${formatPrefix(prefix)}`;
}

export const routedInside = table({
  name: 'routed-inside',
  key: ({ tenant, prefix }: RoutedInside) => networkAt(tenant, prefix),
});

/** The same for each pool that the tenant uses. */
export const routedByUsers = table({
  name: 'routed-by-users',
  key: ({ tenant, pool, prefix }: RoutedInside & PoolUse) => networkAt(`${tenant} ${pool}`, prefix),
});

/** A tenant, or users of a pool, route networks of this length. */
interface RoutedLength {
  readonly by: 'tenant' | 'pool';
  readonly name: string;
  readonly family: IpFamily;
  readonly length: number;
}

const routedLengths = table({
  name: 'routed-lengths',
  key: ({ by, name, family, length }: RoutedLength) => `${by} ${name} ${family}/${length}`,
  indexes: { of: ({ by, name }) => [`${by} ${name}`] },
});

export const findPoolUses = unit({
  name: 'anti-spoof/pool-uses',
  over: natRules,
  reads: [],
  writes: [poolUses, translatingTenants],
  emit: ({ tenant, pool }, _, out) => {
    out.put(poolUses, { tenant, pool });
    out.put(translatingTenants, { tenant, by: 'connection' });
  },
});

export const findRoutedInside = unit({
  name: 'anti-spoof/routed-inside',
  over: routes,
  reads: [legs, poolUses],
  writes: [routedInside, routedByUsers, routedLengths],
  emit: ({ tenant, interface: name, destination }, facts, out) => {
    if (facts.get(legs, name)?.role !== 'inner') return;
    const prefix = networkOf(destination);
    const { length, ip } = prefix;
    const { family } = ip;
    out.put(routedInside, { tenant, prefix });
    out.put(routedLengths, { by: 'tenant', name: tenant, family, length });
    for (const { pool } of facts.by(poolUses, 'tenant', tenant)) {
      out.put(routedByUsers, { tenant, pool, prefix });
      out.put(routedLengths, { by: 'pool', name: pool, family, length });
    }
  },
});

/** What the functions below ask for. */
export const routedNetworksReads = [routedLengths];

export function hasRouters(facts: Facts, tenant: string): boolean {
  return facts.by(routedLengths, 'of', `tenant ${tenant}`).length > 0;
}

/** Networks that `ip` is in, of lengths that the tenant, or users of the pool, route to routers inside. */
export function routedNetworks(facts: Facts, by: RoutedLength['by'], name: string, ip: Ip): Prefix[] {
  return facts
    .by(routedLengths, 'of', `${by} ${name}`)
    .filter(({ family }) => family === ip.family)
    .map(({ length }) => networkOf({ ip, length }));
}

export const isRoutedInsideReads = [...routedNetworksReads, routedInside];

/** Whether the tenant routes `ip` to a router inside. */
export function isRoutedInside(facts: Facts, tenant: string, ip: Ip): boolean {
  return routedNetworks(facts, 'tenant', tenant, ip).some(
    prefix => facts.get(routedInside, networkAt(tenant, prefix)) !== undefined,
  );
}
