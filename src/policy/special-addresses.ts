// Addresses that mean the same everywhere (RFC 6890), and are no machine's or no router's business: what a document
// cannot name as somebody's address, and what the pipeline does not forward.

import { type Ip, type Prefix, parsePrefix, prefixContains, prefixesOverlap } from '../lib/address.ts';

export interface SpecialRange {
  readonly prefix: Prefix;
  readonly what: string;
}

function range(prefix: string, what: string): SpecialRange {
  return { prefix: parsePrefix(prefix), what };
}

/** No machine has one of these, and no packet on a wire comes from one. */
export const neverUnicast: readonly SpecialRange[] = [
  range('0.0.0.0/8', '"this network" (RFC 1122)'),
  range('127.0.0.0/8', 'loopback (RFC 1122)'),
  range('224.0.0.0/4', 'multicast (RFC 5771)'),
  range('240.0.0.0/4', 'reserved, or broadcast (RFC 1112, RFC 919)'),
  // The unspecified address, loopback, and IPv4 addresses as IPv6 writes them: one short prefix, which costs packets little.
  range('::/16', 'unspecified, loopback, or an embedded IPv4 address (RFC 4291)'),
  range('ff00::/8', 'multicast (RFC 4291)'),
];

/** They mean a machine on their own link alone, and no router forwards them (RFC 3927 section 7, RFC 4291 section 2.5.6). */
export const linkLocal: readonly SpecialRange[] = [
  range('169.254.0.0/16', 'link-local (RFC 3927)'),
  range('fe80::/10', 'link-local (RFC 4291)'),
];

/** What an address is, if no machine can have it. */
export function whyNotUnicast(ip: Ip): string | undefined {
  if (isOrdinary(ip)) return undefined;
  return neverUnicast.find(({ prefix }) => prefixContains(prefix, ip))?.what;
}

/** What is in a subnet, if machines cannot have all of it. */
export function whyNoSubnet(subnet: Prefix): string | undefined {
  return neverUnicast.find(({ prefix }) => prefixesOverlap(prefix, subnet))?.what;
}

/** What all of a prefix is, if none of it is ever routed. */
export function whyNotRouted(destination: Prefix): string | undefined {
  return [...neverUnicast, ...linkLocal].find(
    ({ prefix }) => prefix.length <= destination.length && prefixContains(prefix, destination.ip),
  )?.what;
}

export function isLinkLocal(ip: Ip): boolean {
  return !isOrdinary(ip) && linkLocal.some(({ prefix }) => prefixContains(prefix, ip));
}

/** Most addresses are, and large intents have many: outside 0/8, 127/8, 169/8 and 224/3, and outside 0::/16 and fe00::/7. */
function isOrdinary(ip: Ip): boolean {
  if (ip.family === 6) {
    const head = Number(ip.value >> 112n);
    return head !== 0 && head < 0xfe00;
  }
  const head = ip.value >>> 24;
  return head !== 0 && head !== 127 && head !== 169 && head < 224;
}
