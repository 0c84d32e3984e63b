// The table of tunnel options, in NXT_TLV_TABLE_MOD and NXT_TLV_TABLE_REPLY (OVS include/openflow/nicira-ext.h,
// lib/ofp-match.c).

import { hex } from '../../text/format-value.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';

/** One option of a tunnel (RFC 8926 section 3.5) and its field. */
export interface TlvMapping {
  readonly optionClass: number;
  readonly optionType: number;
  /** Bytes, a multiple of 4, at most 124. */
  readonly optionLength: number;
  /** N of `tun_metadataN`. */
  readonly index: number;
}

export function writeMappings(writer: Writer, mappings: readonly TlvMapping[]): void {
  for (const { optionClass, optionType, optionLength, index } of mappings) {
    writer.u16(optionClass);
    writer.u8(optionType);
    writer.u8(optionLength);
    writer.u16(index);
    writer.zeros(2);
  }
}

export function readMappings(reader: Reader): readonly TlvMapping[] {
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

export function mappingTable(mappings: readonly TlvMapping[]): string {
  const rows = mappings.map(({ optionClass, optionType, optionLength, index }) => {
    const optionClassText = hex(optionClass).padStart(6);
    return `\n ${optionClassText}  ${hex(optionType).padStart(4)}  ${String(optionLength).padStart(6)}  tun_metadata${index}`;
  });
  const head = ' mapping table:\n  class  type  length  match field\n ------  ----  ------  --------------';
  return head + rows.join('');
}
