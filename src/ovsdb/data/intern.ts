// One copy of strings that come again and again: the keys of maps, the values of enumerations, references.

import { isUuid, type Uuid } from './uuid.ts';

/** Entries kept: enough for what repeats, and no leak where nothing does. */
const capacity = 16_384;

const strings = new Map<string, string>();

/** The string itself, or an equal one seen before. */
export function intern(text: string): string {
  return strings.get(text) ?? add(strings, text);
}

const uuids = new Map<string, Uuid>();

/** The same for a UUID; undefined if the text is none. One seen before need not be looked at again. */
export function internUuid(text: string): Uuid | undefined {
  const known = uuids.get(text);
  if (known !== undefined) return known;
  return isUuid(text) ? add(uuids, text) : undefined;
}

function add<T extends string>(pool: Map<string, T>, text: T): T {
  if (pool.size >= capacity) pool.clear();
  pool.set(text, text);
  return text;
}
