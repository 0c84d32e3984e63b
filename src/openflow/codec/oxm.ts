// One OXM: header, value, mask (OpenFlow 1.5.1 section 7.2.3.2). Written by hand, not by table: this is the hot path.

import { OpenFlowDecodeError, OpenFlowEncodeError } from '../errors.ts';
import {
  experimenterClass,
  type Field,
  type FieldName,
  fieldByActionHeader,
  fieldByExperimenter,
  fieldByHeader,
  fieldOf,
  type NamedField,
  type OxmHeader,
} from '../flow/fields.ts';
import type { FieldRef, FieldValue, MatchField, Subfield } from '../flow/match.ts';
import { portFrom16, portTo16 } from '../flow/ports.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

function outOfRange(field: Field, value: FieldValue, bytes: number): OpenFlowEncodeError {
  return new OpenFlowEncodeError('OF_BAD_VALUE', `${value} is no value of ${field.name} (${bytes} bytes)`);
}

/** By number of bytes: the most they hold. A tun_metadata has up to 124. */
const mostIn: readonly bigint[] = Array.from({ length: 0x100 }, (_, bytes) => (1n << BigInt(8 * bytes)) - 1n);

/** Writes a value of `bytes` bytes. @throws OpenFlowEncodeError when it does not fit */
export function writeValue(writer: Writer, field: Field, bytes: number, value: FieldValue): void {
  if (bytes <= 4 && !field.variable) {
    const number = typeof value === 'number' ? value : Number(value);
    if (bytes === 4) {
      if (!(number >= 0 && number <= 0xffffffff)) throw outOfRange(field, value, bytes);
      writer.u32(number);
    } else if (bytes === 2) {
      const narrow = field.print === 'port' ? portTo16(number) : number;
      if (!(narrow >= 0 && narrow <= 0xffff)) throw outOfRange(field, value, bytes);
      writer.u16(narrow);
    } else {
      if (!(number >= 0 && number <= 0xff)) throw outOfRange(field, value, bytes);
      writer.u8(number);
    }
    return;
  }
  const wide = typeof value === 'bigint' ? value : BigInt(value);
  if (wide < 0n || wide > (mostIn[bytes] as bigint)) throw outOfRange(field, value, bytes);
  if (field.variable) writer.unsigned(wide, bytes);
  else if (bytes === 6) writer.mac(wide);
  else if (bytes === 8) writer.u64(wide);
  else writer.u128(wide);
}

/** Reads a value of `bytes` bytes: a number up to 4 bytes, else a bigint. */
function readValue(reader: Reader, field: Field, bytes: number): FieldValue {
  if (field.variable) return reader.unsigned(bytes);
  switch (bytes) {
    case 1:
      return reader.u8();
    case 2:
      return field.print === 'port' ? portFrom16(reader.u16()) : reader.u16();
    case 4:
      return reader.u32();
    case 6:
      return reader.mac();
    case 8:
      return reader.u64();
    default:
      return reader.u128();
  }
}

/** Bytes of a tun_metadata that nobody gave a length: as many as it needs, none for zero. */
function shortest(value: FieldValue, mask: FieldValue | undefined): number {
  const both = BigInt(value) | BigInt(mask ?? 0);
  return both === 0n ? 0 : Math.ceil(both.toString(16).length / 2);
}

/** Writes a header whose body has `length` bytes. */
function writeHeader(writer: Writer, header: OxmHeader, masked: boolean, length: number): void {
  const { oxmClass, number, experimenter } = header;
  writer.u16(oxmClass);
  writer.u16((number << 9) | (masked ? 0x100 : 0) | (experimenter === undefined ? length : length + 4));
  if (experimenter !== undefined) writer.u32(experimenter);
}

function headerIn(field: Field, index: number): OxmHeader {
  return field.headers[index] ?? field.headers[0];
}

/** Writes a field as `version` prefers it, unless it says by which header it came. */
export function writeOxm(writer: Writer, oxm: MatchField, version: number): void {
  const { field: name, value, mask } = oxm;
  const field = fieldOf(name);
  const header = headerIn(field, oxm.header ?? field.preferred[version] ?? 0);
  const bytes = field.variable ? (oxm.bytes ?? shortest(value, mask)) : header.bytes;
  if (mask === undefined) {
    writeHeader(writer, header, false, bytes);
    writeValue(writer, field, bytes, value);
  } else {
    writeHeader(writer, header, true, 2 * bytes);
    writeValue(writer, field, bytes, value);
    writeValue(writer, field, bytes, mask);
  }
}

