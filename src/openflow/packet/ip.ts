// IPv4 (RFC 791) and IPv6 (RFC 8200) packets.

import { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { internetChecksum } from './checksum.ts';
import { type IpPayload, protocolOf, readIpPayload, writeIpPayload } from './transport.ts';

/** RFC 791. */
export interface Ipv4Packet {
  readonly kind: 'ipv4';
  readonly source: number;
  readonly destination: number;
  readonly ttl: number;
  /** DSCP and ECN, 8 bits. */
  readonly tos: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In bytes, a multiple of 8; of all but the first fragment the payload is `ip`. */
  readonly fragmentOffset: number;
  /** A multiple of four bytes, 40 at most. */
  readonly options: Uint8Array;
  /** Only when it is not the right one. */
  readonly checksum?: number;
  readonly payload: IpPayload;
}

/** RFC 8200. */
export interface Ipv6Packet {
  readonly kind: 'ipv6';
  readonly source: bigint;
  readonly destination: bigint;
  readonly hopLimit: number;
  readonly trafficClass: number;
  readonly flowLabel: number;
  /** What stands first behind the header; an extension header comes as `ip`, with all that it leads. */
  readonly payload: IpPayload;
}

/** Of either family. */
export type IpPacket = Ipv4Packet | Ipv6Packet;

/** Undefined: its header contradicts itself, or it is cut. Bytes behind the packet's length are left to read. */
export function readIpv4(reader: Reader): Ipv4Packet | undefined {
  if (reader.remaining < 20) return undefined;
  const headerLength = (reader.peekU8(0) & 0xf) * 4;
  const totalLength = reader.peekU16(2);
  if (reader.peekU8(0) >>> 4 !== 4 || headerLength < 20 || totalLength < headerLength) return undefined;
  if (totalLength > reader.remaining) return undefined;
  const bytes = reader.bytes.slice(reader.offset, reader.offset + totalLength);
  const inside = new Reader(bytes);
  inside.skip(1);
  const tos = inside.u8();
  inside.skip(2);
  const identification = inside.u16();
  const fragment = inside.u16();
  // The reserved bit has no place in the result, and nothing may be lost.
  if ((fragment & 0x8000) !== 0) return undefined;
  const [ttl, protocol, checksum] = [inside.u8(), inside.u8(), inside.u16()];
  const ends = { source: inside.u32(), destination: inside.u32() };
  const options = inside.copy(headerLength - 20);
  const rest = inside.rest();
  const fragmentOffset = (fragment & 0x1fff) * 8;
  const moreFragments = (fragment & 0x2000) !== 0;
  // The checksum of a fragmented segment covers what is not here.
  const isWhole = fragmentOffset === 0 && !moreFragments;
  reader.skip(totalLength);
  return {
    kind: 'ipv4',
    ...ends,
    ttl,
    tos,
    identification,
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments,
    fragmentOffset,
    options,
    ...(internetChecksum(bytes.subarray(0, headerLength)) === 0 ? {} : { checksum }),
    payload: isWhole ? readIpPayload(rest, protocol, ends) : { kind: 'ip', protocol, data: rest },
  };
}

/** The same for IPv6. */
export function readIpv6(reader: Reader): Ipv6Packet | undefined {
  if (reader.remaining < 40 || reader.peekU8(0) >>> 4 !== 6) return undefined;
  const length = reader.peekU16(4);
  if (40 + length > reader.remaining) return undefined;
  const first = reader.u32();
  reader.skip(2);
  const [nextHeader, hopLimit] = [reader.u8(), reader.u8()];
  const ends = { source: reader.u128(), destination: reader.u128() };
  const trafficClass = (first >>> 20) & 0xff;
  const payload = readIpPayload(reader.copy(length), nextHeader, ends);
  return { kind: 'ipv6', ...ends, hopLimit, trafficClass, flowLabel: first & 0xfffff, payload };
}

/** @throws OpenFlowEncodeError when a value does not fit, or the packet is longer than 65,535 bytes */
export function writeIpv4(writer: Writer, packet: Ipv4Packet): void {
  const start = writer.length;
  const { tos, identification, ttl, source, destination, options, fragmentOffset } = packet;
  writer.u8(0x40 + (20 + options.length) / 4);
  writer.u8(tos);
  writer.u16(0);
  writer.u16(identification);
  writer.u16((packet.dontFragment ? 0x4000 : 0) + (packet.moreFragments ? 0x2000 : 0) + fragmentOffset / 8);
  writer.u8(ttl);
  writer.u8(protocolOf(packet.payload));
  writer.u16(0);
  writer.u32(source);
  writer.u32(destination);
  writer.raw(options);
  const end = writer.length;
  writeIpPayload(writer, packet.payload, packet);
  writer.patchLength(start + 2, start, 'the IPv4 packet');
  writer.patchU16(start + 10, packet.checksum ?? internetChecksum(writer.since(start).subarray(0, end - start)));
}

/** @throws OpenFlowEncodeError as writeIpv4 does */
export function writeIpv6(writer: Writer, packet: Ipv6Packet): void {
  const start = writer.length;
  writer.u32(0x6000_0000 + packet.trafficClass * 0x10_0000 + packet.flowLabel);
  writer.u16(0);
  writer.u8(protocolOf(packet.payload));
  writer.u8(packet.hopLimit);
  writer.u128(packet.source);
  writer.u128(packet.destination);
  writeIpPayload(writer, packet.payload, packet);
  writer.patchLength(start + 4, start + 40, 'the IPv6 payload');
}
