// What is inside of the tenants who reach the outside by an interface: the subnets of their inner interfaces, and what they
// route there. An address of a pool there is none of it: packets would leave as if they were not translated, and those
// tenants could reach only one of its two owners.

import { formatIp, formatPrefix, type Ip, netmask, networkOf, type Prefix, prefixContains } from '../../lib/address.ts';
import type { Interface, Route } from '../model.ts';
import { called, type Place } from './claims.ts';
import type { Resolver, Subject } from './resolver.ts';

/** What puts a prefix inside. */
interface InsidePrefix extends Place {
  readonly tenant: string;
}

/** IPv4 prefixes by length and network; where several put the same one inside, whoever comes first. */
export type Inside = ReadonlyMap<number, ReadonlyMap<number, InsidePrefix>>;

export function insideOf(
  { documents }: Resolver,
  interfaces: Iterable<Interface>,
  routes: readonly Route[],
  outer: Interface,
): Inside {
  const users = new Set(outer.tenant && [outer.tenant.name]);
  for (const route of routes) if (route.interface === outer) users.add(route.tenant.name);
  for (const rule of documents['nat-rules'].values())
    if (documents['nat-pools'].get(rule.pool)?.interface === outer.name) users.add(rule.tenant);
  const inside = new Map<number, Map<number, InsidePrefix>>();
  const add = (prefix: Prefix, by: InsidePrefix): void => {
    if (prefix.ip.family !== 4 || !users.has(by.tenant)) return;
    const prefixes = inside.get(prefix.length) ?? new Map<number, InsidePrefix>();
    inside.set(prefix.length, prefixes);
    const network = Number(networkOf(prefix).ip.value);
    if (!prefixes.has(network)) prefixes.set(network, by);
  };
  for (const { role, tenant, name, addresses } of interfaces) {
    if (role !== 'inner' || !tenant) continue;
    addresses.forEach((prefix, at) => {
      add(prefix, { kind: 'interfaces', name, pointer: `/addresses/${at}`, tenant: tenant.name });
    });
  }
  // A default route says of no address that it is inside.
  for (const { name, tenant, destination, interface: via } of routes)
    if (via.role === 'inner' && destination.length > 0)
      add(destination, { kind: 'routes', name, pointer: '/destination', tenant: tenant.name });
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
  // What is on the wire of the interface itself is no part of something wider that a tenant routes inside.
  const nearest = Math.max(0, ...outer.addresses.filter(each => prefixContains(each, ip)).map(({ length }) => length));
  for (const [length, prefixes] of inside) {
    const prefix: Prefix = { ip: { family: 4, value: (ip.value & netmask(4, length)) >>> 0 }, length };
    const found = prefixes.get(Number(prefix.ip.value));
    if (!found || (found.kind === 'routes' && length <= nearest)) continue;
    const leads = found.kind === 'routes' ? ' which leads inside, and' : '';
    const where = `${formatPrefix(prefix)} of ${called(found)},${leads} whose tenant "${found.tenant}"`;
    const by = `reaches the outside by interface "${outer.name}"`;
    report(pointer, 'conflict', `${formatIp(ip)} is in ${where} ${by}`, {
      ...{ kind: found.kind, name: found.name, pointer: found.pointer },
      detail: `${formatIp(ip)} of ${called({ kind, name })} is in ${where} ${by}`,
    });
    return false;
  }
  return true;
}
