// The monitored rows in memory. They change only by whole updates, in one step, so a reader never sees half a
// transaction; and they outlive connections: a resync is turned into the differences it makes.

import type { ColumnName, ReferredRow, RowChange, StoredRow, TableName } from '../data/row.ts';
import type { Uuid } from '../data/uuid.ts';
import type { Value } from '../data/value.ts';
import { OvsdbMessageError, OvsdbNotIndexedError, OvsdbNotMonitoredError } from '../errors.ts';
import { excerpt, isJsonObject, type Json } from '../json/json.ts';
import { isPause } from '../slices.ts';
import { keyOf } from './hash-index.ts';
import type { OrderKey } from './ordered-index.ts';
import {
  adoptRow,
  checkUuid,
  evolveRow,
  makeLayout,
  type Row,
  type TableLayout,
  type TableLayouts,
  type UpdateNotation,
} from './table-layout.ts';
import { referredBy, type TableIndexes, TableState } from './table-state.ts';

/** Columns to find rows by, per table: see `Replica.lookup` and `Replica.range`. */
export type IndexSelection<Tables> = {
  readonly [T in TableName<Tables>]?: readonly (readonly ColumnName<Tables[T]>[])[];
};

/** Where a range of rows begins or ends: values of the first of its columns, or of all. */
export type RangeBound<Row> = Partial<Row>;

/** A row that refers to another, and the column through which it does. */
export type Referrer<Tables> = {
  readonly [T in TableName<Tables>]: {
    readonly table: T;
    readonly column: ColumnName<Tables[T]>;
    readonly row: StoredRow<Tables[T]>;
  };
}[TableName<Tables>];

/**
 * The rows of the monitored tables, kept as the server's updates tell (RFC 7047 section 4.1.6, ovsdb-server(7)). Rows
 * are immutable: a change puts a new row in the old one's place.
 */
export interface Replica<Tables> {
  /** Whether the contents are those of a live monitor; false keeps the last state seen. */
  readonly synced: boolean;
  /** Counts the (re)syncs: 0 before the first. */
  readonly generation: number;
  /**
   * All rows, in no particular order; columns that the server lacks, or that are not monitored, read as undefined.
   * Good until the next await: the iterator is a live one.
   * @throws OvsdbNotMonitoredError
   */
  rows<T extends TableName<Tables>>(table: T): IterableIterator<StoredRow<Tables[T]>>;
  /** @throws OvsdbNotMonitoredError */
  get<T extends TableName<Tables>>(table: T, uuid: Uuid): StoredRow<Tables[T]> | undefined;
  /** The first row, in no particular order, that `test` takes. @throws OvsdbNotMonitoredError */
  find<T extends TableName<Tables>>(
    table: T,
    test: (row: StoredRow<Tables[T]>) => boolean,
  ): StoredRow<Tables[T]> | undefined;
  /**
   * The rows with these values, found through an index of the client's options on just these columns: the time it
   * takes does not depend on the size of the table.
   * @throws OvsdbNotMonitoredError
   * @throws OvsdbNotIndexedError
   */
  lookup<T extends TableName<Tables>>(table: T, values: Partial<Tables[T]>): readonly StoredRow<Tables[T]>[];
  /**
   * The rows in the order of these columns, from `from` to `to`, both included: found through an index of `ordered` in
   * the client's options on just these columns. Texts are in the order of their code points, and what is not there
   * comes first.
   * @throws OvsdbNotMonitoredError
   * @throws OvsdbNotIndexedError
   */
  range<T extends TableName<Tables>>(
    table: T,
    columns: readonly ColumnName<Tables[T]>[],
    bounds?: { readonly from?: RangeBound<Tables[T]>; readonly to?: RangeBound<Tables[T]> },
  ): readonly StoredRow<Tables[T]>[];
  /**
   * The rows that a column of `row` refers to, by the keys of a map first; those that are not in the replica, as
   * conditions may have it, are left out.
   * @throws OvsdbNotMonitoredError also if the table referred to is not monitored
   */
  referred<T extends TableName<Tables>, C extends ColumnName<Tables[T]>>(
    table: T,
    row: StoredRow<Tables[T]>,
    column: C,
  ): readonly ReferredRow<Tables, Tables[T][C]>[];
  /**
   * The rows in the replica that refer to the row, strongly or weakly. The first question after a (re)sync reads the
   * tables that may; from then on the time it takes depends on the number of referrers only.
   * @throws OvsdbNotMonitoredError
   */
  referrers(table: TableName<Tables>, uuid: Uuid): readonly Referrer<Tables>[];
  /** Number of rows. @throws OvsdbNotMonitoredError */
  count(table: TableName<Tables>): number;
}

