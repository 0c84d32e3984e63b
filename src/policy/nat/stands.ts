// Whether a connection stands: whether what policy says now could have made it. Nothing is remembered about who made what;
// so what a crash, another version or somebody else left behind is judged like everything else.

import { type Ip, sameIp } from '../../lib/address.ts';
import { protocols } from '../constants.ts';
import { covers, everyNatProtocol, type FarEnd } from './selection.ts';
import type { Forwarding, Outer, PrefixTable, Range, Translations } from './translations.ts';

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
 * It is what a rule covers, the most specific one towards an outer interface, and its translation in one of that rule's ranges.
 * Where its destination is routed to an outer interface now, to that one: what leaves by another than its pool's is
 * dropped, for as long as the connection is remembered.
 */
export function stands(translations: Translations, connection: Connection): boolean {
  const { outer, routes } = translations;
  const { protocol, original, reply } = connection;
  const { source, destination } = original;
  if (translations.forwards.some(forward => isBy(forward, connection))) return true;
  if (source.family !== 4 || destination.family !== 4 || !sameIp(destination, reply.source)) return false;
  if (original.destinationPort !== reply.sourcePort || original.icmpId !== reply.icmpId) return false;
  const towards = longestMatch(routes, destination.value);
  const to: FarEnd = {
    ip: destination,
    protocol: everyNatProtocol.find(name => protocols[name] === protocol),
    port: original.destinationPort,
  };
  return (towards ? [towards] : outer).some(prefixes =>
    rangesFor(prefixes, source.value, to).some(
      range => reply.destination.value === range.address && holds(range, protocol, reply),
    ),
  );
}

/** Whether it began from outside, at a port that is forwarded to where it went. */
function isBy(forward: Forwarding, { protocol, original, reply }: Connection): boolean {
  const { ports, outside, inside, insidePort } = forward;
  const port = original.destinationPort;
  return (
    protocol === protocols[forward.protocol] &&
    port !== undefined &&
    port >= ports.min &&
    port <= ports.max &&
    original.destination.value === outside &&
    reply.source.value === inside &&
    reply.sourcePort === port - ports.min + insidePort &&
    sameIp(original.source, reply.destination) &&
    original.sourcePort === reply.destinationPort
  );
}

function rangesFor(prefixes: Outer, source: number, to: FarEnd): readonly Range[] {
  for (const { mask, values } of prefixes) {
    // The bits of a number are signed.
    const choices = values.get((source & mask) >>> 0) ?? [];
    const choice = choices.find(({ selection }) => selection === undefined || covers(selection, to));
    if (choice) return choice.ranges;
  }
  return [];
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
