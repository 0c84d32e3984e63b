// Properties with names: read into the fields of a body, and written back in the order in which they came.

import { OpenFlowDecodeError } from '../errors.ts';
import type { PropertyOrder, UnknownProperty } from '../flow/property.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { readProperties, writeProperty } from './properties.ts';

/** One property of a body. */
export interface NamedProperty<Body> {
  readonly type: number;
  /** Bytes of the value; absent: any number. A property of another length is kept as it came. */
  readonly bytes?: number;
  /** A longer or shorter one says its value all the same, with this many bytes or more. */
  readonly least?: number;
  /** Whether a body has it, when nothing says otherwise. */
  isIn(body: Body): boolean;
  write(body: Body, writer: Writer): void;
  /** The fields it says; undefined: it is not this property after all. */
  read(value: Reader): Partial<Body> | undefined;
}

/** In the order in which they are written. */
export type PropertyTable<Body, Name extends string> = Readonly<Record<Name, NamedProperty<Body>>>;

/** 16 bits take 4 in a property, as everywhere in OpenFlow; OVS takes 2 as well. */
export const short = { bytes: 4, least: 2 } as const;

export function writeShort(writer: Writer, value = 0): void {
  writer.u16(value);
  writer.zeros(2);
}

export function readShort(value: Reader): number {
  const number = value.u16();
  if (value.remaining === 2) value.pad(2);
  return number;
}

function namesIn<Body, Name extends string>(table: PropertyTable<Body, Name>, body: Body): readonly Name[] {
  return (Object.keys(table) as Name[]).filter(name => table[name].isIn(body));
}

/** Writes the properties of a body: as `order` says, or those it has, in the table's order. */
export function writeNamed<Body, Name extends string>(
  writer: Writer,
  table: PropertyTable<Body, Name>,
  body: Body,
  order: PropertyOrder<Name> = namesIn(table, body),
): void {
  for (const item of order) {
    if (typeof item !== 'string') {
      writeProperty(writer, item.type, w => w.raw(item.value));
    } else if (table[item].isIn(body)) {
      writeProperty(writer, table[item].type, w => table[item].write(body, w));
    }
  }
}

/** Properties that fill the reader: each must have its padding. */
export function* readPadded(reader: Reader): ReturnType<typeof readProperties> {
  if (reader.remaining % 8 !== 0) {
    throw new OpenFlowDecodeError('OF_BAD_LENGTH', `${reader.remaining} bytes of properties are not padded`);
  }
  yield* readProperties(reader);
}

function unknownIn(reader: Reader): readonly UnknownProperty[] {
  return Array.from(readPadded(reader), ({ type, value }) => ({ type, value: value.rest() }));
}

/** Properties to the end of the reader, none of them known; absent when there are none. */
export function readUnknown(reader: Reader): { readonly properties?: readonly UnknownProperty[] } {
  const properties = unknownIn(reader);
  return properties.length > 0 ? { properties } : {};
}

/** The same, as a list, where others say nothing or anything there: what does not look like properties is left in the reader. */
export function readUnknownIfAny(reader: Reader): readonly UnknownProperty[] | undefined {
  const start = reader.offset;
  try {
    return unknownIn(reader);
  } catch (error) {
    if (!(error instanceof OpenFlowDecodeError)) throw error;
    reader.offset = start;
    return undefined;
  }
}

/**
 * Reads properties to the end of the reader into `body`, and returns their order when it is not the one in which they
 * would be written. Of one that comes twice, the last counts.
 */
export function readNamed<Body, Name extends string>(
  reader: Reader,
  table: PropertyTable<Body, Name>,
  body: Body,
): PropertyOrder<Name> | undefined {
  const order: (Name | UnknownProperty)[] = [];
  const raw = new Map<Name, UnknownProperty>();
  for (const { type, value } of readPadded(reader)) {
    const whole: UnknownProperty = { type, value: value.bytes.slice(value.offset, value.end) };
    const name = nameOf(table, type, value);
    const { bytes = value.remaining } = name ? table[name] : {};
    const isUsual = bytes === value.remaining;
    const found = name && table[name].read(value);
    if (!name || !found || (isUsual && value.remaining > 0)) {
      order.push(whole);
      continue;
    }
    Object.assign(body as object, found);
    const earlier = raw.get(name);
    if (earlier) order[order.indexOf(name)] = earlier;
    if (isUsual) raw.set(name, whole);
    else raw.delete(name);
    order.push(isUsual ? name : whole);
  }
  const expected = namesIn(table, body);
  const same = order.length === expected.length && order.every((item, at) => item === expected[at]);
  return same ? undefined : order;
}

function nameOf<Body, Name extends string>(
  table: PropertyTable<Body, Name>,
  type: number,
  value: Reader,
): Name | undefined {
  for (const name of Object.keys(table) as Name[]) {
    const { type: known, bytes = value.remaining, least = bytes } = table[name];
    if (known === type && (value.remaining === bytes || value.remaining >= least)) return name;
  }
  return undefined;
}
