// The rows of one table, its indexes, and who has asked for what of it.

import { type Emission, type Instance, inOrder, instanceOf, type PlacedUnit } from './instance.ts';
import { eachReader, type Readers } from './readers.ts';
import type { Table } from './table.ts';

interface Entry {
  readonly key: string;
  readonly row: unknown;
  /** Who put it; undefined: it came from outside. */
  readonly by: Instance | undefined;
}

/** What a row was before, and is now; undefined: not there. */
export interface RowChange<Row = unknown> {
  readonly key: string;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/** Different rows of one key. */
export interface Collision {
  readonly table: string;
  readonly key: string;
  /** In order: the first stands. */
  readonly rows: readonly unknown[];
}

interface Index {
  readonly keysOf: (row: unknown) => readonly string[];
  /** Entries in order of key. */
  readonly buckets: Map<string, Entry[]>;
  readonly readers: Readers;
}

export class FactStore {
  readonly table: Table;
  /** Of single rows. */
  readonly readers: Readers = new Map();
  /** The units over this table. */
  readonly units: PlacedUnit[] = [];
  /** 0: written from outside; else above all that its writers read. */
  rank = 0;
  readonly #rows = new Map<string, Entry>();
  readonly #indexes: ReadonlyMap<string, Index>;
  /** All that were put for a key, in order, where that is more than one. */
  readonly #rivals = new Map<string, Entry[]>();
  readonly #collisions = new Map<string, Collision>();
  readonly #invalidate: (instance: Instance) => void;
  /** What changed since it was last asked, where somebody is to be told. */
  readonly #changes: Map<string, RowChange> | undefined;

  constructor(table: Table, isWatched: boolean, invalidate: (instance: Instance) => void) {
    this.table = table;
    this.#indexes = new Map(
      Object.entries(table.indexes).map(([name, keysOf]) => [name, { keysOf, buckets: new Map(), readers: new Map() }]),
    );
    this.#invalidate = invalidate;
    this.#changes = isWatched ? new Map() : undefined;
  }

  get size(): number {
    return this.#rows.size;
  }

  get collisions(): Iterable<Collision> {
    return this.#collisions.values();
  }

  get(key: string): unknown {
    return this.#rows.get(key)?.row;
  }

