// A line of `dpctl/dump-conntrack` (OVS lib/ct-dpif.c, ct_dpif_format_entry).

import { parseIp } from '../../lib/address.ts';
import type { Connection, Tuple } from '../../policy/nat/stands.ts';

/** Protocols that OVS prints by name; others by number. */
const protocolNumbers: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['igmp', 2],
  ['tcp', 6],
  ['udp', 17],
  ['dccp', 33],
  ['icmpv6', 58],
  ['sctp', 132],
  ['udplite', 136],
]);

const tupleKeys = {
  sport: 'sourcePort',
  dport: 'destinationPort',
  id: 'icmpId',
  type: 'icmpType',
  code: 'icmpCode',
} as const satisfies Record<string, keyof Tuple>;

const line = /^(\w+),orig=\(([^()]*)\),reply=\(([^()]*)\)((?:,.*)?)$/;
const zoneOf = /,zone=(\d+)/;

/** Keys that are not known are passed over. Undefined: the line is none of a connection. */
export function parseConnection(text: string): Connection | undefined {
  const [, protocolName = '', originalText = '', replyText = '', rest = ''] = line.exec(text) ?? [];
  const protocol = protocolNumbers.get(protocolName) ?? Number(protocolName || Number.NaN);
  const original = parseTuple(originalText);
  const reply = parseTuple(replyText);
  if (!Number.isInteger(protocol) || !original || !reply) return undefined;
  // Zone 0 is left out.
  return { zone: Number(zoneOf.exec(rest)?.[1] ?? 0), protocol, original, reply };
}

function parseTuple(text: string): Tuple | undefined {
  let source: string | undefined;
  let destination: string | undefined;
  const numbers: { -readonly [K in (typeof tupleKeys)[keyof typeof tupleKeys]]?: number } = {};
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    const key = pair.slice(0, equals);
    const value = pair.slice(equals + 1);
    if (key === 'src') source = value;
    else if (key === 'dst') destination = value;
    else if (key in tupleKeys) numbers[tupleKeys[key as keyof typeof tupleKeys]] = Number(value);
  }
  if (source === undefined || destination === undefined) return undefined;
  try {
    return { source: parseIp(source), destination: parseIp(destination), ...numbers };
  } catch {
    return undefined;
  }
}
