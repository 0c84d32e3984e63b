// Column values between the notation of RFC 7047 section 5.1 and JavaScript: a scalar is itself, an optional is
// T | undefined, a set an array, a map a Map. Sets keep the server's order, which is sorted. Integers are 64 bits wide
// on the wire: a number where that is exact, a bigint beyond.

import { whyUnstorable } from '../../lib/text.ts';
import { OvsdbMessageError, OvsdbValueError } from '../errors.ts';
import { excerpt, isJsonArray, isJsonObject, type Json } from '../json/json.ts';
import { isSendableNumber } from '../json/sendable.ts';
import { intern, internUuid } from './intern.ts';
import { type AtomKind, type BaseType, type ColumnType, shapeOf } from './schema.ts';
import { isUuid, type NamedUuid, nilUuid, type Uuid } from './uuid.ts';

/** One value (RFC 7047 section 5.1 <atom>): integers beyond ±2^53 are bigints, a UUID is a text of its own type. */
export type Atom = string | number | bigint | boolean | Uuid;
/** What a column holds (RFC 7047 section 5.1 <value>): a scalar, one or undefined, a set as an array, a map. */
export type Value = Atom | undefined | readonly Atom[] | ReadonlyMap<Atom, Atom>;

export type WriteAtom = Atom | NamedUuid;
export type AnyWriteValue = WriteAtom | undefined | readonly WriteAtom[] | ReadonlyMap<WriteAtom, WriteAtom>;

// Most columns of most rows are empty: they share these.
const emptySet: readonly Atom[] = Object.freeze([]);
const emptyMap: ReadonlyMap<Atom, Atom> = new Map();

/** What a column holds that nobody has written (RFC 7047 section 5.2.1). */
export function defaultValue(type: ColumnType): Value {
  switch (shapeOf(type)) {
    case 'scalar':
      return defaultAtom(type.key.kind);
    case 'optional':
      return undefined;
    case 'set':
      return type.min === 0 ? emptySet : [defaultAtom(type.key.kind)];
    case 'map':
      return type.min === 0 || !type.value
        ? emptyMap
        : new Map([[defaultAtom(type.key.kind), defaultAtom(type.value.kind)]]);
  }
}

function defaultAtom(kind: AtomKind): Atom {
  switch (kind) {
    case 'integer':
    case 'real':
      return 0;
    case 'boolean':
      return false;
    case 'string':
      return '';
    case 'uuid':
      return nilUuid;
  }
}

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
  return elements.length === 0 ? emptySet : elements.map(element => decodeAtom(base, element));
}

function decodeMap(type: ColumnType, json: Json | undefined): ReadonlyMap<Atom, Atom> {
  const pairs = isJsonArray(json) && json[0] === 'map' ? json[1] : undefined;
  if (!isJsonArray(pairs)) throw new OvsdbMessageError(`not a map: ${excerpt(json)}`);
  if (pairs.length === 0) return emptyMap;
  const map = new Map<Atom, Atom>();
  for (const pair of pairs) {
    if (!isJsonArray(pair) || pair.length !== 2) throw new OvsdbMessageError(`not a pair: ${excerpt(pair)}`);
    const key = decodeAtom(type.key, pair[0]);
    map.set(typeof key === 'string' ? intern(key) : key, decodeAtom(type.value ?? type.key, pair[1]));
  }
  return map;
}

/**
 * The value that a `modify` of update2 makes of `old` (ovsdb-server(7), "Update2 Notification"): of a column with at
 * most one element the notification has the new value; of a set the elements that come or go; of a map the pairs
 * that come, go (as they were) or get another value.
 * @throws OvsdbMessageError
 */
export function applyDiff(type: ColumnType, old: Value, json: Json | undefined): Value {
  if (type.max === 1) return decodeValue(type, json);
  return type.value
    ? applyMapDiff(old as ReadonlyMap<Atom, Atom>, decodeMap(type, json))
    : applySetDiff(old as readonly Atom[], decodeSet(type.key, json));
}

function applySetDiff(old: readonly Atom[], diff: readonly Atom[]): readonly Atom[] {
  const rest = new Set(diff);
  const elements = old.filter(element => !rest.delete(element));
  if (rest.size > 0) {
    elements.push(...rest);
    elements.sort(compareAtoms);
  }
  return elements.length === 0 ? emptySet : elements;
}

