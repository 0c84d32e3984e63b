// OFPMP_TABLE_FEATURES (OpenFlow 1.5.1 section 7.3.5): what tables can do.

import { takeEntry } from '../../codec/entry.ts';
import { readListedField, type UnknownHeader, writeListedField } from '../../codec/oxm.ts';
import { writeProperty } from '../../codec/properties.ts';
import { readPadded } from '../../codec/property-order.ts';
import type { FieldRef } from '../../flow/match.ts';
import type { UnknownProperty } from '../../flow/property.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow15 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';
import { tableFeaturesText } from './shared/table-features-text.ts';

/** Asks for the features of all tables, or, with `tables`, sets them. */
export interface TableFeaturesRequest {
  readonly type: 'table_features';
  readonly tables?: readonly TableFeatures[];
}

/** A field in a list of features (OpenFlow 1.5.1 section 7.3.5). */
export type ListedField = (FieldRef & { readonly masked?: boolean }) | UnknownHeader;

/** An OFPIT_* or OFPAT_* number, with what stands behind it: nothing, but for padding and experimenters. */
export type ListedType = number | { readonly type: number; readonly data: Uint8Array };

/** What a table can do; `miss`: for packets that match no other flow (OpenFlow 1.5.1 section 7.3.5). */
export type TableFeature =
  | { readonly kind: 'instructions'; readonly miss?: boolean; readonly types: readonly ListedType[] }
  | { readonly kind: 'next_tables'; readonly miss?: boolean; readonly tables: readonly number[] }
  | { readonly kind: 'write_actions' | 'apply_actions'; readonly miss?: boolean; readonly types: readonly ListedType[] }
  | { readonly kind: 'match' | 'wildcards'; readonly fields: readonly ListedField[] }
  | {
      readonly kind: 'write_set_field' | 'apply_set_field';
      readonly miss?: boolean;
      readonly fields: readonly ListedField[];
    }
  | ({ readonly kind: 'unknown_feature' } & UnknownProperty);

/** What a table can do (OpenFlow 1.5.1 section 7.3.5). */
export interface TableFeatures {
  readonly table: number;
  /** OpenFlow 1.5, OFPTFC_*: 0 replace, 1 modify, 2 enable, 3 disable. */
  readonly command?: number;
  /** At most 32 bytes. */
  readonly name: string;
  /** Bits of metadata that it can match and write. */
  readonly metadataMatch: bigint;
  readonly metadataWrite: bigint;
  /** OFPTC_*: 4 eviction, 8 vacancy events; `config` in OpenFlow 1.3. */
  readonly capabilities: number;
  readonly maxEntries: number;
  /** OpenFlow 1.5: bits of ofp_table_feature_flag. */
  readonly flags?: number;
  readonly features: readonly TableFeature[];
}

type Known = Exclude<TableFeature, { readonly kind: 'unknown_feature' }>;

/** OFPTFPT_* numbers; that for a table miss is one more. */
const numbers: Readonly<Record<Known['kind'], number>> = {
  instructions: 0,
  next_tables: 2,
  write_actions: 4,
  apply_actions: 6,
  match: 8,
  wildcards: 10,
  write_set_field: 12,
  apply_set_field: 14,
};

const kinds: ReadonlyMap<number, Known['kind']> = new Map(
  (Object.entries(numbers) as [Known['kind'], number][]).map(([kind, number]) => [number, kind]),
);

/** Types, each with its length; undefined when a length is impossible. */
function readTypes(reader: Reader): readonly ListedType[] | undefined {
  const types: ListedType[] = [];
  while (reader.remaining >= 4) {
    const length = reader.peekU16(2);
    if (length < 4 || length > reader.remaining) return undefined;
    const type = reader.u16();
    reader.skip(2);
    types.push(length === 4 ? type : { type, data: reader.copy(length - 4) });
  }
  return types;
}

function writeType(writer: Writer, listed: ListedType): void {
  const { type, data } = typeof listed === 'number' ? { type: listed, data: new Uint8Array() } : listed;
  writer.u16(type);
  writer.u16(4 + data.length);
  writer.raw(data);
}

