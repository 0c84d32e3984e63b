// The words that stand for an Ethertype, and for it with an IP protocol (OVS lib/match.c, lib/ofp-parse.c).

/** Those that have a word; packets know more. */
export const namedTypes = {
  ip: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsm: 0x8848,
} as const;

/** A word that says the protocol too; `6` is appended for IPv6 (ICMP's number differs). */
const namedProtocols = [
  ['icmp', namedTypes.ip, 1],
  ['tcp', namedTypes.ip, 6],
  ['udp', namedTypes.ip, 17],
  ['sctp', namedTypes.ip, 132],
  ['icmp6', namedTypes.ipv6, 58],
  ['tcp6', namedTypes.ipv6, 6],
  ['udp6', namedTypes.ipv6, 17],
  ['sctp6', namedTypes.ipv6, 132],
] as const;

const types: ReadonlyMap<number, string> = new Map(Object.entries(namedTypes).map(([name, type]) => [type, name]));
const protocols: ReadonlyMap<number, string> = new Map(
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
  return protocols.get(keyOf(type, protocol));
}

/** What each word says. */
export const protocolWords: ReadonlyMap<string, readonly [etherType: number, protocol?: number]> = new Map<
  string,
  readonly [number, number?]
>([
  ...Object.entries(namedTypes).map(([name, type]) => [name, [type]] as const),
  ...namedProtocols.map(([name, type, protocol]) => [name, [type, protocol]] as const),
]);