/** In actions, in_port is its old, 16-bit self: its new header is that of in_port_oxm there. */
function actionVersion(field: Field, version: number): number {
  return field.name === 'in_port' ? 0 : version;
}

/** Writes the OXM of an action that sets a field. `version` 0: the extensions' header where there is one. */
export function writeActionOxm(writer: Writer, oxm: MatchField, version: number): void {
  writeOxm(writer, oxm, actionVersion(fieldOf(oxm.field), version));
}

/** Writes the header alone, as actions name a field. `version` 0: the extensions' header where there is one. */
export function writeFieldHeader(writer: Writer, ref: FieldRef, version: number): void {
  const { field: name, header: index } = ref;
  const field = fieldOf(name);
  const header = headerIn(field, index ?? field.preferred[actionVersion(field, version)] ?? 0);
  writeHeader(writer, header, false, ref.bytes ?? header.bytes);
}

/** Whether the header has 32 bits: the older extensions have no room for an experimenter's. */
export function hasShortHeader(name: FieldName): boolean {
  return fieldOf(name).headers[0].experimenter === undefined;
}

/** Bits of a field as actions see it. */
export function actionBits(field: Field): number {
  return field.name === 'in_port' ? 16 : field.bits;
}

type Lookup = (oxmClass: number, number: number) => NamedField | undefined;

/** The field that the next header names, and the length of its body; the header is not read yet. */
function peekField(
  reader: Reader,
  lookup: Lookup,
): {
  readonly named: NamedField | undefined;
  readonly length: number;
  readonly headerLength: number;
  readonly masked: boolean;
} {
  if (reader.remaining < 4) return { named: undefined, length: 0, headerLength: 4, masked: false };
  const oxmClass = reader.peekU16(0);
  const rest = reader.peekU16(2);
  const length = rest & 0xff;
  const masked = (rest & 0x100) !== 0;
  if (oxmClass !== experimenterClass) return { named: lookup(oxmClass, rest >> 9), length, headerLength: 4, masked };
  if (length < 4 || reader.remaining < 8) return { named: undefined, length, headerLength: 4, masked };
  return { named: fieldByExperimenter(reader.peekU32(4), rest >> 9), length: length - 4, headerLength: 8, masked };
}

/** `header` when it is not the one that the version prefers. */
function headerMark({ field, index }: NamedField, version: number): { readonly header?: number } {
  return field.preferred[version] === index ? {} : { header: index };
}

function readKnown(reader: Reader, lookup: Lookup, version: (field: Field) => number): MatchField | undefined {
  const { named, length, headerLength, masked } = peekField(reader, lookup);
  if (!named) return undefined;
  const { field, header } = named;
  const bytes = field.variable ? (masked ? length / 2 : length) : header.bytes;
  const least = field.variable ? 0 : 1;
  if (!Number.isInteger(bytes) || bytes < least || bytes > field.bytes || length !== (masked ? 2 * bytes : bytes)) {
    return undefined;
  }
  const body = reader.sub(headerLength + length);
  body.skip(headerLength);
  const value = readValue(body, field, bytes);
  const mask = masked ? readValue(body, field, bytes) : undefined;
  const preferred = field.preferred[version(field)] === named.index;
  return {
    field: field.name,
    value,
    ...(mask !== undefined && { mask }),
    ...(!preferred && { header: named.index }),
    ...(field.variable && shortest(value, mask) !== bytes && { bytes }),
  };
}

/** Reads one OXM of a match; undefined, and nothing is read, when the field table does not know it. */
export function readOxm(reader: Reader): MatchField | undefined {
  return readUsual(reader, fieldByHeader, reader.version) ?? readKnown(reader, fieldByHeader, () => reader.version);
}

/**
 * The usual kind: a field of fixed width, by a short header, the one its version prefers. Undefined, and nothing is
 * read, for all others. This runs for every field of every flow of a dump: it makes nothing but what it returns.
 */
