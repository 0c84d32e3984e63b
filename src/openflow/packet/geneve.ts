// Geneve (RFC 8926 section 3.4): what a UDP datagram to port 6081 carries.

import { OpenFlowEncodeError } from '../errors.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';

/** The UDP port of Geneve. */
export const genevePort = 6081;

/** One option of a Geneve header. */
export interface GeneveOption {
  readonly optionClass: number;
  /** 8 bits; the highest says that who does not know the option must drop the packet. */
  readonly type: number;
  /** A multiple of four bytes, 124 at most. */
  readonly data: Uint8Array;
}

/** What Geneve says, and what it carries. */
export interface GenevePacket {
  readonly vni: number;
  /** A packet for the tunnel's end itself. */
  readonly control: boolean;
  /** One of the options must be known. */
  readonly critical: boolean;
  /** 0x6558: an Ethernet frame. */
  readonly protocol: number;
  readonly options: readonly GeneveOption[];
  readonly data: Uint8Array;
}

const bits = { control: 0x80, critical: 0x40 };
const mostOptionBytes = 252;

/** Reads the data of a datagram to port 6081; undefined when it is cut, or its lengths contradict. */
export function parseGeneve(bytes: Uint8Array): GenevePacket | undefined {
  if (bytes.length < 8) return undefined;
  const reader = new Reader(bytes);
  const first = reader.u8();
  const flags = reader.u8();
  const length = (first & 0x3f) * 4;
  const protocol = reader.u16();
  const vni = reader.u32() >>> 8;
  if (first >>> 6 !== 0 || length > reader.remaining) return undefined;
  const options = readOptions(reader.sub(length));
  if (!options) return undefined;
  const [control, critical] = [(flags & bits.control) !== 0, (flags & bits.critical) !== 0];
  return { vni, control, critical, protocol, options, data: reader.rest() };
}

function readOptions(reader: Reader): readonly GeneveOption[] | undefined {
  const options: GeneveOption[] = [];
  while (reader.remaining > 0) {
    const [optionClass, type] = [reader.u16(), reader.u8()];
    const length = (reader.u8() & 0x1f) * 4;
    if (length > reader.remaining) return undefined;
    options.push({ optionClass, type, data: reader.copy(length) });
  }
  return options;
}

/** The data of a datagram. @throws OpenFlowEncodeError when a value does not fit */
export function buildGeneve({ vni, control, critical, protocol, options, data }: GenevePacket): Uint8Array {
  if (!(vni >= 0 && vni < 2 ** 24)) throw new OpenFlowEncodeError('OF_BAD_VALUE', `${vni} is no VNI`);
  const length = options.reduce((sum, option) => sum + 4 + option.data.length, 0);
  if (length > mostOptionBytes)
    throw new OpenFlowEncodeError('OF_TOO_LONG', `${length} bytes of options, more than 252`);
  const writer = new Writer(8 + length + data.length);
  writer.u8(length / 4);
  writer.u8((control ? bits.control : 0) | (critical ? bits.critical : 0));
  writer.u16(protocol);
  writer.u32(vni * 256);
  for (const option of options) {
    if (option.data.length % 4 !== 0 || option.data.length > 124) {
      throw new OpenFlowEncodeError('OF_BAD_VALUE', `an option of ${option.data.length} bytes`);
    }
    writer.u16(option.optionClass);
    writer.u8(option.type);
    writer.u8(option.data.length / 4);
    writer.raw(option.data);
  }
  writer.raw(data);
  return writer.finish();
}