  *rows(): IterableIterator<unknown> {
    for (const { row } of this.#rows.values()) yield row;
  }

  /** Undefined: there is no such index. */
  index(name: string): Index | undefined {
    return this.#indexes.get(name);
  }

  by(index: Index, key: string): readonly unknown[] {
    return index.buckets.get(key)?.map(({ row }) => row) ?? [];
  }

  /** What an instance of a unit over this table is run for. */
  rowsOf(group: string | undefined, key: string): readonly unknown[] {
    if (group === undefined) {
      const row = this.get(key);
      return row === undefined ? [] : [row];
    }
    const index = this.#indexes.get(group);
    return index ? this.by(index, key) : [];
  }

  /** From outside. @returns the row before */
  write(key: string, row: unknown): unknown {
    const before = this.get(key);
    this.#set(key, row === undefined ? undefined : { key, row, by: undefined });
    return before;
  }

  /** One of possibly several of this key. */
  put(entry: Emission): void {
    const { key, row, by } = entry;
    const stands = this.#rows.get(key);
    if (!stands) {
      this.#set(key, entry);
      return;
    }
    const rivals = this.#rivals.get(key) ?? [stands];
    const at = placeAmong(rivals, by);
    rivals.splice(at, 0, entry);
    this.#rivals.set(key, rivals);
    if (this.#collisions.has(key) || !this.#agree(stands.row, row)) this.#compare(key, rivals);
    if (at === 0) this.#set(key, entry);
  }

  /** What `by` put is there no more. */
  take(key: string, by: Instance): void {
    const rivals = this.#rivals.get(key);
    if (!rivals) {
      this.#set(key, undefined);
      return;
    }
    const at = placeAmong(rivals, by);
    rivals.splice(at, 1);
    if (rivals.length === 1) this.#rivals.delete(key);
    if (this.#collisions.has(key)) this.#compare(key, rivals);
    if (at === 0) this.#set(key, rivals[0]);
  }

  /** What has become different since the last call, and not back again. */
  takeChanges(): RowChange[] {
    const changes = [...(this.#changes?.values() ?? [])];
    this.#changes?.clear();
    return changes.filter(({ before, after }) => {
      if (before === undefined || after === undefined) return before !== after;
      return !this.table.same(before, after);
    });
  }

  #agree(a: unknown, b: unknown): boolean {
    return this.table.rivals === 'first' || this.table.same(a, b);
  }

  /** Whether all agree. Who agrees with the first while all do needs none of this: a thousand may put one row. */
  #compare(key: string, rivals: readonly Entry[]): void {
    const rows = rivals.map(({ row }) => row);
    if (rows.every(row => this.#agree(rows[0], row))) this.#collisions.delete(key);
    else this.#collisions.set(key, { table: this.table.name, key, rows });
  }

  #set(key: string, entry: Entry | undefined): void {
    const before = this.#rows.get(key);
    if (entry) this.#rows.set(key, entry);
    else this.#rows.delete(key);
    for (const { keysOf, buckets } of this.#indexes.values()) {
      if (before) for (const bucket of keysOf(before.row)) removeFrom(buckets, bucket, key);
      if (entry) for (const bucket of keysOf(entry.row)) addTo(buckets, bucket, entry);
    }
    if (before && entry && this.table.same(before.row, entry.row)) return;
    this.#note(key, before?.row, entry?.row);
    this.#tell(key, before?.row, entry?.row);
  }

  #note(key: string, before: unknown, after: unknown): void {
    if (!this.#changes) return;
    const earlier = this.#changes.get(key);
    this.#changes.set(key, { key, before: earlier ? earlier.before : before, after });
  }

  #tell(key: string, before: unknown, after: unknown): void {
    for (const placed of this.units)
      if (placed.unit.group === undefined) this.#invalidate(instanceOf(placed, key));
      else
        for (const bucket of this.#bucketsOf(placed.unit.group, before, after))
          this.#invalidate(instanceOf(placed, bucket));
    eachReader(this.readers, key, this.#invalidate);
    for (const [name, { readers }] of this.#indexes)
      if (readers.size > 0)
        for (const bucket of this.#bucketsOf(name, before, after)) eachReader(readers, bucket, this.#invalidate);
  }

  /** Where the row was, and is, in an index. */
  #bucketsOf(index: string, before: unknown, after: unknown): readonly string[] {
    const keysOf = this.#indexes.get(index)?.keysOf;
    if (!keysOf) return [];
    return [...(before === undefined ? [] : keysOf(before)), ...(after === undefined ? [] : keysOf(after))];
  }
}

/** Where what `by` put is, or belongs. */
function placeAmong(rivals: readonly Entry[], by: Instance): number {
  let [low, high] = [0, rivals.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = rivals[middle]?.by;
    if (other && inOrder(other, by) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where `key` is, or belongs. */
function placeOf(bucket: readonly Entry[], key: string): number {
  let [low, high] = [0, bucket.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bucket[middle] as Entry).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addTo(buckets: Map<string, Entry[]>, name: string, entry: Entry): void {
  const bucket = buckets.get(name);
  if (!bucket) return void buckets.set(name, [entry]);
  const at = placeOf(bucket, entry.key);
  bucket.splice(at, bucket[at]?.key === entry.key ? 1 : 0, entry);
}

function removeFrom(buckets: Map<string, Entry[]>, name: string, key: string): void {
  const bucket = buckets.get(name);
  if (!bucket) return;
  const at = placeOf(bucket, key);
  if (bucket[at]?.key === key) bucket.splice(at, 1);
  if (bucket.length === 0) buckets.delete(name);
}
