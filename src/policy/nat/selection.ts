// What a NAT rule is about beside its source, and which of several rules counts: of two that cover a packet the one with the
// longer source, then the longer destination, then the one that names ports, then the one that names a protocol. An exception
// takes a rule out of the question where it lies: the next one counts there.

import { formatPrefix, type Ip, type Prefix, prefixContains, prefixesOverlap } from '../../lib/address.ts';

/** What NAT can tell apart, and so translates. */
export const everyNatProtocol = ['tcp', 'udp', 'icmp'] as const;
export type NatProtocol = (typeof everyNatProtocol)[number];

/** Both included. */
export interface Ports {
  readonly min: number;
  readonly max: number;
}

/** Packets to one destination that a rule covers. */
export interface Selection {
  readonly destination: Prefix;
  readonly except: readonly Prefix[];
  /** Undefined: any that is translated. */
  readonly protocol: NatProtocol | undefined;
  /** Of the far end; undefined: any. */
  readonly ports: Ports | undefined;
}

/** What a connection goes to. */
export interface FarEnd {
  readonly ip: Ip;
  readonly protocol: NatProtocol | undefined;
  /** Of TCP and UDP. */
  readonly port: number | undefined;
}

export const everywhere: Prefix = { ip: { family: 4, value: 0 }, length: 0 };

/** What `rankOf` stays below. */
export const ranks = 33 * 3;

/** Of selections with one source the highest counts. */
export function rankOf({ destination, protocol, ports }: Selection): number {
  return destination.length * 3 + (ports ? 2 : protocol ? 1 : 0);
}

export function covers({ destination, except, protocol, ports }: Selection, to: FarEnd): boolean {
  if (protocol !== undefined && protocol !== to.protocol) return false;
  if (ports && (to.port === undefined || to.port < ports.min || to.port > ports.max)) return false;
  return prefixContains(destination, to.ip) && !except.some(prefix => prefixContains(prefix, to.ip));
}

/** Whether it asks for nothing. */
export function isWhole({ destination, except, protocol }: Selection): boolean {
  return destination.length === 0 && except.length === 0 && protocol === undefined;
}

export function selectionText({ destination, except, protocol, ports }: Selection): string {
  const without = except.map(prefix => ` !${formatPrefix(prefix)}`).join('');
  return `${formatPrefix(destination)}${without} ${protocol ?? ''} ${ports ? `${ports.min}-${ports.max}` : ''}`;
}

/** What of an IPv4 prefix is left, in as few prefixes as it takes. */
export function prefixesWithout(prefix: Prefix, except: readonly Prefix[]): readonly Prefix[] {
  const inside = except.filter(each => prefixesOverlap(prefix, each));
  if (inside.length === 0) return [prefix];
  if (inside.some(({ length }) => length <= prefix.length)) return [];
  return halvesOf(prefix).flatMap(half => prefixesWithout(half, inside));
}

function halvesOf({ ip, length }: Prefix): Prefix[] {
  if (ip.family !== 4) return [];
  const half = 2 ** (31 - length);
  return [ip.value, ip.value + half].map(value => ({ ip: { family: 4, value }, length: length + 1 }));
}

export interface PortBlock {
  readonly port: number;
  readonly mask: number;
}

/** Aligned blocks, in order, as few as it takes. */
export function portBlocks({ min, max }: Ports): readonly PortBlock[] {
  const blocks: PortBlock[] = [];
  for (let port = min; port <= max; ) {
    let size = 1;
    while (port % (size * 2) === 0 && port + size * 2 - 1 <= max) size *= 2;
    blocks.push({ port, mask: 0x10000 - size });
    port += size;
  }
  return blocks;
}
