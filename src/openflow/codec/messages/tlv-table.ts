// NXT_TLV_TABLE_MOD and NXT_TLV_TABLE_REPLY: which tunnel options the tun_metadata fields stand for
// (OVS include/openflow/nicira-ext.h).

import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import type { MessageCodec } from '../message-codec.ts';
import { nameOf, numberOf } from '../named.ts';

/** One option of a tunnel (RFC 8926 section 3.5) and its field. */
export interface TlvMapping {
  readonly optionClass: number;
  readonly optionType: number;
  /** Bytes, a multiple of 4, at most 124. */
  readonly optionLength: number;
  /** N of `tun_metadataN`. */
  readonly index: number;
}

/** Changes which tunnel options the tun_metadata fields stand for (NXT_TLV_TABLE_MOD). */
export interface TlvTableMod {
  readonly kind: 'tlv_table_mod';
  /** A number where it is none of NXTTMC_*. */
  readonly command: (typeof commands)[number] | number;
  readonly mappings: readonly TlvMapping[];
}

/** Which tunnel options the tun_metadata fields stand for (NXT_TLV_TABLE_REPLY). */
export interface TlvTableReply {
  readonly kind: 'tlv_table_reply';
  /** Bytes that all options together may take. */
  readonly maxOptionSpace: number;
  readonly maxFields: number;
  readonly mappings: readonly TlvMapping[];
}

/** By NXTTMC_* number. */
const commands = ['add', 'delete', 'clear'] as const;

function writeMappings(writer: Writer, mappings: readonly TlvMapping[]): void {
  for (const { optionClass, optionType, optionLength, index } of mappings) {
    writer.u16(optionClass);
    writer.u8(optionType);
    writer.u8(optionLength);
    writer.u16(index);
    writer.zeros(2);
  }
}

function readMappings(reader: Reader): readonly TlvMapping[] {
  const mappings: TlvMapping[] = [];
  while (reader.remaining > 0) {
    const mapping = {
      optionClass: reader.u16(),
      optionType: reader.u8(),
      optionLength: reader.u8(),
      index: reader.u16(),
    };
    reader.pad(2);
    mappings.push(mapping);
  }
  return mappings;
}

export const tlvTableMod: MessageCodec<TlvTableMod> = {
  encodeBody({ command, mappings }, writer) {
    writer.u16(numberOf(commands, command));
    writer.zeros(6);
    writeMappings(writer, mappings);
  },
  decodeBody(reader) {
    const command = reader.u16();
    reader.pad(6);
    return { kind: 'tlv_table_mod', command: nameOf(commands, command), mappings: readMappings(reader) };
  },
};

export const tlvTableReply: MessageCodec<TlvTableReply> = {
  encodeBody({ maxOptionSpace, maxFields, mappings }, writer) {
    writer.u32(maxOptionSpace);
    writer.u16(maxFields);
    writer.zeros(10);
    writeMappings(writer, mappings);
  },
  decodeBody(reader) {
    const maxOptionSpace = reader.u32();
    const maxFields = reader.u16();
    reader.pad(10);
    return { kind: 'tlv_table_reply', maxOptionSpace, maxFields, mappings: readMappings(reader) };
  },
};
