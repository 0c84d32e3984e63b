// Which group a request is about (OVS lib/ofp-group.c).

import { groupIdText } from '../../../flow/group.ts';
import { group as groupNumber } from '../../../flow/ports.ts';
import type { Reader } from '../../../wire/reader.ts';
import type { Writer } from '../../../wire/writer.ts';

export function encodeGroupNumber(writer: Writer, group = groupNumber.all as number): void {
  writer.u32(group);
  writer.zeros(4);
}

export function decodeGroupNumber(reader: Reader): { readonly group?: number } {
  const group = reader.u32();
  reader.pad(4);
  return group === groupNumber.all ? {} : { group };
}

export function groupFilterText(group = groupNumber.all as number): string {
  return ` group_id=${groupIdText(group)}`;
}
