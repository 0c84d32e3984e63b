// Ethernet frames (IEEE 802.3) with their VLAN tags (IEEE 802.1Q), parsed and built. Nothing that is parsed is lost: building
// it again gives the same bytes.

import { etherTypes } from '../flow/protocol-numbers.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { type ArpPacket, readArp, writeArp } from './arp.ts';
import { type Ipv4Packet, type Ipv6Packet, readIpv4, readIpv6, writeIpv4, writeIpv6 } from './ip.ts';

/** IEEE 802.1Q. */
export interface VlanTag {
  /** 0x8100, or 0x88a8 of a service tag (802.1ad). */
  readonly type: 0x8100 | 0x88a8;
  /** PCP, 0 to 7. */
  readonly priority: number;
  readonly dropEligible: boolean;
  /** VID, 0 to 4095. */
  readonly id: number;
}

/** Of another EtherType, or of a known one that cannot be read as it says. */
export interface OtherPayload {
  readonly kind: 'other';
  readonly etherType: number;
  readonly data: Uint8Array;
}

/** What a frame carries. */
export type FramePayload = ArpPacket | Ipv4Packet | Ipv6Packet | OtherPayload;

/** An Ethernet frame without its frame check sequence. */
export interface Frame {
  readonly destination: bigint;
  readonly source: bigint;
  /** The outermost first. */
  readonly tags: readonly VlanTag[];
  readonly payload: FramePayload;
  /** What follows the payload: padding up to 60 bytes, mostly. */
  readonly trailer: Uint8Array;
}

/** More tags than any switch takes off; further ones are left in the payload. */
const maxTags = 8;

/** Reads a frame; undefined when the bytes are too short for one (14). */
export function parseFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < 14) return undefined;
  const reader = new Reader(bytes);
  const destination = reader.mac();
  const source = reader.mac();
  const tags: VlanTag[] = [];
  while (reader.remaining >= 6 && tags.length < maxTags) {
    const type = reader.peekU16(0);
    if (type !== etherTypes.vlan && type !== etherTypes.serviceVlan) break;
    reader.skip(2);
    const tci = reader.u16();
    tags.push({ type, priority: tci >>> 13, dropEligible: (tci & 0x1000) !== 0, id: tci & 0xfff });
  }
  const etherType = reader.u16();
  const body = new Reader(reader.rest());
  const payload = readKnown(body, etherType) ?? { kind: 'other', etherType, data: body.rest() };
  return { destination, source, tags, payload, trailer: body.rest() };
}

function readKnown(reader: Reader, etherType: number): FramePayload | undefined {
  switch (etherType) {
    case etherTypes.arp:
      return readArp(reader);
    case etherTypes.ipv4:
      return readIpv4(reader);
    case etherTypes.ipv6:
      return readIpv6(reader);
    default:
      return undefined;
  }
}

/** The bytes, without padding beyond `trailer` and without the frame check sequence. @throws OpenFlowEncodeError when a value does not fit */
export function buildFrame({ destination, source, tags, payload, trailer }: Frame): Uint8Array {
  const writer = new Writer();
  writer.mac(destination);
  writer.mac(source);
  for (const { type, priority, dropEligible, id } of tags) {
    writer.u16(type);
    writer.u16(priority * 0x2000 + (dropEligible ? 0x1000 : 0) + id);
  }
  switch (payload.kind) {
    case 'arp':
      writer.u16(etherTypes.arp);
      writeArp(writer, payload);
      break;
    case 'ipv4':
      writer.u16(etherTypes.ipv4);
      writeIpv4(writer, payload);
      break;
    case 'ipv6':
      writer.u16(etherTypes.ipv6);
      writeIpv6(writer, payload);
      break;
    case 'other':
      writer.u16(payload.etherType);
      writer.raw(payload.data);
  }
  writer.raw(trailer);
  return writer.finish();
}
