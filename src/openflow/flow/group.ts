// A group: what it is, in bytes (the same in OFPT_GROUP_MOD and OFPMP_GROUP_DESC: OpenFlow 1.5.1 section 7.3.4.3), and in text
// (OVS lib/ofp-group.c). The selection method is Netronome's property, as OVS has it (OVS include/openflow/netronome-ext.h).

import type { ActionContext } from '../actions/shared/action-context.ts';
import { readOxms, writeOxms } from '../codec/match.ts';
import { nameOf, numberOf } from '../codec/named.ts';
import { type PropertyTable, readNamed, writeNamed } from '../codec/property-order.ts';
import { OpenFlowDecodeError, OpenFlowEncodeError } from '../errors.ts';
import { formatFieldValue } from '../text/format-value.ts';
import type { FormatOptions } from '../text/names.ts';
import { type Piece, pairs, unexpected } from '../text/parse/cursor.ts';
import { parseField } from '../text/parse/parse-subfield.ts';
import { parseFieldValue } from '../text/parse/parse-value.ts';
import { unknownOxms, unknownProperties } from '../text/unknown.ts';
import { Reader } from '../wire/reader.ts';
import { openflow15 } from '../wire/version.ts';
import { Writer } from '../wire/writer.ts';
import { type Bucket, bucketText } from './bucket.ts';
import { type FieldName, fieldOf } from './fields.ts';
import type { MatchField } from './match.ts';
import { group as groupNumber } from './ports.ts';
import type { PropertyOrder } from './property.ts';

/** Group types by OFPGT_* number. */
export const groupTypes = ['all', 'select', 'indirect', 'fast_failover'] as const;

/** A group: its number, type and buckets. */
export interface GroupEntry {
  /** 0 to 0xffffff00. */
  readonly group: number;
  /** A number for a type of an experimenter: 128 to 255. */
  readonly type: (typeof groupTypes)[number] | number;
  readonly buckets: readonly Bucket[];
  /** How a select group chooses (OVS's selection method property, OpenFlow 1.5); absent: the switch's default. */
  readonly selection?: GroupSelection;
  /** Exactly which properties a decoded group has; absent: the selection, if any. */
  readonly propertyOrder?: PropertyOrder<'selection'>;
}

/** The selection method of a select group (OVS, ovs-ofctl(8)). */
export interface GroupSelection {
  /** Such as `dp_hash` or `hash`; at most 15 characters. */
  readonly method: string;
  readonly parameter: bigint;
  /** OXMs of the fields to hash, as on the wire. */
  readonly fields?: Uint8Array;
  /** Whose property it is; absent: Netronome's. Open vSwitch 2.4 wrote 0x1540. */
  readonly vendor?: number;
}

const experimenterProperty = 0xffff;
const netronomeVendor = 0x0000154d;
/** What Open vSwitch 2.4 wrote in its place. */
const vendorOf24 = 0x00001540;
const selectionMethod = 1;
const methodLength = 16;

/** Type and number of a group. */
export function encodeGroupHead(writer: Writer, { type, group }: GroupEntry): void {
  writer.u8(numberOf(groupTypes, type));
  writer.zeros(1);
  writer.u32(group);
}

export function decodeGroupHead(reader: Reader): Pick<GroupEntry, 'group' | 'type'> {
  const type = nameOf(groupTypes, reader.u8());
  reader.pad(1);
  return { group: reader.u32(), type };
}

type GroupProperties = Pick<GroupEntry, 'selection'>;

const groupProperties: PropertyTable<GroupProperties, 'selection'> = {
  selection: {
    type: experimenterProperty,
    isIn: group => group.selection !== undefined,
    write({ selection }, writer) {
      if (selection) encodeSelection(writer, selection);
    },
    read: decodeSelection,
  },
};

function encodeSelection(writer: Writer, { method, parameter, fields, vendor }: GroupSelection): void {
  writer.u32(vendor ?? netronomeVendor);
  writer.u32(selectionMethod);
  writer.zeros(4);
  writer.text(method, methodLength);
  writer.u64(parameter);
  if (fields) writer.raw(fields);
}

