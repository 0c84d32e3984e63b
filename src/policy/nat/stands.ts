// Whether a connection stands: whether what policy says now could have made it. Nothing is remembered about who made what;
// so what a crash, another version or somebody else left behind is judged like everything else.

import { type Ip, sameIp } from '../../lib/address.ts';
import { protocols } from '../constants.ts';
import type { PrefixTable, Range, Translations } from './translations.ts';

/** One direction of a connection, as its packets look before connection tracking has changed them. */
export interface Tuple {
  readonly source: Ip;
  readonly destination: Ip;
  /** Of TCP, UDP and the like. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Of ICMP. */
  readonly icmpId?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
}

/** A connection that a switch remembers. */
export interface Connection {
  readonly zone: number;
  /** IP protocol number. */
  readonly protocol: number;
  readonly original: Tuple;
  readonly reply: Tuple;
}

/**
 * Its source is one of a rule, the most specific towards an outer interface, and its translation in that rule's range.
 * Where its destination is routed to an outer interface now, to that one: what leaves by another than its pool's is
 * dropped, for as long as the connection is remembered.
 */
export function stands({ outer, routes }: Translations, { protocol, original, reply }: Connection): boolean {
  const { source, destination } = original;
  if (source.family !== 4 || destination.family !== 4 || !sameIp(destination, reply.source)) return false;
  if (original.destinationPort !== reply.sourcePort || original.icmpId !== reply.icmpId) return false;
  const towards = longestMatch(routes, destination.value);
  return (towards ? [towards] : outer).some(prefixes => {
    const range = longestMatch(prefixes, source.value);
    return range !== undefined && reply.destination.value === range.address && holds(range, protocol, reply);
  });
}

function longestMatch<T>(prefixes: readonly PrefixTable<T>[], address: number): T | undefined {
  for (const { mask, values } of prefixes) {
    // The bits of a number are signed.
    const network = (address & mask) >>> 0;
    if (values.has(network)) return values.get(network);
  }
  return undefined;
}

function holds({ port, size, icmp }: Range, protocol: number, { destinationPort }: Tuple): boolean {
  switch (protocol) {
    case protocols.icmp:
      return icmp;
    case protocols.tcp:
    case protocols.udp:
      return destinationPort !== undefined && destinationPort >= port && destinationPort < port + size;
    default:
      return false;
  }
}
