// The words that stand for an Ethertype, and for it with an IP protocol (OVS lib/match.c, lib/ofp-parse.c).

import { etherTypes, protocols } from '../flow/protocol-numbers.ts';

/** Those that have a word; packets know more. */
export const namedTypes = {
  ip: etherTypes.ipv4,
  arp: etherTypes.arp,
  rarp: etherTypes.rarp,
  ipv6: etherTypes.ipv6,
  mpls: etherTypes.mpls,
  mplsm: etherTypes.mplsMulticast,
} as const;

/** A word that says the protocol too; `6` is appended for IPv6 (ICMP's number differs). */
const namedProtocols = [
  ['icmp', namedTypes.ip, protocols.icmp],
  ['tcp', namedTypes.ip, protocols.tcp],
  ['udp', namedTypes.ip, protocols.udp],
  ['sctp', namedTypes.ip, protocols.sctp],
  ['icmp6', namedTypes.ipv6, protocols.icmpv6],
  ['tcp6', namedTypes.ipv6, protocols.tcp],
  ['udp6', namedTypes.ipv6, protocols.udp],
  ['sctp6', namedTypes.ipv6, protocols.sctp],
] as const;

const types: ReadonlyMap<number, string> = new Map(Object.entries(namedTypes).map(([name, type]) => [type, name]));
const protocolNames: ReadonlyMap<number, string> = new Map(
  namedProtocols.map(([name, type, protocol]) => [keyOf(type, protocol), name]),
);

function keyOf(type: number, protocol: number): number {
  return type * 0x100 + protocol;
}

/** `ipv6`. */
export function typeName(type: number): string | undefined {
  return types.get(type);
}

/** `tcp6`, which says the type too. */
export function protocolName(type: number, protocol: number): string | undefined {
  return protocolNames.get(keyOf(type, protocol));
}

/** What each word says. */
export const protocolWords: ReadonlyMap<string, readonly [etherType: number, protocol?: number]> = new Map<
  string,
  readonly [number, number?]
>([
  ...Object.entries(namedTypes).map(([name, type]) => [name, [type]] as const),
  ...namedProtocols.map(([name, type, protocol]) => [name, [type, protocol]] as const),
]);