/** Fields by their headers. */
function readFields(reader: Reader): readonly ListedField[] {
  const fields: ListedField[] = [];
  while (reader.remaining >= 4) fields.push(readListedField(reader));
  return fields;
}

function readBody(kind: Known['kind'], reader: Reader): object | undefined {
  switch (kind) {
    case 'next_tables':
      return { tables: [...reader.rest()] };
    case 'instructions':
    case 'write_actions':
    case 'apply_actions': {
      const types = readTypes(reader);
      return types && { types };
    }
    default:
      return { fields: readFields(reader) };
  }
}

function readFeature(type: number, value: Reader): TableFeature {
  const miss = (type & 1) === 1;
  const kind = kinds.get(type & ~1);
  const raw: TableFeature = { kind: 'unknown_feature', type, value: value.bytes.slice(value.offset, value.end) };
  if (!kind || (miss && (kind === 'match' || kind === 'wildcards'))) return raw;
  const body = readBody(kind, value);
  if (!body || value.remaining > 0) return raw;
  return { kind, ...(miss && { miss }), ...body } as TableFeature;
}

function writeFeature(writer: Writer, feature: TableFeature): void {
  if (feature.kind === 'unknown_feature') {
    writeProperty(writer, feature.type, w => w.raw(feature.value));
    return;
  }
  const miss = 'miss' in feature && feature.miss ? 1 : 0;
  writeProperty(writer, numbers[feature.kind] + miss, w => {
    if ('tables' in feature) for (const table of feature.tables) w.u8(table);
    if ('types' in feature) for (const type of feature.types) writeType(w, type);
    if ('fields' in feature) for (const field of feature.fields) writeListedField(w, field);
  });
}

const nameLength = 32;

const fixedLength = 64;

function writeFeatures(writer: Writer, table: TableFeatures): void {
  const start = writer.length;
  const isLatest = writer.version >= openflow15;
  writer.u16(0);
  writer.u8(table.table);
  writer.u8(isLatest ? (table.command ?? 0) : 0);
  writer.u32(isLatest ? (table.flags ?? 0) : 0);
  writer.text(table.name, nameLength);
  writer.u64(table.metadataMatch);
  writer.u64(table.metadataWrite);
  writer.u32(table.capabilities);
  writer.u32(table.maxEntries);
  for (const feature of table.features) writeFeature(writer, feature);
  writer.patchLength(start, start, 'the features of a table');
}

function readFeatures(outer: Reader): TableFeatures {
  const reader = takeEntry(outer, fixedLength, 'table features');
  reader.skip(2);
  const table = reader.u8();
  const isLatest = reader.version >= openflow15;
  const command = isLatest ? reader.u8() : 0;
  const flags = isLatest ? reader.u32() : 0;
  if (!isLatest) reader.pad(5);
  const name = reader.text(nameLength);
  const metadataMatch = reader.u64();
  const metadataWrite = reader.u64();
  const capabilities = reader.u32();
  const maxEntries = reader.u32();
  const features = Array.from(readPadded(reader), ({ type, value }) => readFeature(type, value));
  return {
    table,
    ...(command !== 0 && { command }),
    name,
    metadataMatch,
    metadataWrite,
    capabilities,
    maxEntries,
    ...(flags !== 0 && { flags }),
    features,
  };
}

export const tableFeatures: MultipartDefinition<TableFeaturesRequest, TableFeatures> = {
  type: 'table_features',
  places: [{ type: 12 }],
  encodeRequest(request, writer) {
    for (const table of request.tables ?? []) writeFeatures(writer, table);
  },
  decodeRequest(reader) {
    const tables: TableFeatures[] = [];
    while (reader.remaining > 0) tables.push(readFeatures(reader));
    return { type: 'table_features', ...(tables.length > 0 && { tables }) };
  },
  encodeEntry: (entry, writer) => writeFeatures(writer, entry),
  decodeEntry: readFeatures,
  name: 'OFPST_TABLE_FEATURES',
  printRequest: ({ tables = [] }, version) => tableFeaturesText(tables, version),
  printReply: tableFeaturesText,
};
