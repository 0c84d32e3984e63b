// ICMP errors quote the packet that they are about (RFC 792). Who translates a connection translates the errors about it too, in
// their header and in what they quote (RFC 5508 section 4).

import type { IpPacket, Ipv4Packet } from '../../src/openflow/packet/ip.ts';
import { adjusted } from './checksum.ts';

/** Unreachable, source quench, redirect, time exceeded, parameter problem. */
const errorTypes: readonly number[] = [3, 4, 5, 11, 12];

/** Echo, timestamp, information: the reply's type, and that of its request (RFC 792). */
const requestTypes: Readonly<Record<number, number>> = { 0: 8, 14: 13, 16: 15 };

/** Of a reply the type of its request; of a request its own; undefined: it is neither. */
export function requestOf(type: number): number | undefined {
  return Object.values(requestTypes).includes(type) ? type : requestTypes[type];
}

/** Who sent to whom; of an echo or its like the identifier stands for both ports. */
export interface Quote {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly source: number;
  readonly sourcePort: number;
  readonly destination: number;
  readonly destinationPort: number;
  /** Of ICMP. */
  readonly type: number;
}

/**
 * No router forwards it: a redirect, router advertisement or solicitation is for one link (RFC 792, RFC 1256), a source quench for
 * nobody any more (RFC 6633); of ICMPv6 what counts only with all of its 255 hops (RFC 4861, RFC 3122, RFC 3971).
 */
export function isUnroutable({ payload }: IpPacket): boolean {
  if (payload.kind === 'icmp') return [4, 5, 9, 10].includes(payload.type);
  return payload.kind === 'icmpv6' && [133, 134, 135, 136, 137, 141, 142, 148, 149].includes(payload.type);
}

export function isError({ payload }: Ipv4Packet): boolean {
  return payload.kind === 'icmp' && errorTypes.includes(payload.type);
}

/** Undefined: it is about nothing that could be a connection, or not sent to whom it is about. */
export function quoteOf({ payload, destination }: Ipv4Packet): Quote | undefined {
  if (payload.kind !== 'icmp' || 'checksum' in payload) return undefined;
  const bytes = view(payload.data);
  if (bytes.byteLength < 28) return undefined;
  const at = headerLength(bytes);
  const ends = { source: bytes.getUint32(12), destination: bytes.getUint32(16) };
  if (bytes.getUint8(0) >>> 4 !== 4 || bytes.byteLength < at + 8 || ends.source !== destination) return undefined;
  const number = bytes.getUint8(9);
  if (number === 1) {
    const [type, id] = [bytes.getUint8(at), bytes.getUint16(at + 4)];
    if (requestOf(type) === undefined || bytes.getUint8(at + 1) !== 0) return undefined;
    return { protocol: 'icmp', ...ends, sourcePort: id, destinationPort: id, type };
  }
  if (number !== 6 && number !== 17) return undefined;
  const ports = { sourcePort: bytes.getUint16(at), destinationPort: bytes.getUint16(at + 2) };
  return { protocol: number === 6 ? 'tcp' : 'udp', ...ends, ...ports, type: 0 };
}

/** The quoted packet as the other side knows it: with another address and port at one of its ends. */
export function requoted(quote: Uint8Array, end: 'source' | 'destination', address: number, port: number): Uint8Array {
  const copy = Uint8Array.from(quote);
  const bytes = view(copy);
  const [at, protocol] = [headerLength(bytes), bytes.getUint8(9)];
  const addressAt = end === 'source' ? 12 : 16;
  const portAt = at + (end === 'source' ? 0 : 2);
  const addressChange = [
    [bytes.getUint16(addressAt), address >>> 16],
    [bytes.getUint16(addressAt + 2), address & 0xffff],
  ] as const;
  bytes.setUint32(addressAt, address);
  bytes.setUint16(10, adjusted(bytes.getUint16(10), addressChange));
  if (protocol === 1) return copy;
  const change = [...addressChange, [bytes.getUint16(portAt), port] as const];
  bytes.setUint16(portAt, port);
  const checksumAt = at + (protocol === 6 ? 16 : 6);
  // RFC 792 promises eight bytes of it: a TCP checksum stands behind them. Zero in UDP means that there is none.
  if (bytes.byteLength < at + (protocol === 6 ? 20 : 8)) return copy;
  const checksum = bytes.getUint16(checksumAt);
  if (protocol === 17 && checksum === 0) return copy;
  const right = adjusted(checksum, change);
  bytes.setUint16(checksumAt, protocol === 17 && right === 0 ? 0xffff : right);
  return copy;
}

function headerLength(bytes: DataView): number {
  return (bytes.getUint8(0) & 0xf) * 4;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
