// What IP carries: TCP (RFC 9293), UDP (RFC 768), SCTP (RFC 9260), ICMP (RFC 792), ICMPv6 (RFC 4443), anything else as bytes.
// A `checksum` is there only when it is not the right one: absent, it is computed.

import { protocols } from '../flow/protocol-numbers.ts';
import { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { crc32c, type IpEnds, internetChecksum, pseudoHeaderSum } from './checksum.ts';

/** A header with a checksum. */
export interface Checked {
  /** What stands in the header though the right value is another one. */
  readonly checksum?: number;
}

/** RFC 9293. */
export interface TcpSegment extends Checked {
  readonly kind: 'tcp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128; 12 bits with the reserved ones. */
  readonly flags: number;
  readonly window: number;
  readonly urgent: number;
  /** A multiple of four bytes, 40 at most. */
  readonly options: Uint8Array;
  readonly data: Uint8Array;
}

/** RFC 768. */
export interface UdpDatagram extends Checked {
  readonly kind: 'udp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly data: Uint8Array;
}

/** Its `checksum` is a CRC32c, in the order of its bytes. */
export interface SctpPacket extends Checked {
  readonly kind: 'sctp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag: number;
  /** The chunks. */
  readonly data: Uint8Array;
}

/** RFC 792 and RFC 4443. */
export interface IcmpMessage extends Checked {
  /** `icmpv6` counts the pseudo-header in its checksum. */
  readonly kind: 'icmp' | 'icmpv6';
  readonly type: number;
  readonly code: number;
  /** Bytes 4 to 7: of an echo its identifier and sequence number, of an error its parameters. */
  readonly rest: number;
  readonly data: Uint8Array;
}

/** Of another protocol, or of a known one that cannot be read as it says; of all fragments but whole packets. */
export interface OtherProtocol {
  readonly kind: 'ip';
  readonly protocol: number;
  readonly data: Uint8Array;
}

/** What IP carries. */
export type IpPayload = TcpSegment | UdpDatagram | SctpPacket | IcmpMessage | OtherProtocol;

export function protocolOf(payload: IpPayload): number {
  return payload.kind === 'ip' ? payload.protocol : protocols[payload.kind];
}

/** What cannot be read as its protocol says (too short, lengths that contradict) comes as `ip`, its bytes untouched. */
export function readIpPayload(bytes: Uint8Array, protocol: number, ends: IpEnds): IpPayload {
  return parse(bytes, protocol, ends) ?? { kind: 'ip', protocol, data: bytes };
}

function parse(bytes: Uint8Array, protocol: number, ends: IpEnds): IpPayload | undefined {
  const reader = new Reader(bytes);
  const isV6 = typeof ends.source === 'bigint';
  switch (protocol) {
    case protocols.tcp:
      return readTcp(reader, bytes, ends);
    case protocols.udp:
      return readUdp(reader, bytes, ends);
    case protocols.sctp:
      return readSctp(reader, bytes);
    case protocols.icmp:
      return isV6 ? undefined : readIcmp(reader, bytes, 'icmp', ends);
    case protocols.icmpv6:
      return isV6 ? readIcmp(reader, bytes, 'icmpv6', ends) : undefined;
    default:
      return undefined;
  }
}

function readTcp(reader: Reader, bytes: Uint8Array, ends: IpEnds): TcpSegment | undefined {
  if (bytes.length < 20) return undefined;
  const [sourcePort, destinationPort] = [reader.u16(), reader.u16()];
  const [sequence, acknowledgement] = [reader.u32(), reader.u32()];
  const word = reader.u16();
  const header = (word >>> 12) * 4;
  if (header < 20 || header > bytes.length) return undefined;
  const [window, checksum, urgent] = [reader.u16(), reader.u16(), reader.u16()];
  const options = reader.copy(header - 20);
  const ports = { sourcePort, destinationPort, sequence, acknowledgement, flags: word & 0xfff, window, urgent };
  return { kind: 'tcp', ...ports, options, data: reader.rest(), ...wrong(checksum, bytes, protocols.tcp, ends) };
}

function readUdp(reader: Reader, bytes: Uint8Array, ends: IpEnds): UdpDatagram | undefined {
  if (bytes.length < 8 || reader.peekU16(4) !== bytes.length) return undefined;
  const [sourcePort, destinationPort] = [reader.u16(), reader.u16()];
  reader.skip(2);
  const checksum = reader.u16();
  return { kind: 'udp', sourcePort, destinationPort, data: reader.rest(), ...wrong(checksum, bytes, 17, ends) };
}

function readSctp(reader: Reader, bytes: Uint8Array): SctpPacket | undefined {
  if (bytes.length < 12) return undefined;
  const ports = { sourcePort: reader.u16(), destinationPort: reader.u16(), verificationTag: reader.u32() };
  const checksum = reader.u32();
  const right = checksum === sctpChecksum(bytes);
  return { kind: 'sctp', ...ports, data: reader.rest(), ...(!right && { checksum }) };
}

/** Counted as if it were zero (RFC 9260 section 6.8). */
function sctpChecksum(bytes: Uint8Array): number {
  const blank = bytes.slice();
  blank.fill(0, 8, 12);
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, crc32c(blank), true);
  return view.getUint32(0);
}

