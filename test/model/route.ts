// Second question: where to? The longest prefix of the tenant decides, then who is the neighbour there.

import { type Ip, type Prefix, parseIp, parseMac, parsePrefix, prefixContains, sameIp } from '../../src/lib/address.ts';
import type { Frame } from '../../src/openflow/packet/frame.ts';
import type { IpPacket } from '../../src/openflow/packet/ip.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import { leaveByInterface, leaveByPort, leaveForPeer } from './leave.ts';
import { dropped, type Verdict } from './verdict.ts';
import { hasAddress, hostsOf, macOf, portsOf, siteOfInterface, siteOfPort, subnetsOf, type World } from './world.ts';

export interface Hop {
  readonly iface: InterfaceDocument;
  readonly prefix: Prefix;
  readonly nextHop: Ip;
}

/** A tenant's interfaces: its own, and the shared outer ones that its routes, NAT rules, static NATs and port forwards name. */
export function interfacesOf({ documents }: World, tenant: string): InterfaceDocument[] {
  const named = new Set([
    ...[...documents.routes.values()].filter(route => route.tenant === tenant).map(route => route.interface),
    ...[...documents['nat-rules'].values()]
      .filter(rule => rule.tenant === tenant)
      .map(rule => documents['nat-pools'].get(rule.pool)?.interface),
    ...[...documents['static-nats'].values()].filter(each => each.tenant === tenant).map(each => each.interface),
    ...[...documents['port-forwards'].values()].filter(each => each.tenant === tenant).map(each => each.interface),
  ]);
  return [...documents.interfaces.values()].filter(iface => iface.tenant === tenant || named.has(iface.name));
}

/** Of two prefixes of one length an interface's own wins. */
export function lookUp(world: World, tenant: string | undefined, to: Ip): Hop | undefined {
  if (tenant === undefined) return undefined;
  const connected = interfacesOf(world, tenant).flatMap(iface =>
    subnetsOf(iface).map(prefix => ({ iface, prefix, rank: 2 * prefix.length + 1, nextHop: to })),
  );
  const via = [...world.documents.routes.values()].flatMap(route => {
    const iface = world.documents.interfaces.get(route.interface);
    const prefix = parsePrefix(route.destination);
    if (route.tenant !== tenant || !iface) return [];
    return [{ iface, prefix, rank: 2 * prefix.length, nextHop: parseIp(route.nextHop) }];
  });
  const [best] = [...connected, ...via]
    .filter(({ prefix }) => prefixContains(prefix, to))
    .sort((a, b) => b.rank - a.rank);
  return best;
}

/** The inner interface behind which an address is, whatever the tenant has outside. */
export function innerHop(world: World, tenant: string, to: Ip): InterfaceDocument | undefined {
  const inner = [...world.documents.interfaces.values()].filter(of => of.tenant === tenant && of.role === 'inner');
  const connected = inner.flatMap(iface =>
    subnetsOf(iface).map(prefix => ({ iface, prefix, rank: 2 * prefix.length + 1 })),
  );
  const routed = [...world.documents.routes.values()].flatMap(route => {
    const iface = inner.find(({ name }) => name === route.interface);
    const prefix = parsePrefix(route.destination);
    return iface && route.tenant === tenant ? [{ iface, prefix, rank: 2 * prefix.length }] : [];
  });
  const [best] = [...connected, ...routed]
    .filter(({ prefix }) => prefixContains(prefix, to))
    .sort((a, b) => b.rank - a.rank);
  return best?.iface;
}

/** To the next hop: its MAC address, one TTL less, and out. */
export function forward(world: World, { iface, nextHop }: Hop, frame: Frame, packet: IpPacket): Verdict {
  const lower =
    packet.kind === 'ipv4' ? { ...packet, ttl: packet.ttl - 1 } : { ...packet, hopLimit: packet.hopLimit - 1 };
  const to = (source: string | bigint, destination: string): Frame => ({
    ...frame,
    source: typeof source === 'string' ? parseMac(source) : source,
    destination: parseMac(destination),
    payload: lower,
  });
  if (siteOfInterface(world, iface).kind !== 'nowhere') {
    const host = hostsOf(world, iface).find(({ addresses }) => hasAddress(addresses, nextHop));
    if (host) {
      const vtep = host.vtep === undefined ? undefined : parseIp(host.vtep);
      return leaveByInterface(world, iface, to(macOf(world, iface), host.mac), vtep);
    }
  }
  for (const port of portsOf(world, iface)) {
    if (!port.addresses.some(text => sameIp(parseIp(text), nextHop))) continue;
    const site = siteOfPort(world, port);
    if (site.kind === 'here') return leaveByPort(world, port, to(iface.mac, port.mac));
    if (site.kind === 'peer') return leaveForPeer(world, iface, to(iface.mac, port.mac), site.remote);
  }
  return dropped('no-neighbour');
}
