// LLDP (IEEE 802.1AB clause 8): what a frame of EtherType 0x88cc carries.

import { OpenFlowEncodeError } from '../errors.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';

/** Nearest bridge: where LLDP frames are sent, and no bridge forwards them (IEEE 802.1AB clause 7.1). */
export const lldpDestination = 0x0180_c200_000en;

/** What a station says of itself on a wire. */
export interface LldpPacket {
  readonly chassis: LldpId;
  readonly port: LldpId;
  /** Seconds; 0: the station is gone. */
  readonly ttl: number;
  /** All others, in their order; 127 is an organisation's own. */
  readonly tlvs: readonly LldpTlv[];
}

/** Chassis and port ids say of what kind they are: 4 a MAC address of a chassis, 3 of a port, 7 what the station likes. */
export interface LldpId {
  readonly subtype: number;
  /** 1 to 255 bytes. */
  readonly id: Uint8Array;
}

/** One statement. */
export interface LldpTlv {
  /** 4 port description, 5 system name, 6 system description, 7 capabilities, 8 management address, 127 own. */
  readonly type: number;
  /** 511 bytes at most. */
  readonly value: Uint8Array;
}

const tlvType = { end: 0, chassis: 1, port: 2, ttl: 3 } as const;
const mostTlvs = 256;

function takeTlv(reader: Reader): LldpTlv | undefined {
  if (reader.remaining < 2) return undefined;
  const head = reader.u16();
  const length = head & 0x1ff;
  return length > reader.remaining ? undefined : { type: head >>> 9, value: reader.copy(length) };
}

function idOf(tlv: LldpTlv | undefined, type: number): LldpId | undefined {
  const [subtype] = tlv?.value ?? [];
  if (tlv?.type !== type || subtype === undefined || tlv.value.length < 2 || tlv.value.length > 256) return undefined;
  return { subtype, id: tlv.value.subarray(1) };
}

/**
 * Reads the data of a frame; undefined when it does not start with chassis, port and TTL, or is cut. What stands behind
 * its end is padding.
 */
export function parseLldp(bytes: Uint8Array): LldpPacket | undefined {
  const reader = new Reader(bytes);
  const chassis = idOf(takeTlv(reader), tlvType.chassis);
  const port = chassis && idOf(takeTlv(reader), tlvType.port);
  const ttl = port && takeTlv(reader);
  if (!chassis || !port || ttl?.type !== tlvType.ttl || ttl.value.length < 2) return undefined;
  const seconds = ((ttl.value[0] as number) << 8) | (ttl.value[1] as number);
  const tlvs: LldpTlv[] = [];
  for (;;) {
    const tlv = takeTlv(reader);
    if (!tlv || tlvs.length > mostTlvs) return undefined;
    if (tlv.type === tlvType.end) return { chassis, port, ttl: seconds, tlvs };
    tlvs.push(tlv);
  }
}

/** The data of a frame, its end included. @throws OpenFlowEncodeError when a value does not fit */
export function buildLldp({ chassis, port, ttl, tlvs }: LldpPacket): Uint8Array {
  const writer = new Writer();
  writeId(writer, tlvType.chassis, chassis);
  writeId(writer, tlvType.port, port);
  if (!(ttl >= 0 && ttl <= 0xffff)) throw new OpenFlowEncodeError('OF_BAD_VALUE', `${ttl} seconds do not fit 16 bits`);
  writeTlv(writer, { type: tlvType.ttl, value: Uint8Array.of(ttl >>> 8, ttl & 0xff) });
  for (const tlv of tlvs) writeTlv(writer, tlv);
  writer.u16(tlvType.end);
  return writer.finish();
}

function writeId(writer: Writer, type: number, { subtype, id }: LldpId): void {
  if (id.length < 1 || id.length > 255) throw new OpenFlowEncodeError('OF_BAD_VALUE', `an id of ${id.length} bytes`);
  writeTlv(writer, { type, value: Uint8Array.of(subtype, ...id) });
}

function writeTlv(writer: Writer, { type, value }: LldpTlv): void {
  if (!(type >= 0 && type <= 127)) throw new OpenFlowEncodeError('OF_BAD_VALUE', `${type} is no type of LLDP`);
  if (value.length > 511) throw new OpenFlowEncodeError('OF_TOO_LONG', `a TLV of ${value.length} bytes, more than 511`);
  writer.u16(type * 0x200 + value.length);
  writer.raw(value);
}