function readIcmp(reader: Reader, bytes: Uint8Array, kind: IcmpMessage['kind'], ends: IpEnds): IcmpMessage | undefined {
  if (bytes.length < 8) return undefined;
  const [type, code, checksum, rest] = [reader.u8(), reader.u8(), reader.u16(), reader.u32()];
  return { kind, type, code, rest, data: reader.rest(), ...wrong(checksum, bytes, protocols[kind], ends) };
}

/** The checksum, unless it is the right one. Zero in UDP means that there is none (RFC 768), and is kept as it is. */
function wrong(checksum: number, bytes: Uint8Array, protocol: number, ends: IpEnds): Checked {
  if (protocol === protocols.udp && checksum === 0) return { checksum };
  return internetChecksum(bytes, seedOf(protocol, bytes.length, ends)) === 0 ? {} : { checksum };
}

function seedOf(protocol: number, length: number, ends: IpEnds): number {
  return protocol === protocols.icmp ? 0 : pseudoHeaderSum(ends, protocol, length);
}

/** @throws OpenFlowEncodeError when a value does not fit */
export function writeIpPayload(writer: Writer, payload: IpPayload, ends: IpEnds): void {
  const start = writer.length;
  switch (payload.kind) {
    case 'ip':
      writer.raw(payload.data);
      return;
    case 'sctp':
      writer.u16(payload.sourcePort);
      writer.u16(payload.destinationPort);
      writer.u32(payload.verificationTag);
      writer.u32(0);
      writer.raw(payload.data);
      writer.patchU32(start + 8, payload.checksum ?? sctpChecksum(writer.since(start)));
      return;
    case 'tcp':
      writer.u16(payload.sourcePort);
      writer.u16(payload.destinationPort);
      writer.u32(payload.sequence);
      writer.u32(payload.acknowledgement);
      writer.u16(((20 + payload.options.length) / 4) * 0x1000 + payload.flags);
      writer.u16(payload.window);
      writer.u16(0);
      writer.u16(payload.urgent);
      writer.raw(payload.options);
      writer.raw(payload.data);
      seal(writer, start, start + 16, payload, ends);
      return;
    case 'udp':
      writer.u16(payload.sourcePort);
      writer.u16(payload.destinationPort);
      writer.u16(8 + payload.data.length);
      writer.u16(0);
      writer.raw(payload.data);
      seal(writer, start, start + 6, payload, ends);
      return;
    case 'icmp':
    case 'icmpv6':
      writer.u8(payload.type);
      writer.u8(payload.code);
      writer.u16(0);
      writer.u32(payload.rest);
      writer.raw(payload.data);
      seal(writer, start, start + 2, payload, ends);
  }
}

function seal(writer: Writer, start: number, at: number, payload: IpPayload & Checked, ends: IpEnds): void {
  const protocol = protocolOf(payload);
  const sum = internetChecksum(writer.since(start), seedOf(protocol, writer.length - start, ends));
  // RFC 768: a sum of zero travels as all ones.
  const right = sum === 0 && protocol === protocols.udp ? 0xffff : sum;
  writer.patchU16(at, payload.checksum ?? right);
}
