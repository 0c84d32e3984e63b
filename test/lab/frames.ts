// Ethernet frames built by hand, for packets no well-behaved stack sends.

import { parseIp } from '../../src/lib/address.ts';

export interface EthernetHeader {
  readonly source: string;
  readonly destination: string;
}

export interface Ipv4Header extends EthernetHeader {
  readonly sourceIp: string;
  readonly destinationIp: string;
  readonly ttl?: number;
}

export interface TcpHeader extends Ipv4Header {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** RFC 9293: FIN 1, SYN 2, RST 4, PSH 8, ACK 16. */
  readonly flags: number;
  readonly payload?: Uint8Array;
  /** Spoils the TCP checksum. */
  readonly badChecksum?: boolean;
}

export interface UdpHeader extends Ipv4Header {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload?: Uint8Array;
}

export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

export function ethernet({ source, destination }: EthernetHeader, etherType: number, payload: Uint8Array): Buffer {
  const type = Buffer.alloc(2);
  type.writeUInt16BE(etherType);
  const frame = Buffer.concat([mac(destination), mac(source), type, payload]);
  // The shortest frame without its checksum, IEEE 802.3 clause 4.2.3.3.
  return frame.length >= 60 ? frame : Buffer.concat([frame, Buffer.alloc(60 - frame.length)]);
}

/** RFC 826. A target that is `sourceIp` itself makes it gratuitous. */
export function arpRequest(source: string, sourceIp: string, targetIp: string): Buffer {
  const head = Buffer.from('0001080006040001', 'hex');
  const body = Buffer.concat([head, mac(source), ip(sourceIp), Buffer.alloc(6), ip(targetIp)]);
  return ethernet({ source, destination: BROADCAST }, 0x0806, body);
}

export function ipv4(header: Ipv4Header, protocol: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt8(0x45, 0);
  head.writeUInt16BE(20 + payload.length, 2);
  head.writeUInt8(header.ttl ?? 64, 8);
  head.writeUInt8(protocol, 9);
  ip(header.sourceIp).copy(head, 12);
  ip(header.destinationIp).copy(head, 16);
  head.writeUInt16BE(internetChecksum(head), 10);
  return ethernet(header, 0x0800, Buffer.concat([head, payload]));
}

export function tcp(header: TcpHeader): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(header.sourcePort, 0);
  head.writeUInt16BE(header.destinationPort, 2);
  head.writeUInt32BE(header.sequence ?? 0, 4);
  head.writeUInt32BE(header.acknowledgement ?? 0, 8);
  head.writeUInt8(5 << 4, 12);
  head.writeUInt8(header.flags, 13);
  head.writeUInt16BE(64240, 14);
  const segment = Buffer.concat([head, header.payload ?? Buffer.alloc(0)]);
  const sum = internetChecksum(Buffer.concat([pseudoHeader(header, 6, segment.length), segment]));
  segment.writeUInt16BE(header.badChecksum ? sum ^ 0x5555 : sum, 16);
  return ipv4(header, 6, segment);
}

export function udp(header: UdpHeader): Buffer {
  const payload = header.payload ?? Buffer.alloc(0);
  const head = Buffer.alloc(8);
  head.writeUInt16BE(header.sourcePort, 0);
  head.writeUInt16BE(header.destinationPort, 2);
  head.writeUInt16BE(8 + payload.length, 4);
  const datagram = Buffer.concat([head, payload]);
  const sum = internetChecksum(Buffer.concat([pseudoHeader(header, 17, datagram.length), datagram]));
  // RFC 768: a sum of zero travels as all ones.
  datagram.writeUInt16BE(sum === 0 ? 0xffff : sum, 6);
  return ipv4(header, 17, datagram);
}

/** RFC 1071. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2) {
    sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return ~sum & 0xffff;
}

function pseudoHeader(header: Ipv4Header, protocol: number, length: number): Buffer {
  const tail = Buffer.from([0, protocol, length >> 8, length & 0xff]);
  return Buffer.concat([ip(header.sourceIp), ip(header.destinationIp), tail]);
}

function mac(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll(':', ''), 'hex');
  if (bytes.length !== 6) throw new Error(`"${text}" is not a MAC address`);
  return bytes;
}

function ip(text: string): Buffer {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some(part => !Number.isInteger(part) || part < 0 || part > 255)) {
    throw new Error(`"${text}" is not an IPv4 address`);
  }
  return Buffer.from(parts);
}

export interface Udp6Header extends EthernetHeader {
  readonly sourceIp: string;
  readonly destinationIp: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A datagram over IPv6 (RFC 8200), without payload. */
export function udp6(header: Udp6Header): Buffer {
  const addresses = Buffer.concat([ip6(header.sourceIp), ip6(header.destinationIp)]);
  const datagram = Buffer.alloc(8);
  datagram.writeUInt16BE(header.sourcePort, 0);
  datagram.writeUInt16BE(header.destinationPort, 2);
  datagram.writeUInt16BE(8, 4);
  const pseudo = Buffer.concat([addresses, Buffer.from([0, 0, 0, 8, 0, 0, 0, 17])]);
  datagram.writeUInt16BE(internetChecksum(Buffer.concat([pseudo, datagram])) || 0xffff, 6);
  const head = Buffer.from([0x60, 0, 0, 0, 0, 8, 17, 64]);
  return ethernet(header, 0x86dd, Buffer.concat([head, addresses, datagram]));
}

/** ICMP (RFC 792): `rest` is all after the checksum. */
export function icmp(header: Ipv4Header, type: number, code: number, rest: Uint8Array): Buffer {
  const message = Buffer.concat([Buffer.from([type, code, 0, 0]), rest]);
  message.writeUInt16BE(internetChecksum(message), 2);
  return ipv4(header, 1, message);
}

/** The same frame with tags, the outermost first. */
export function tagged(
  frame: Uint8Array,
  ...tags: readonly { readonly type: number; readonly vlan: number }[]
): Buffer {
  const headers = tags.map(({ type, vlan }) => Buffer.from([type >> 8, type & 0xff, vlan >> 8, vlan & 0xff]));
  return Buffer.concat([frame.subarray(0, 12), ...headers, frame.subarray(12)]);
}

function ip6(text: string): Buffer {
  const value = parseIp(text).value;
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex');
}
