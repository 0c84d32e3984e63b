// The words that stand for an Ethertype, and for it with an IP protocol (OVS lib/match.c).

/** Those that have a word; packets know more. */
export const namedTypes = {
  ip: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsm: 0x8848,
} as const;

const types: ReadonlyMap<number, string> = new Map(Object.entries(namedTypes).map(([name, type]) => [type, name]));

/** By protocol number; `6` is appended for IPv6 (ICMP's number differs). */
const protocols: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [namedTypes.ip]: { 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' },
  [namedTypes.ipv6]: { 58: 'icmp6', 6: 'tcp6', 17: 'udp6', 132: 'sctp6' },
};

/** `ipv6`. */
export function typeName(type: number): string | undefined {
  return types.get(type);
}

/** `tcp6`, which says the type too. */
export function protocolName(type: number, protocol: number): string | undefined {
  return protocols[type]?.[protocol];
}
