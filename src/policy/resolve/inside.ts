// What is inside of the tenants who reach the outside by an interface. An address of a pool there is none of it: packets
// would leave as if they were not translated, and those tenants could reach only one of its two owners.

import { formatIp, formatPrefix, type Ip, netmask, networkOf } from '../../lib/address.ts';
import type { Interface, Route } from '../model.ts';
import { called } from './claims.ts';
import type { Resolver, Subject } from './resolver.ts';

interface InsideSubnet {
  readonly behind: Interface;
  /** Which of its addresses. */
  readonly at: number;
}

/** IPv4 subnets by prefix length and network; where tenants have the same one, whoever comes first. */
export type Inside = ReadonlyMap<number, ReadonlyMap<number, InsideSubnet>>;

export function insideOf(
  { documents }: Resolver,
  interfaces: Iterable<Interface>,
  routes: Iterable<Route>,
  outer: Interface,
): Inside {
  const users = new Set(outer.tenant && [outer.tenant.name]);
  for (const route of routes) if (route.interface === outer) users.add(route.tenant.name);
  for (const rule of documents['nat-rules'].values())
    if (documents['nat-pools'].get(rule.pool)?.interface === outer.name) users.add(rule.tenant);
  const inside = new Map<number, Map<number, InsideSubnet>>();
  for (const behind of interfaces) {
    if (behind.role !== 'inner' || !behind.tenant || !users.has(behind.tenant.name)) continue;
    behind.addresses.forEach((prefix, at) => {
      if (prefix.ip.family !== 4) return;
      const subnets = inside.get(prefix.length) ?? new Map<number, InsideSubnet>();
      inside.set(prefix.length, subnets);
      const network = Number(networkOf(prefix).ip.value);
      if (!subnets.has(network)) subnets.set(network, { behind, at });
    });
  }
  return inside;
}

/** Whether an address of a pool is not inside; false, and a problem, when it is. */
export function isOutside(
  inside: Inside,
  { name, kind, report }: Subject,
  outer: Interface,
  ip: Ip,
  pointer: string,
): boolean {
  if (ip.family !== 4) return true;
  for (const [length, subnets] of inside) {
    const found = subnets.get((ip.value & netmask(4, length)) >>> 0);
    const prefix = found?.behind.addresses[found.at];
    if (!found || !prefix) continue;
    const { behind, at } = found;
    const subnet = `${formatPrefix(networkOf(prefix))} of interface "${behind.name}"`;
    const by = `whose tenant "${behind.tenant?.name}" reaches the outside by interface "${outer.name}"`;
    report(pointer, 'conflict', `${formatIp(ip)} is in ${subnet}, ${by}`, {
      ...{ kind: 'interfaces', name: behind.name, pointer: `/addresses/${at}` },
      detail: `${formatIp(ip)} of ${called({ kind, name })} is in ${subnet}, ${by}`,
    });
    return false;
  }
  return true;
}