function decodeSelection(value: Reader): GroupProperties | undefined {
  if (value.remaining < 12 + methodLength + 8) return undefined;
  const vendor = value.u32();
  if (![netronomeVendor, vendorOf24].includes(vendor) || value.u32() !== selectionMethod) return undefined;
  value.pad(4);
  const method = value.text(methodLength);
  // Not a name, and perhaps not even text: kept as bytes.
  if (!/^[!-~]*$/.test(method)) return undefined;
  const parameter = value.u64();
  const fields = value.rest();
  return {
    selection: {
      method,
      parameter,
      ...(fields.length > 0 && { fields }),
      ...(vendor !== netronomeVendor && { vendor }),
    },
  };
}

/** @throws OpenFlowEncodeError before OpenFlow 1.5, when there is a property */
export function encodeGroupProperties(writer: Writer, { selection, propertyOrder }: GroupEntry): void {
  if (writer.version < openflow15 && (selection || propertyOrder)) {
    throw new OpenFlowEncodeError('OF_BAD_VERSION', 'groups have no properties before OpenFlow 1.5');
  }
  writeNamed(writer, groupProperties, { ...(selection && { selection }) }, propertyOrder);
}

/** Reads to the end of the reader. */
export function decodeGroupProperties(reader: Reader): Pick<GroupEntry, 'selection' | 'propertyOrder'> {
  if (reader.remaining === 0) return {};
  const found: GroupProperties = {};
  const propertyOrder = readNamed(reader, groupProperties, found);
  return { ...found, ...(propertyOrder && { propertyOrder }) };
}

/** `ALL`, `ANY` or a number. */
export function groupIdText(group: number): string {
  if (group === groupNumber.all) return 'ALL';
  return group === groupNumber.any ? 'ANY' : String(group);
}

function hashedFields(fields: Uint8Array): readonly string[] {
  try {
    // What stands where a match has its value is here the mask of the bits that count.
    const { match, unknownMatch } = readOxms(new Reader(fields));
    const ordered = [...match].sort((a, b) => fieldOf(a.field).order - fieldOf(b.field).order);
    const known = ordered.map(({ field: name, value }) => {
      const field = fieldOf(name);
      return BigInt(value) === field.allOnes ? name : `${name}=${formatFieldValue(field, value, undefined, {})}`;
    });
    return [...known, ...unknownOxms(unknownMatch)];
  } catch (error) {
    if (error instanceof OpenFlowDecodeError) return [];
    throw error;
  }
}

function selectionText({ method, parameter, fields }: GroupSelection): readonly string[] {
  if (method === '') return [];
  const names = fields ? hashedFields(fields) : [];
  return [
    `selection_method=${method}`,
    ...(parameter === 0n ? [] : [`selection_method_param=${parameter}`]),
    ...(names.length === 1 ? [`fields=${names[0]}`] : []),
    ...(names.length > 1 ? [`fields(${names.join(',')})`] : []),
  ];
}

/**
 * The group, as `dump-groups` prints it and `add-group` takes it. Numbers of buckets show where there are some: in
 * OpenFlow 1.5.
 * @param options `type: false` leaves the type out, as commands about single buckets do
 */
export function formatGroup(group: GroupEntry, options: FormatOptions & { readonly type?: false } = {}): string {
  const type = typeof group.type === 'number' ? 'unknown' : group.type === 'fast_failover' ? 'ff' : group.type;
  return [
    `group_id=${group.group}`,
    ...(options.type === false ? [] : [`type=${type}`]),
    ...(group.selection ? selectionText(group.selection) : []),
    ...unknownProperties(group.propertyOrder),
    ...group.buckets.map(bucket => bucketText(bucket, group.type, options)),
  ].join(',');
}

/** `fields=ip_dst` or `fields(ip_dst,eth_src=ff:ff:ff:00:00:00)`: the bits that a hash takes, as OXMs. */
export function parseHashedFields(text: Piece, context: ActionContext): Uint8Array {
  const found = new Map<FieldName, MatchField>();
  for (const { key, value, delimiter } of pairs(text)) {
    const field = parseField(key);
    if (found.has(field.name)) throw unexpected(key, 'each field once');
    const ones = (1n << BigInt(8 * field.bytes)) - 1n;
    const bits = delimiter === '' ? ones : BigInt(parseFieldValue(value, field, context).value);
    if (bits === 0n) throw unexpected(value, 'a mask of the bits that count');
    found.set(field.name, { field: field.name, value: field.bytes <= 4 ? Number(bits) : bits });
  }
  const ordered = [...found.values()].sort((a, b) => fieldOf(a.field).order - fieldOf(b.field).order);
  const writer = new Writer();
  writer.version = context.version;
  writeOxms(writer, ordered);
  return writer.finish();
}