function readUsual(reader: Reader, lookup: Lookup, version: number): MatchField | undefined {
  if (reader.remaining < 4) return undefined;
  const head = reader.peekU32(0);
  const oxmClass = head >>> 16;
  const named = oxmClass === experimenterClass ? undefined : lookup(oxmClass, (head >>> 9) & 0x7f);
  if (!named) return undefined;
  const { field, header } = named;
  const { bytes } = header;
  const masked = (head & 0x100) !== 0;
  const usual = !field.variable && field.preferred[version] === named.index;
  if (!usual || (head & 0xff) !== (masked ? 2 * bytes : bytes) || reader.remaining < 4 + (head & 0xff))
    return undefined;
  reader.skip(4);
  const value = readValue(reader, field, bytes);
  return masked ? { field: field.name, value, mask: readValue(reader, field, bytes) } : { field: field.name, value };
}

/** Reads the OXM of an action that sets a field; undefined when the field is not in the table. */
export function readActionOxm(reader: Reader, version: number): MatchField | undefined {
  return (
    readUsual(reader, fieldByActionHeader, version) ??
    readKnown(reader, fieldByActionHeader, field => actionVersion(field, version))
  );
}

/** Reads a header that names a field in an action; undefined when the field is not in the table. */
export function readFieldHeader(reader: Reader, version: number): FieldRef | undefined {
  return readUsualHeader(reader, version) ?? readAnyHeader(reader, version);
}

function readUsualHeader(reader: Reader, version: number): FieldRef | undefined {
  if (reader.remaining < 4) return undefined;
  const head = reader.peekU32(0);
  const oxmClass = head >>> 16;
  const named = oxmClass === experimenterClass ? undefined : fieldByActionHeader(oxmClass, (head >>> 9) & 0x7f);
  if (!named || (head & 0x1ff) !== named.header.bytes) return undefined;
  if (named.field.preferred[actionVersion(named.field, version)] !== named.index) return undefined;
  reader.skip(4);
  return { field: named.field.name };
}

function readAnyHeader(reader: Reader, version: number): FieldRef | undefined {
  const { named, length, headerLength, masked } = peekField(reader, fieldByActionHeader);
  if (!named || masked) return undefined;
  const { field, header } = named;
  if (length !== header.bytes && !field.variable) return undefined;
  reader.skip(headerLength);
  return {
    field: field.name,
    ...headerMark(named, actionVersion(field, version)),
    ...(length !== header.bytes && { bytes: length }),
  };
}

/** A header in a list of features whose field is not in the table, or whose length is not the field's. */
export interface UnknownHeader {
  /** 4 bytes; 8 of an experimenter's. */
  readonly header: Uint8Array;
}

/** Writes a header alone, as lists of features do: of a masked field, its length is that of value and mask. */
export function writeListedField(
  writer: Writer,
  ref: (FieldRef & { readonly masked?: boolean }) | UnknownHeader,
): void {
  if (!('field' in ref)) {
    writer.raw(ref.header);
    return;
  }
  const field = fieldOf(ref.field);
  const header = headerIn(field, ref.header ?? field.preferred[writer.version] ?? 0);
  const bytes = ref.bytes ?? header.bytes;
  writeHeader(writer, header, ref.masked ?? false, ref.masked ? 2 * bytes : bytes);
}

/** Reads a header of a list of features. @throws OpenFlowDecodeError when it is cut off */
export function readListedField(reader: Reader): (FieldRef & { readonly masked?: boolean }) | UnknownHeader {
  const { named, length, headerLength, masked } = peekField(reader, fieldByHeader);
  if (named && length === (masked ? 2 : 1) * named.header.bytes) {
    reader.skip(headerLength);
    return { field: named.field.name, ...headerMark(named, reader.version), ...(masked && { masked }) };
  }
  return { header: reader.copy(headerLength) };
}

/** Bits of a field that was read by its header. */
export function bitsOf(ref: FieldRef, offset: number, bits: number): Subfield {
  // The usual one without spreading: dumps are full of them.
  if (ref.header === undefined && ref.bytes === undefined) return { field: ref.field, offset, bits };
  return { ...ref, offset, bits };
}

/** Reads the bytes of one OXM of a match that the field table does not know. */
export function readUnknownOxm(reader: Reader): Uint8Array {
  const length = 4 + (reader.peekU16(2) & 0xff);
  if (length > reader.remaining) {
    throw new OpenFlowDecodeError('OF_BAD_LENGTH', `an OXM of ${length} bytes, ${reader.remaining} left`);
  }
  return reader.copy(length);
}
