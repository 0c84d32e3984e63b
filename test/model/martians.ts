// Addresses that no packet on the way comes from or goes to (RFC 1812 section 5.3.7, RFC 2827; docs/pipeline.md, martians).

import { type Ip, parseIp, parsePrefix, prefixContains, sameIp } from '../../src/lib/address.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import { interfacesOf, lookUp } from './route.ts';
import { forwardsOn, hasAddress, poolsOn, staticsOn, subnetsOf, type World } from './world.ts';

const neverUnicast = [
  ...['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/128', '::1/128', '::ffff:0:0/96', 'ff00::/8'],
].map(parsePrefix);
const linkLocal = ['169.254.0.0/16', 'fe80::/10'].map(parsePrefix);

export function isLinkLocal(ip: Ip): boolean {
  return linkLocal.some(prefix => prefixContains(prefix, ip));
}

export function isNeverUnicast(ip: Ip): boolean {
  return neverUnicast.some(prefix => prefixContains(prefix, ip));
}

/** The address of one of its subnets, or its broadcast address. */
function isSubnets(iface: InterfaceDocument, ip: Ip): boolean {
  return subnetsOf(iface).some(({ ip: own, length }) => {
    const width = own.family === 4 ? 32 : 128;
    if (own.family !== ip.family || length > width - 2) return false;
    const size = 1n << BigInt(width - length);
    const network = (BigInt(own.value) / size) * size;
    const value = BigInt(ip.value);
    return value === network || (own.family === 4 && value === network + size - 1n);
  });
}

/** What no other machine on the interface sends from: the gateway's addresses, and those that are nobody's. */
function isOwn(iface: InterfaceDocument, ip: Ip): boolean {
  return isSubnets(iface, ip) || subnetsOf(iface).some(own => sameIp(own.ip, ip));
}

export function isMartianFromInside(world: World, iface: InterfaceDocument, ip: Ip): boolean {
  return isNeverUnicast(ip) || isOwn(iface, ip) || isElsewhere(world, iface.tenant ?? '', ip);
}

/** A router inside may send from all that is routed to it, but not from what the tenant has elsewhere. */
function isElsewhere(world: World, tenant: string, ip: Ip): boolean {
  const { documents } = world;
  const reached = interfacesOf(world, tenant);
  const isRouted = [...documents.routes.values()].some(
    route =>
      route.tenant === tenant &&
      documents.interfaces.get(route.interface)?.role === 'inner' &&
      prefixContains(parsePrefix(route.destination), ip),
  );
  if (!isRouted) return false;
  if (!isLinkLocal(ip) && reached.some(iface => isOwn(iface, ip))) return true;
  const statics = [...documents['static-nats'].values(), ...documents['port-forwards'].values()].filter(
    each => each.tenant === tenant,
  );
  if (statics.some(each => sameIp(parseIp(each.outside), ip))) return true;
  const isInside = reached.some(
    iface => iface.role === 'inner' && subnetsOf(iface).some(subnet => prefixContains(subnet, ip)),
  );
  const rules = [...documents['nat-rules'].values()].filter(rule => rule.tenant === tenant);
  return !isInside && rules.some(rule => hasAddress(documents['nat-pools'].get(rule.pool)?.addresses ?? [], ip));
}

/** From outside nobody sends from what packets leave with. */
export function isMartianFromOutside(world: World, iface: InterfaceDocument, ip: Ip): boolean {
  if (isNeverUnicast(ip) || isOwn(iface, ip)) return true;
  if ([...staticsOn(world, iface), ...forwardsOn(world, iface)].some(each => sameIp(parseIp(each.outside), ip)))
    return true;
  return poolsOn(world, iface).some(pool => pool.addresses.some(text => sameIp(parseIp(text), ip)));
}

/** Nor from what the tenant that it sends to has inside. A default route leads to what is anywhere. */
export function isInsideOf(world: World, tenant: string, ip: Ip): boolean {
  const hop = lookUp(world, tenant, ip);
  return hop !== undefined && hop.iface.role === 'inner' && hop.prefix.length > 0;
}

/** To where nothing goes, whosesoever it is. */
export function isNeverRouted(ip: Ip): boolean {
  return isNeverUnicast(ip) || isLinkLocal(ip);
}

/** To all machines of a subnet that the tenant reaches, or to none (RFC 2644). */
export function isBroadcastOf(world: World, tenant: string, ip: Ip): boolean {
  return ip.family === 4 && interfacesOf(world, tenant).some(iface => isSubnets(iface, ip));
}