function applyMapDiff(old: ReadonlyMap<Atom, Atom>, diff: ReadonlyMap<Atom, Atom>): ReadonlyMap<Atom, Atom> {
  const map = new Map(old);
  for (const [key, value] of diff) {
    if (map.get(key) === value) map.delete(key);
    else map.set(key, value);
  }
  return map.size === 0 ? emptyMap : map;
}

/** The order in which the server keeps a set (OVS lib/ovsdb-data.c, ovsdb_atom_compare_3way). */
export function compareAtoms(a: Atom, b: Atom): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The server compares the bytes of UTF-8, which are in the order of the code points; UTF-16 is not. */
function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [unitA, unitB] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (unitA !== unitB) return rankOf(unitA) - rankOf(unitB);
  }
  return a.length - b.length;
}

/** Half of a surrogate pair stands for a code point beyond those of one unit. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function decodeAtom(base: BaseType, json: Json | undefined): Atom {
  switch (base.kind) {
    case 'integer':
      if (typeof json === 'number') return json;
      if (typeof json === 'bigint') return isSafe(json) ? Number(json) : json;
      break;
    case 'real':
      if (typeof json === 'number') return json;
      if (typeof json === 'bigint') return Number(json);
      break;
    case 'boolean':
      if (typeof json === 'boolean') return json;
      break;
    case 'string':
      if (typeof json === 'string') return base.enum ? intern(json) : json;
      break;
    case 'uuid':
      if (isJsonArray(json) && json[0] === 'uuid' && typeof json[1] === 'string') {
        const uuid = internUuid(json[1]);
        if (uuid !== undefined) return uuid;
      }
      break;
  }
  throw new OvsdbMessageError(`expected ${base.kind}, got ${excerpt(json)}`);
}

function isSafe(integer: bigint): boolean {
  return integer >= Number.MIN_SAFE_INTEGER && integer <= Number.MAX_SAFE_INTEGER;
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

/** Encodes the operand of an arithmetic mutation (RFC 7047 section 5.1 <mutation>), also of a column with many numbers. */
export function encodeOperand(type: ColumnType, value: number | bigint, column: string): Json {
  const { kind } = type.key;
  return encodeAtom(kind, kind === 'real' ? Number(value) : value, column);
}

/** Encodes keys alone, which the mutation `delete` takes on a map (RFC 7047 section 5.1 <mutation>). */
export function encodeKeys(type: ColumnType, keys: readonly WriteAtom[], column: string): Json {
  return ['set', [...new Set(keys)].map(key => encodeAtom(type.key.kind, key, column))];
}

function encodeSet(type: ColumnType, value: AnyWriteValue, column: string): Json {
  if (!Array.isArray(value) || type.value) throw mismatch(column, type.value ? 'a Map' : 'an array', value);
  // The server refuses a set that has an element twice.
  return ['set', [...new Set<WriteAtom>(value)].map(element => encodeAtom(type.key.kind, element, column))];
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
      if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
      break;
    case 'real':
      // The server tells 15 digits of a real. With more of them it would never again be equal to what a reader waits for.
      if (typeof value === 'number') {
        const told = Number(value.toPrecision(15));
        if (isSendableNumber(told)) return told;
      }
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'string':
      if (typeof value === 'string') {
        const why = whyUnstorable(value);
        if (why === undefined) return value;
        throw new OvsdbValueError(`column ${column}: ${excerpt(value)} ${why}`);
      }
      break;
    case 'uuid':
      if (typeof value === 'string' && isUuid(value)) return ['uuid', value];
      if (isNamedUuid(value)) return ['named-uuid', value.name];
      break;
  }
  throw mismatch(column, kind, value);
}

export function isNamedUuid(value: unknown): value is NamedUuid {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'named-uuid';
}

function mismatch(column: string, expected: string, value: unknown): OvsdbValueError {
  if (typeof value === 'bigint') return new OvsdbValueError(`column ${column} takes ${expected}, not ${value}n`);
  // JSON has no word for those that are not finite.
  if (typeof value === 'number') return new OvsdbValueError(`column ${column} takes ${expected}, not ${value}`);
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
