// Routes whose next hop nobody is known to have: they are kept, as the neighbour may yet be configured, but what they
// route is dropped until then.

import { formatIp, parseIp } from '../lib/address.ts';
import type { DocumentSet } from './documents.ts';

const answers = new WeakMap<DocumentSet, ReadonlyMap<string, string>>();

/** What there is to say of the next hop of such a route, by the route's name. */
export function unknownNextHops(documents: DocumentSet): ReadonlyMap<string, string> {
  const known = answers.get(documents);
  if (known) return known;
  const machines = machinesOf(documents);
  const unknown = new Map<string, string>();
  for (const { name, interface: iface, nextHop } of documents.routes.values()) {
    const address = formatIp(parseIp(nextHop));
    if (machines.get(iface)?.has(address)) continue;
    unknown.set(name, `no host or port of interface "${iface}" has the next hop ${address}: what it routes is dropped`);
  }
  answers.set(documents, unknown);
  return unknown;
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
