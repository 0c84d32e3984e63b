// One table's rows with everything that finds them. It knows nothing of transactions: replica.ts changes it so that
// nobody sees half of one.

import { shapeOf } from '../data/schema.ts';
import type { Uuid } from '../data/uuid.ts';
import type { Atom, Value } from '../data/value.ts';
import { HashIndex, keyOf } from './hash-index.ts';
import { OrderedIndex } from './ordered-index.ts';
import type { Row, TableLayout } from './table-layout.ts';

/** A column through which rows refer to rows. */
export interface ReferenceColumn {
  readonly column: string;
  /** The tables referred to by keys and by values. */
  readonly targets: readonly string[];
  /** Whether a row refers to one row at most. */
  readonly single: boolean;
}

/** What the rows of a table are found by, besides their UUIDs. */
export interface TableIndexes {
  /** Sets of columns, sorted by name. */
  readonly equal: readonly (readonly string[])[];
  /** Lists of columns, the first one counts most. */
  readonly ordered: readonly (readonly string[])[];
}

interface ColumnIndex {
  readonly columns: readonly string[];
  readonly rows: HashIndex;
}

export class TableState {
  readonly layout: TableLayout;
  readonly rows = new Map<Uuid, Row>();
  readonly references: readonly ReferenceColumn[];
  readonly #indexes: readonly ColumnIndex[];
  readonly #ordered: readonly OrderedIndex[];
  /** Who refers to a row, by the column through which: only for columns that were asked about. */
  readonly #referrers = new Map<ReferenceColumn, HashIndex>();

  /** @param indexes those with a column that is not monitored are left out */
  constructor(layout: TableLayout, { equal, ordered }: TableIndexes) {
    const isHere = (columns: readonly string[]) => columns.every(column => layout.columns.has(column));
    this.layout = layout;
    this.#indexes = equal.filter(isHere).map(columns => ({ columns, rows: new HashIndex() }));
    this.#ordered = ordered.filter(isHere).map(columns => new OrderedIndex(columns));
    this.references = Array.from(layout.columns, ([column, type]) => ({
      column,
      targets: [type.key.refTable, type.value?.refTable].filter(target => target !== undefined),
      single: shapeOf(type) === 'scalar' || shapeOf(type) === 'optional',
    })).filter(({ targets }) => targets.length > 0);
  }

  /** @param columns sorted by name */
  index(columns: string): HashIndex | undefined {
    return this.#indexes.find(index => index.columns.join() === columns)?.rows;
  }

  /** @param columns in their order */
  ordered(columns: string): OrderedIndex | undefined {
    return this.#ordered.find(index => index.columns.join() === columns);
  }

  /** The rows that refer to one through a column. Most programs never ask; the first question reads all rows. */
  referrers(reference: ReferenceColumn, uuid: Uuid): Iterable<Uuid> {
    let index = this.#referrers.get(reference);
    if (!index) {
      index = new HashIndex();
      this.#referrers.set(reference, index);
      for (const row of this.rows.values()) this.#changeReferences(reference, index, undefined, row);
    }
    return index.get(uuid);
  }

  /** Puts `row` in the place of `old`; an undefined one is not there. */
  change(old: Row | undefined, row: Row | undefined): void {
    if (row) this.rows.set(row._uuid, row);
    else if (old) this.rows.delete(old._uuid);
    for (const { columns, rows } of this.#indexes) {
      if (old && row && columns.every(column => old[column] === row[column])) continue;
      if (old) rows.remove(keyOf(columns, old), old._uuid);
      if (row) rows.add(keyOf(columns, row), row._uuid);
    }
    for (const index of this.#ordered) index.change(old, row);
    for (const [reference, index] of this.#referrers) this.#changeReferences(reference, index, old, row);
  }

  #changeReferences(
    { column, single }: ReferenceColumn,
    index: HashIndex,
    old: Row | undefined,
    row: Row | undefined,
  ): void {
    if (old && row && old[column] === row[column]) return;
    if (single) {
      const before = old?.[column] as Uuid | undefined;
      const after = row?.[column] as Uuid | undefined;
      if (old && before !== undefined) index.remove(before, old._uuid);
      if (row && after !== undefined) index.add(after, row._uuid);
      return;
    }
    const before = old ? referredBy(this.layout, old, column) : nothing;
    const after = row ? referredBy(this.layout, row, column) : nothing;
    if (old) for (const target of without(before, after)) index.remove(target, old._uuid);
    if (row) for (const target of without(after, before)) index.add(target, row._uuid);
  }
}

/** Of a large set little changes at a time. */
function without(these: readonly Uuid[], those: readonly Uuid[]): readonly Uuid[] {
  if (these.length === 0 || those.length === 0) return these;
  const excluded = new Set(those);
  return these.filter(uuid => !excluded.has(uuid));
}

const nothing: readonly Uuid[] = [];

/** The UUIDs in a column that refers to rows. */
export function referredBy(layout: TableLayout, row: Row, name: string): readonly Uuid[] {
  const column = layout.columns.get(name);
  const value: Value = row[name];
  if (!column || value === undefined) return nothing;
  switch (shapeOf(column)) {
    case 'scalar':
    case 'optional':
      return [value as Uuid];
    case 'set':
      return value as readonly Uuid[];
    case 'map': {
      const map = value as ReadonlyMap<Atom, Atom>;
      if (map.size === 0) return nothing;
      const keys = column.key.refTable ? [...map.keys()] : [];
      const values = column.value?.refTable ? [...map.values()] : [];
      return [...keys, ...values] as Uuid[];
    }
  }
}
