// Properties: type, length, value, padding to 8 bytes (OpenFlow 1.5.1 section 7.1.2).

import { OpenFlowDecodeError } from '../errors.ts';
import type { UnknownProperty } from '../flow/property.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

/** Writes one property; `value` writes what stands behind type and length. */
export function writeProperty(writer: Writer, type: number, value: (writer: Writer) => void): void {
  const start = writer.length;
  writer.u16(type);
  writer.u16(0);
  value(writer);
  writer.patchLength(start + 2, start, 'a property');
  writer.align(start, 8);
}

export function writeUnknownProperties(writer: Writer, properties: readonly UnknownProperty[] = []): void {
  for (const { type, value } of properties) writeProperty(writer, type, w => w.raw(value));
}

/** Reads properties to the end of the reader. */
export function* readProperties(reader: Reader): Generator<{ readonly type: number; readonly value: Reader }> {
  while (reader.remaining > 0) {
    const start = reader.offset;
    const type = reader.u16();
    const length = reader.u16();
    if (length < 4) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `property of ${length} bytes`);
    const value = reader.sub(length - 4);
    reader.align(start, 8);
    yield { type, value };
  }
}
