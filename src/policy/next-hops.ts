// Routes whose next hop nobody is known to have: they are kept, as the neighbour may yet be configured, but what they
// route is dropped until then.

import { formatIp, parseIp } from '../lib/address.ts';
import type { DocumentSet } from './documents.ts';
import type { RouteDocument } from './kinds/routes.ts';

/** What there is to say of the next hop of such a route, by the route's name. */
export function unknownNextHops(documents: DocumentSet): ReadonlyMap<string, string> {
  const machines = machinesOf(documents);
  return new Map(
    [...documents.routes.values()].flatMap(route => {
      const hop = formatIp(parseIp(route.nextHop));
      return machines.get(route.interface)?.has(hop) ? [] : [[route.name, unknown(route, hop)] as const];
    }),
  );
}

/** The same of one route; undefined: somebody has its next hop. */
export function unknownNextHop({ interfaces, ports }: DocumentSet, route: RouteDocument): string | undefined {
  const hop = formatIp(parseIp(route.nextHop));
  const has = (addresses: readonly string[]) => addresses.some(address => formatIp(parseIp(address)) === hop);
  if (interfaces.get(route.interface)?.hosts.some(host => has(host.addresses))) return undefined;
  for (const port of ports.values()) if (port.interface === route.interface && has(port.addresses)) return undefined;
  return unknown(route, hop);
}

function unknown({ interface: iface }: RouteDocument, hop: string): string {
  return `no host or port of interface "${iface}" has the next hop ${hop}: what it routes is dropped`;
}

/** Addresses of hosts and ports, by the interface that they are on. */
function machinesOf({ interfaces, ports }: DocumentSet): ReadonlyMap<string, ReadonlySet<string>> {
  const spell = (text: string) => formatIp(parseIp(text));
  const machines = new Map<string, Set<string>>();
  for (const { name, hosts } of interfaces.values())
    machines.set(name, new Set(hosts.flatMap(({ addresses }) => addresses.map(spell))));
  for (const { interface: iface, addresses } of ports.values())
    for (const address of addresses) machines.get(iface)?.add(spell(address));
  return machines;
}