/** One message's worth of updates. */
export interface UpdateBatch {
  readonly notation: UpdateNotation;
  /** <table-updates> (RFC 7047 section 4.1.6) or <table-updates2> (ovsdb-server(7)). */
  readonly updates: Json | undefined;
}

/** By table, rows that were read while their message was still coming. */
export type EarlyRows = ReadonlyMap<string, readonly Row[]>;

type AnyChange = { readonly table: string; readonly uuid: Uuid } & (
  | { readonly kind: 'insert'; readonly old: undefined; readonly new: Row }
  | { readonly kind: 'modify'; readonly old: Row; readonly new: Row }
  | { readonly kind: 'delete'; readonly old: Row; readonly new: undefined }
);

const noIndexes: TableIndexes = { equal: [], ordered: [] };

/** Changes to a table that are made in one go, at some microseconds each. */
const inPlaceDefault = 2_000;

export class ReplicaStore<Tables> implements Replica<Tables> {
  readonly #indexes: ReadonlyMap<string, TableIndexes>;
  readonly #inPlace: number;
  #tables: ReadonlyMap<string, TableState>;
  /** Tables that are there whether the server has them or not. */
  #expected: readonly string[];
  #synced = false;
  #generation = 0;

  /** @param inPlace with more changes in one update, a table is rebuilt aside in slices; for tests */
  constructor(
    tables: readonly string[],
    indexes: IndexSelection<Tables> = {},
    ordered: IndexSelection<Tables> = {},
    inPlace = inPlaceDefault,
  ) {
    this.#inPlace = inPlace;
    const of = (selection: IndexSelection<Tables>, table: string): readonly (readonly string[])[] =>
      (selection as Readonly<Record<string, readonly (readonly string[])[] | undefined>>)[table] ?? [];
    this.#indexes = new Map(
      [...new Set([...Object.keys(indexes), ...Object.keys(ordered)])].map(table => [
        table,
        { equal: of(indexes, table).map(set => [...set].sort()), ordered: of(ordered, table) },
      ]),
    );
    this.#expected = tables;
    this.#tables = new Map(tables.map(table => [table, this.#emptyState(makeLayout(table, new Map()))]));
  }

  get synced(): boolean {
    return this.#synced;
  }

  get generation(): number {
    return this.#generation;
  }

  rows<T extends TableName<Tables>>(table: T): IterableIterator<StoredRow<Tables[T]>> {
    return this.#table(table).rows.values() as unknown as IterableIterator<StoredRow<Tables[T]>>;
  }

  get<T extends TableName<Tables>>(table: T, uuid: Uuid): StoredRow<Tables[T]> | undefined {
    return this.#table(table).rows.get(uuid) as StoredRow<Tables[T]> | undefined;
  }

  find<T extends TableName<Tables>>(
    table: T,
    test: (row: StoredRow<Tables[T]>) => boolean,
  ): StoredRow<Tables[T]> | undefined {
    for (const row of this.rows(table)) if (test(row)) return row;
    return undefined;
  }

  lookup<T extends TableName<Tables>>(table: T, values: Partial<Tables[T]>): readonly StoredRow<Tables[T]>[] {
    const state = this.#table(table);
    const columns = Object.keys(values).sort();
    const index = state.index(columns.join());
    if (!index) {
      // An index on what the server lacks finds what reading all rows would: nothing.
      if (this.#indexes.get(table)?.equal.some(set => set.join() === columns.join())) return [];
      throw new OvsdbNotIndexedError(table, columns.join(', '));
    }
    const key = keyOf(columns, values as Readonly<Record<string, Value>>);
    return Array.from(index.get(key), uuid => state.rows.get(uuid) as StoredRow<Tables[T]>);
  }

  range<T extends TableName<Tables>>(
    table: T,
    columns: readonly ColumnName<Tables[T]>[],
    { from, to }: { readonly from?: RangeBound<Tables[T]>; readonly to?: RangeBound<Tables[T]> } = {},
  ): readonly StoredRow<Tables[T]>[] {
    const index = this.#table(table).ordered(columns.join());
    if (index) {
      return index.range(from as OrderKey | undefined, to as OrderKey | undefined) as unknown as readonly StoredRow<
        Tables[T]
      >[];
    }
    if (this.#indexes.get(table)?.ordered.some(list => list.join() === columns.join())) return [];
    throw new OvsdbNotIndexedError(table, columns.join(', '));
  }

  referred<T extends TableName<Tables>, C extends ColumnName<Tables[T]>>(
    table: T,
    row: StoredRow<Tables[T]>,
    column: C,
  ): readonly ReferredRow<Tables, Tables[T][C]>[] {
    const { layout } = this.#table(table);
    const type = layout.columns.get(column);
    if (!type) return [];
    const targets = [type.key.refTable, type.value?.refTable].filter(target => target !== undefined);
    const states = targets.map(target => this.#table(target));
    return referredBy(layout, row as Row, column).flatMap(uuid => {
      const state = states.find(candidate => candidate.rows.has(uuid));
      return state ? [state.rows.get(uuid) as ReferredRow<Tables, Tables[T][C]>] : [];
    });
  }

  referrers(table: TableName<Tables>, uuid: Uuid): readonly Referrer<Tables>[] {
    this.#table(table);
    const found: { table: string; column: string; row: Row | undefined }[] = [];
    for (const state of this.#tables.values()) {
      for (const reference of state.references) {
        if (!reference.targets.includes(table)) continue;
        for (const referrer of state.referrers(reference, uuid))
          found.push({ table: state.layout.table, column: reference.column, row: state.rows.get(referrer) });
      }
    }
    return found as unknown as readonly Referrer<Tables>[];
  }

  count(table: TableName<Tables>): number {
    return this.#table(table).rows.size;
  }

  /**
   * Other tables are wanted from now on: those that are new are there, and empty; those that are no longer wanted go
   * with the next `replace`.
   */
  expect(tables: readonly string[]): void {
    this.#expected = tables;
    const missing = tables.filter(table => !this.#tables.has(table));
    const empty = missing.map(table => [table, this.#emptyState(makeLayout(table, new Map()))] as const);
    this.#tables = new Map([...this.#tables, ...empty]);
  }

  /** The connection is gone: keep the contents, but no longer vouch for them. */
  markStale(): void {
    this.#synced = false;
  }

  /** The contents are again those of a live monitor. */
  markSynced(): void {
    this.#synced = true;
    this.#generation++;
  }

  /**
   * Makes the updates the whole contents, with these columns from now on. The changes are there in one step, at the
   * end; before, readers see the contents as they were. Returns what is different.
   * @param early further rows of these layouts
   * @throws OvsdbMessageError, with nothing changed
   */
  *replace(
    layouts: TableLayouts,
    batch: UpdateBatch,
    early: EarlyRows = new Map(),
  ): Generator<void, readonly RowChange<Tables>[], void> {
    const changes: AnyChange[] = [];
    const tables = new Map(this.#tables);
    let rows = 0;
    for (const [table, json] of tableUpdates(batch)) {
      const layout = layouts.get(table);
      if (!layout) throw notMonitored(table);
      const before = this.#tables.get(table)?.rows;
      const after = this.#emptyState(layout);
      for (const uuid in json) {
        if (isPause(++rows)) yield;
        const old = before?.get(uuid as Uuid);
        const row = evolveRow(layout, batch.notation, checkUuid(uuid), old, json[uuid]);
        if (!row) continue;
        after.change(undefined, row);
        if (row !== old) changes.push(describe(table, uuid as Uuid, old, row));
      }
      for (const read of early.get(table) ?? []) {
        if (isPause(++rows)) yield;
        const old = before?.get(read._uuid);
        const row = adoptRow(layout, old, read);
        after.change(undefined, row);
        if (row !== old) changes.push(describe(table, read._uuid, old, row));
      }
      tables.set(table, after);
    }
    for (const [table, state] of this.#tables) {
      const layout = layouts.get(table) ?? makeLayout(table, new Map());
      if (tables.get(table) === state) tables.set(table, this.#emptyState(layout));
      const after = tables.get(table)?.rows;
      for (const [uuid, old] of state.rows) {
        if (isPause(++rows)) yield;
        if (!after?.has(uuid)) changes.push(describe(table, uuid, old, undefined));
      }
      if (!layouts.has(table) && !this.#expected.includes(table)) tables.delete(table);
    }
    this.#tables = tables;
    return changes as unknown as readonly RowChange<Tables>[];
  }

  /**
   * Applies one message of the server, which is one or more whole transactions, in one step at the end. Returns what
   * is different.
   * @throws OvsdbMessageError, with nothing changed
   */
  *apply(batch: UpdateBatch): Generator<void, readonly RowChange<Tables>[], void> {
    const changes = new Map<string, AnyChange[]>();
    let rows = 0;
    for (const [table, json] of tableUpdates(batch)) {
      const state = this.#tables.get(table);
      if (!state) throw notMonitored(table);
      const ofTable: AnyChange[] = [];
      for (const uuid in json) {
        if (isPause(++rows)) yield;
        const old = state.rows.get(uuid as Uuid);
        const row = evolveRow(state.layout, batch.notation, checkUuid(uuid), old, json[uuid]);
        if (row !== old) ofTable.push(describe(table, uuid as Uuid, old, row));
      }
      changes.set(table, ofTable);
    }
    const tables = new Map(this.#tables);
    for (const [table, ofTable] of changes) {
      const state = this.#tables.get(table);
      if (state && ofTable.length > this.#inPlace) tables.set(table, yield* this.#changeAside(state, ofTable));
    }
    // No yields from here on.
    for (const [table, ofTable] of changes) {
      const state = this.#tables.get(table);
      if (state && tables.get(table) === state) for (const change of ofTable) state.change(change.old, change.new);
    }
    this.#tables = tables;
    return [...changes.values()].flat() as unknown as readonly RowChange<Tables>[];
  }

  *#changeAside(state: TableState, changes: readonly AnyChange[]): Generator<void, TableState, void> {
    const after = this.#emptyState(state.layout);
    const changed = new Map<Uuid, Row | undefined>();
    let rows = 0;
    for (const change of changes) changed.set(change.uuid, change.new);
    for (const [uuid, row] of state.rows) {
      if (isPause(++rows)) yield;
      after.change(undefined, changed.has(uuid) ? changed.get(uuid) : row);
    }
    for (const change of changes) {
      if (isPause(++rows)) yield;
      if (change.kind === 'insert') after.change(undefined, change.new);
    }
    return after;
  }

  #emptyState(layout: TableLayout): TableState {
    return new TableState(layout, this.#indexes.get(layout.table) ?? noIndexes);
  }

  #table(name: string): TableState {
    const state = this.#tables.get(name);
    if (!state) throw new OvsdbNotMonitoredError(`table ${name}`);
    return state;
  }
}

function describe(table: string, uuid: Uuid, old: Row | undefined, row: Row | undefined): AnyChange {
  if (!row) return { kind: 'delete', table, uuid, old: old as Row, new: undefined };
  return old
    ? { kind: 'modify', table, uuid: old._uuid, old, new: row }
    : { kind: 'insert', table, uuid, old: undefined, new: row };
}

function* tableUpdates({ updates }: UpdateBatch): Generator<[string, Readonly<Record<string, Json | undefined>>]> {
  if (!isJsonObject(updates)) throw new OvsdbMessageError(`not table updates: ${excerpt(updates)}`);
  for (const table in updates) {
    const rows = updates[table];
    if (!isJsonObject(rows)) throw new OvsdbMessageError(`not a table update: ${excerpt(rows)}`);
    yield [table, rows];
  }
}

function notMonitored(table: string): OvsdbMessageError {
  return new OvsdbMessageError(`an update of table ${table}, which is not monitored`);
}
