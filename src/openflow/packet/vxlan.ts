// VXLAN (RFC 7348 section 5): what a UDP datagram to port 4789 carries.

import { OpenFlowEncodeError } from '../errors.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';

/** The UDP port of VXLAN. */
export const vxlanPort = 4789;

/** What VXLAN says, and what it carries. */
export interface VxlanPacket {
  readonly vni: number;
  /** The inner frame, from its destination address on. */
  readonly frame: Uint8Array;
}

const vniIsValid = 0x0800_0000;

/** Reads the data of a datagram to port 4789; undefined when it is too short, or without the I flag. */
export function parseVxlan(bytes: Uint8Array): VxlanPacket | undefined {
  if (bytes.length < 8) return undefined;
  const reader = new Reader(bytes);
  if ((reader.u32() & vniIsValid) === 0) return undefined;
  return { vni: reader.u32() >>> 8, frame: reader.rest() };
}

/** The data of a datagram. @throws OpenFlowEncodeError when the VNI is not one of 0 to 16777215 */
export function buildVxlan({ vni, frame }: VxlanPacket): Uint8Array {
  const writer = new Writer(8 + frame.length);
  writer.u32(vniIsValid);
  if (!(vni >= 0 && vni < 2 ** 24)) throw new OpenFlowEncodeError('OF_BAD_VALUE', `${vni} is no VNI`);
  writer.u32(vni * 256);
  writer.raw(frame);
  return writer.finish();
}
