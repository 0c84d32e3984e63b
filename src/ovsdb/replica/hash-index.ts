// Rows by a key. Most keys have one row: only a key with more has a set.

import type { Uuid } from '../data/uuid.ts';
import { type Atom, compareAtoms, type Value } from '../data/value.ts';
import type { Row } from './table-layout.ts';

export type IndexKey = Atom | undefined;

export class HashIndex {
  readonly #buckets = new Map<IndexKey, Uuid | Set<Uuid>>();

  add(key: IndexKey, uuid: Uuid): void {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, uuid);
    else if (typeof bucket === 'object') bucket.add(uuid);
    else if (bucket !== uuid) this.#buckets.set(key, new Set([bucket, uuid]));
  }

  remove(key: IndexKey, uuid: Uuid): void {
    const bucket = this.#buckets.get(key);
    if (bucket === uuid) {
      this.#buckets.delete(key);
    } else if (typeof bucket === 'object') {
      bucket.delete(uuid);
      if (bucket.size === 0) this.#buckets.delete(key);
    }
  }

  get(key: IndexKey): Iterable<Uuid> {
    const bucket = this.#buckets.get(key);
    return bucket === undefined ? [] : typeof bucket === 'object' ? bucket : [bucket];
  }
}

/** What equal values of these columns, and only they, have in common. A single atom is its own key. */
export function keyOf(columns: readonly string[], row: Row | Readonly<Record<string, Value>>): IndexKey {
  const [first] = columns;
  if (columns.length === 1 && first !== undefined) {
    const value = row[first];
    if (typeof value !== 'object') return value;
  }
  return JSON.stringify(columns.map(column => canonical(row[column])));
}

function canonical(value: Value): unknown {
  if (value === undefined) return null;
  if (typeof value !== 'object') return plain(value);
  if ('get' in value) return Array.from(value, ([key, item]) => [plain(key), plain(item)]).sort(compareFirst);
  return [...value].sort(compareAtoms).map(plain);
}

function compareFirst([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return compareAtoms(a as Atom, b as Atom);
}

/** JSON has no bigint, and a column has no atoms of two kinds: the text cannot be mistaken for a string's. */
function plain(atom: Atom): string | number | boolean {
  return typeof atom === 'bigint' ? `${atom}` : atom;
}
