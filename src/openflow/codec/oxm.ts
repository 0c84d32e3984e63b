// One OXM: header, value, mask (OpenFlow 1.5.1 section 7.2.3.2). Written by hand, not by table: this is the hot path.

import { OpenFlowEncodeError } from '../errors.ts';
import { experimenterClass, type Field, fieldByActionHeader } from '../flow/fields.ts';
import type { FieldValue } from '../flow/match.ts';
import { portFrom16, portTo16 } from '../flow/ports.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

function outOfRange(field: Field, value: FieldValue): OpenFlowEncodeError {
  return new OpenFlowEncodeError('OF_BAD_VALUE', `${value} is no value of ${field.name} (${field.bytes} bytes)`);
}

/** Writes a value as wide as its field. @throws OpenFlowEncodeError when it does not fit */
export function writeValue(writer: Writer, field: Field, value: FieldValue): void {
  if (field.bytes <= 4) {
    const number = typeof value === 'number' ? value : Number(value);
    if (!(number >= 0 && number < 2 ** (8 * field.bytes))) throw outOfRange(field, value);
    if (field.bytes === 4) writer.u32(number);
    else if (field.bytes === 2) writer.u16(number);
    else writer.u8(number);
    return;
  }
  const wide = typeof value === 'bigint' ? value : BigInt(value);
  if (wide < 0n || wide > field.allOnes) throw outOfRange(field, value);
  if (field.bytes === 6) writer.mac(wide);
  else if (field.bytes === 8) writer.u64(wide);
  else writer.u128(wide);
}

/** Reads a value as wide as its field: a number up to 4 bytes, else a bigint. */
export function readValue(reader: Reader, bytes: number): FieldValue {
  switch (bytes) {
    case 1:
      return reader.u8();
    case 2:
      return reader.u16();
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

export function writeOxm(writer: Writer, field: Field, value: FieldValue, mask: FieldValue | undefined): void {
  writer.u16(field.oxmClass);
  if (mask === undefined) {
    writer.u16((field.number << 9) | field.bytes);
    writeValue(writer, field, value);
  } else {
    writer.u16((field.number << 9) | 0x100 | (field.bytes * 2));
    writeValue(writer, field, value);
    writeValue(writer, field, mask);
  }
}

/** Writes the OXM of a set_field: in_port goes by its 16-bit NXM form there. */
export function writeActionOxm(writer: Writer, field: Field, value: FieldValue, mask: FieldValue | undefined): void {
  if (!field.inActions) {
    writeOxm(writer, field, value, mask);
    return;
  }
  writeActionHeader(writer, field);
  writer.u16(portTo16(Number(value)));
}

/** Writes the header alone, as actions name a field. */
export function writeActionHeader(writer: Writer, field: Field): void {
  const { oxmClass, number } = field.inActions ?? field;
  writer.u16(oxmClass);
  writer.u16((number << 9) | (field.inActions ? 2 : field.bytes));
}

/** Bits of a field as actions see it. */
export function actionBits(field: Field): number {
  return field.inActions?.bits ?? field.bits;
}

/** Reads a header that names a field in an action; undefined when the field is not in the table. */
export function readActionHeader(reader: Reader): Field | undefined {
  const oxmClass = reader.u16();
  const rest = reader.u16();
  if (oxmClass === experimenterClass) reader.skip(4);
  const field = fieldByActionHeader(oxmClass, rest >> 9);
  return field && (rest & 0x1ff) === (field.inActions ? 2 : field.bytes) ? field : undefined;
}

/** Reads the OXM of a set_field; undefined when the field is not in the table. */
export function readActionOxm(
  reader: Reader,
): { readonly field: Field; readonly value: FieldValue; readonly mask?: FieldValue } | undefined {
  const oxmClass = reader.u16();
  const rest = reader.u16();
  const field = fieldByActionHeader(oxmClass, rest >> 9);
  if (!field) return undefined;
  const masked = (rest & 0x100) !== 0;
  const bytes = field.inActions ? 2 : field.bytes;
  if ((rest & 0xff) !== (masked ? 2 * bytes : bytes)) return undefined;
  if (field.inActions) return masked ? undefined : { field, value: portFrom16(reader.u16()) };
  const value = readValue(reader, bytes);
  return masked ? { field, value, mask: readValue(reader, bytes) } : { field, value };
}
