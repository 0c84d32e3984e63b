// Column values between the notation of RFC 7047 section 5.1 and JavaScript: a scalar is itself, an optional is
// T | undefined, a set an array, a map a Map. Sets keep the server's order, which is sorted.

import { OvsdbMessageError, OvsdbValueError } from './errors.ts';
import { excerpt, isJsonArray, isJsonObject, type Json } from './json.ts';
import { type AtomKind, type BaseType, type ColumnType, shapeOf } from './schema.ts';
import { isUuid, type NamedUuid, type Uuid } from './uuid.ts';

export type Atom = string | number | boolean | Uuid;
export type Value = Atom | undefined | readonly Atom[] | ReadonlyMap<Atom, Atom>;

export type WriteAtom = Atom | NamedUuid;
export type AnyWriteValue = WriteAtom | undefined | readonly WriteAtom[] | ReadonlyMap<WriteAtom, WriteAtom>;

/** @throws OvsdbMessageError */
export function decodeValue(type: ColumnType, json: Json | undefined): Value {
  switch (shapeOf(type)) {
    case 'scalar':
      return decodeAtom(type.key, json);
    case 'optional': {
      const elements = decodeSet(type.key, json);
      if (elements.length > 1) throw new OvsdbMessageError(`expected at most one element: ${excerpt(json)}`);
      return elements[0];
    }
    case 'set':
      return decodeSet(type.key, json);
    case 'map':
      return decodeMap(type, json);
  }
}

function decodeSet(base: BaseType, json: Json | undefined): readonly Atom[] {
  // RFC 7047: a set of one element may come as the bare element.
  if (!isJsonArray(json) || json[0] !== 'set') return [decodeAtom(base, json)];
  const elements = json[1];
  if (!isJsonArray(elements)) throw new OvsdbMessageError(`not a set: ${excerpt(json)}`);
  return elements.map(element => decodeAtom(base, element));
}

function decodeMap(type: ColumnType, json: Json | undefined): ReadonlyMap<Atom, Atom> {
  const pairs = isJsonArray(json) && json[0] === 'map' ? json[1] : undefined;
  if (!isJsonArray(pairs)) throw new OvsdbMessageError(`not a map: ${excerpt(json)}`);
  const map = new Map<Atom, Atom>();
  for (const pair of pairs) {
    if (!isJsonArray(pair) || pair.length !== 2) throw new OvsdbMessageError(`not a pair: ${excerpt(pair)}`);
    map.set(decodeAtom(type.key, pair[0]), decodeAtom(type.value ?? type.key, pair[1]));
  }
  return map;
}

function decodeAtom(base: BaseType, json: Json | undefined): Atom {
  switch (base.kind) {
    case 'integer':
    case 'real':
      if (typeof json === 'number') return json;
      break;
    case 'boolean':
      if (typeof json === 'boolean') return json;
      break;
    case 'string':
      if (typeof json === 'string') return json;
      break;
    case 'uuid':
      if (isJsonArray(json) && json[0] === 'uuid' && typeof json[1] === 'string' && isUuid(json[1])) return json[1];
      break;
  }
  throw new OvsdbMessageError(`expected ${base.kind}, got ${excerpt(json)}`);
}

/** @throws OvsdbValueError if the value has not the column's shape; limits are left to the server */
export function encodeValue(type: ColumnType, value: AnyWriteValue, column: string): Json {
  const shape = shapeOf(type);
  switch (shape) {
    case 'scalar':
      return encodeAtom(type.key.kind, value, column);
    case 'optional':
      // Conditions and mutations treat an optional as the set it is.
      return encodeSet(type, value === undefined ? [] : Array.isArray(value) ? value : [value as WriteAtom], column);
    case 'set':
    case 'map':
      return shape === 'map' && isMap(value) ? encodeMap(type, value, column) : encodeSet(type, value, column);
  }
}

/** Encodes keys alone, which the mutation `delete` takes on a map (RFC 7047 section 5.1 <mutation>). */
export function encodeKeys(type: ColumnType, keys: readonly WriteAtom[], column: string): Json {
  return ['set', keys.map(key => encodeAtom(type.key.kind, key, column))];
}

function encodeSet(type: ColumnType, value: AnyWriteValue, column: string): Json {
  if (!Array.isArray(value) || type.value) throw mismatch(column, type.value ? 'a Map' : 'an array', value);
  return ['set', value.map((element: WriteAtom) => encodeAtom(type.key.kind, element, column))];
}

function encodeMap(type: ColumnType, value: ReadonlyMap<WriteAtom, WriteAtom>, column: string): Json {
  const valueKind = (type.value ?? type.key).kind;
  return [
    'map',
    Array.from(value, ([key, element]) => [
      encodeAtom(type.key.kind, key, column),
      encodeAtom(valueKind, element, column),
    ]),
  ];
}

function isMap(value: AnyWriteValue): value is ReadonlyMap<WriteAtom, WriteAtom> {
  return value instanceof Map;
}

function encodeAtom(kind: AtomKind, value: unknown, column: string): Json {
  switch (kind) {
    case 'integer':
      if (Number.isSafeInteger(value)) return value as number;
      break;
    case 'real':
      if (Number.isFinite(value)) return value as number;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'string':
      if (typeof value === 'string') return value;
      break;
    case 'uuid':
      if (typeof value === 'string' && isUuid(value)) return ['uuid', value];
      if (isNamedUuid(value)) return ['named-uuid', value.name];
      break;
  }
  throw mismatch(column, kind, value);
}

function isNamedUuid(value: unknown): value is NamedUuid {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'named-uuid';
}

function mismatch(column: string, expected: string, value: unknown): OvsdbValueError {
  const text = value instanceof Map ? 'a Map' : isJsonObject(value as Json) ? 'an object' : excerpt(value as Json);
  return new OvsdbValueError(`column ${column} takes ${expected}, not ${text}`);
}

/** Whether two values of one column are the same, whatever the order of their elements. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if ('get' in a) {
    if (!('get' in b) || a.size !== b.size) return false;
    for (const [key, element] of a) if (b.get(key) !== element) return false;
    return true;
  }
  if ('get' in b || a.length !== b.length) return false;
  if (a.every((element, i) => element === b[i])) return true;
  const elements = new Set(b);
  return a.every(element => elements.has(element));
}
