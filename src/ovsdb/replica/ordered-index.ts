// Rows of a table in the order of some columns. A query first works in what has changed since the last one: a few rows
// where they belong, many by sorting once.

import type { Uuid } from '../data/uuid.ts';
import { type Atom, compareAtoms } from '../data/value.ts';
import type { Row } from './table-layout.ts';

/** What is compared: atoms by column; one that is not there comes before all others. */
export type OrderKey = Readonly<Record<string, Atom | undefined>>;

/** Beyond so many changes, all is sorted anew. */
const few = 32;

export class OrderedIndex {
  readonly columns: readonly string[];
  #sorted: Row[] = [];
  /** Not yet among those that are sorted, and still there. */
  readonly #added = new Map<Uuid, Row>();
  readonly #removed = new Set<Row>();

  constructor(columns: readonly string[]) {
    this.columns = columns;
  }

  /** Puts `row` in the place of `old`; an undefined one is not there. */
  change(old: Row | undefined, row: Row | undefined): void {
    if (old && !this.#added.delete(old._uuid)) this.#removed.add(old);
    if (row) this.#added.set(row._uuid, row);
  }

  /** The rows from `from` to `to`, both included; a bound that names the first columns only counts for those. */
  range(from: OrderKey | undefined, to: OrderKey | undefined): readonly Row[] {
    this.#settle();
    const start = from ? this.#firstNot(row => this.#compareKey(row, from) < 0) : 0;
    const end = to ? this.#firstNot(row => this.#compareKey(row, to) <= 0) : this.#sorted.length;
    return this.#sorted.slice(start, end);
  }

  #settle(): void {
    if (this.#added.size + this.#removed.size <= few) {
      for (const row of this.#removed) this.#sorted.splice(this.#place(row), 1);
      for (const row of this.#added.values()) this.#sorted.splice(this.#place(row), 0, row);
    } else {
      const kept = this.#sorted.filter(row => !this.#removed.has(row));
      this.#sorted = [...kept, ...this.#added.values()].sort((a, b) => this.#compare(a, b));
    }
    this.#added.clear();
    this.#removed.clear();
  }

  #place(row: Row): number {
    return this.#firstNot(other => this.#compare(other, row) < 0);
  }

  /** The place of the first row for which `isBefore` no longer holds. */
  #firstNot(isBefore: (row: Row) => boolean): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#sorted[middle] as Row)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(a: Row, b: Row): number {
    return compareBy(this.columns, a, b) || (a._uuid < b._uuid ? -1 : a._uuid > b._uuid ? 1 : 0);
  }

  #compareKey(row: Row, key: OrderKey): number {
    return compareBy(
      this.columns.filter(column => Object.hasOwn(key, column)),
      row,
      key,
    );
  }
}

function compareBy(columns: readonly string[], a: Row | OrderKey, b: Row | OrderKey): number {
  for (const column of columns) {
    const order = compareOptional(a[column] as Atom | undefined, b[column] as Atom | undefined);
    if (order !== 0) return order;
  }
  return 0;
}

function compareOptional(a: Atom | undefined, b: Atom | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return compareAtoms(a, b);
}
