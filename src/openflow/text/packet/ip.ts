// What OVS looks at of an IP header (OVS lib/flow.c).

import { protocols } from '../../flow/protocol-numbers.ts';
import { from, ipv6At } from './bytes.ts';

export interface Ip {
  readonly source: bigint;
  readonly destination: bigint;
  readonly label: number;
  readonly protocol: number;
  readonly tos: number;
  readonly ttl: number;
  /** 1: a fragment, 2: not the first one. */
  readonly fragment: number;
  /** What stands behind the IP headers, without the padding of the frame; absent for a packet that is cut. */
  readonly payload?: DataView;
}

export const fragmentBits = { any: 1, later: 2 } as const;

export const noIp: Ip = { source: 0n, destination: 0n, label: 0, protocol: 0, tos: 0, ttl: 0, fragment: 0 };

export function readIpv4(data: DataView): Ip {
  if (data.byteLength < 20) return noIp;
  const headerLength = (data.getUint8(0) & 0xf) * 4;
  const totalLength = data.getUint16(2);
  if (headerLength < 20 || totalLength > data.byteLength || headerLength > totalLength) return noIp;
  const offset = data.getUint16(6);
  const later = (offset & 0x1fff) !== 0;
  return {
    source: BigInt(data.getUint32(12)),
    destination: BigInt(data.getUint32(16)),
    label: 0,
    protocol: data.getUint8(9),
    tos: data.getUint8(1),
    ttl: data.getUint8(8),
    fragment: (offset & 0x3fff ? fragmentBits.any : 0) | (later ? fragmentBits.later : 0),
    payload: from(data, headerLength, totalLength - headerLength),
  };
}

export function readIpv6(data: DataView): Ip {
  if (data.byteLength < 40) return noIp;
  const length = data.getUint16(4);
  if (40 + length > data.byteLength) return noIp;
  const flow = data.getUint32(0);
  const source = ipv6At(data, 8);
  const destination = ipv6At(data, 24);
  const found = readExtensions(from(data, 40, length), data.getUint8(6));
  if (!found) return { ...noIp, source, destination };
  return { source, destination, label: flow & 0xfffff, tos: (flow >>> 20) & 0xff, ttl: data.getUint8(7), ...found };
}

/** Extension headers whose length is in units of 8 bytes behind the first 8: hop-by-hop, routing, destination. */
const plainExtensions: ReadonlySet<number> = new Set([0, 43, 60]);

const authentication = 51;

/** Goes over the extension headers; undefined when they are cut. */
function readExtensions(
  data: DataView,
  first: number,
): Required<Pick<Ip, 'protocol' | 'fragment' | 'payload'>> | undefined {
  let next = first;
  let at = 0;
  let fragment = 0;
  while (plainExtensions.has(next) || next === authentication || next === protocols.fragment) {
    if (data.byteLength - at < 8) return undefined;
    const kind = next;
    const size = data.getUint8(at + 1);
    next = data.getUint8(at);
    if (kind === protocols.fragment) {
      const offset = data.getUint16(at + 2);
      at += 8;
      if (offset === 0) continue;
      fragment |= fragmentBits.any;
      if ((offset & 0xfff8) === 0) continue;
      fragment |= fragmentBits.later;
      return { protocol: protocols.fragment, fragment, payload: from(data, at) };
    }
    at += kind === authentication ? (size + 2) * 4 : (size + 1) * 8;
    if (at > data.byteLength) return undefined;
  }
  return { protocol: next, fragment, payload: from(data, at) };
}
