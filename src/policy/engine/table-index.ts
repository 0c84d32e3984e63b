// An index of a table: the rows that share a key.

import { type Few, fewOf, listOf } from './few.ts';
import type { Instance, PlacedUnit } from './instance.ts';
import { type Cell, flat, type Home, type Place } from './place.ts';
import type { Readers } from './readers.ts';
import type { IndexKeys } from './table.ts';

/** A key of an index. */
export class Bucket implements Place {
  readonly home: TableIndex;
  readonly key: string;
  /** In order of their keys. */
  cells: Few<Cell> = undefined;
  readers: Readers = undefined;
  instances: Few<Instance> = undefined;

  constructor(home: TableIndex, key: string) {
    this.home = home;
    this.key = flat(key);
  }

  get rows(): readonly unknown[] {
    return this.cells === undefined ? none : listOf(this.cells).map(({ row }) => row);
  }

  get size(): number {
    return listOf(this.cells).length;
  }
}

export class TableIndex implements Home {
  readonly keysOf: IndexKeys<unknown>;
  readonly units: PlacedUnit[] = [];
  readonly #buckets = new Map<string, Bucket>();
  /** While it is held: what was under keys under which something has changed. */
  #held: Map<string, readonly unknown[]> | undefined;

  constructor(keysOf: IndexKeys<unknown>) {
    this.keysOf = keysOf;
  }

  /** Made where it is not there yet. */
  at(key: string): Bucket {
    const there = this.#buckets.get(key);
    if (there) return there;
    const made = new Bucket(this, key);
    this.#buckets.set(key, made);
    return made;
  }

  rows(key: string): readonly unknown[] {
    return this.#buckets.get(key)?.rows ?? [];
  }

  /** See `FactStore.hold`. */
  hold(): void {
    this.#held = new Map();
  }

  letGo(): void {
    this.#held = undefined;
  }

  /** Something is about to change under the key. */
  keep(key: string): void {
    if (this.#held?.has(key) === false) this.#held.set(key, this.#buckets.get(key)?.rows ?? none);
  }

  seenRows(key: string): readonly unknown[] {
    return this.#held?.get(key) ?? this.rows(key);
  }

  places(): Iterable<Place> {
    return this.#buckets.values();
  }

  forget(key: string): void {
    this.#buckets.delete(key);
  }
}

export function addTo(bucket: Bucket, cell: Cell): void {
  const { cells } = bucket;
  if (cells === undefined) {
    bucket.cells = cell;
    return;
  }
  if (Array.isArray(cells)) {
    const at = placeOf(cells, cell.key);
    if (cells[at] !== cell) (cells as Cell[]).splice(at, 0, cell);
    return;
  }
  const one = cells as Cell;
  if (one !== cell) bucket.cells = one.key < cell.key ? [one, cell] : [cell, one];
}

export function removeFrom(bucket: Bucket, cell: Cell): void {
  const { cells } = bucket;
  if (!Array.isArray(cells)) {
    if (cells === cell) bucket.cells = undefined;
    return;
  }
  const at = placeOf(cells, cell.key);
  if (cells[at] === cell) cells.splice(at, 1);
  if (cells.length < 2) bucket.cells = fewOf(cells as readonly Cell[]);
}

const none: readonly never[] = [];

/** Where `key` is, or belongs. */
function placeOf(cells: readonly Cell[], key: string): number {
  let [low, high] = [0, cells.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cells[middle] as Cell).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
