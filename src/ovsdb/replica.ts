// The monitored rows in memory. It changes only by whole updates, so a reader never sees half a transaction, and
// it outlives connections: a resync is turned into the differences it makes.

import { OvsdbMessageError, OvsdbNotMonitoredError } from './errors.ts';
import type { RowUpdate } from './monitor.ts';
import type { RowChange, StoredRow, TableName, UntypedTables } from './row.ts';
import type { Uuid } from './uuid.ts';
import { sameValue, type Value } from './value.ts';

type Row = { readonly _uuid: Uuid } & Readonly<Record<string, Value>>;
type Rows = Map<Uuid, Row>;

/** What consumers see. Rows are immutable: a change puts a new row in the old one's place. */
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
  /** Number of rows. @throws OvsdbNotMonitoredError */
  count(table: TableName<Tables>): number;
}

export class ReplicaStore<Tables> implements Replica<Tables> {
  readonly #tables: ReadonlyMap<string, Rows>;
  #synced = false;
  #generation = 0;

  constructor(tables: readonly string[]) {
    this.#tables = new Map(tables.map(table => [table, new Map()]));
  }

  get synced(): boolean {
    return this.#synced;
  }

  get generation(): number {
    return this.#generation;
  }

  rows<T extends TableName<Tables>>(table: T): IterableIterator<StoredRow<Tables[T]>> {
    return this.#table(table).values() as unknown as IterableIterator<StoredRow<Tables[T]>>;
  }

  get<T extends TableName<Tables>>(table: T, uuid: Uuid): StoredRow<Tables[T]> | undefined {
    return this.#table(table).get(uuid) as StoredRow<Tables[T]> | undefined;
  }

  find<T extends TableName<Tables>>(
    table: T,
    test: (row: StoredRow<Tables[T]>) => boolean,
  ): StoredRow<Tables[T]> | undefined {
    for (const row of this.rows(table)) if (test(row)) return row;
    return undefined;
  }

  count(table: TableName<Tables>): number {
    return this.#table(table).size;
  }

  /** The connection is gone: keep the contents, but no longer vouch for them. */
  markStale(): void {
    this.#synced = false;
  }

  /** Makes `updates` the whole contents, and returns what that changed. */
  replace(updates: readonly RowUpdate[]): readonly RowChange<Tables>[] {
    const seen = new Map<string, Set<Uuid>>(Array.from(this.#tables.keys(), table => [table, new Set()]));
    for (const update of updates) seen.get(update.table)?.add(update.uuid);
    const gone: RowUpdate[] = [];
    for (const [table, rows] of this.#tables)
      for (const uuid of rows.keys()) if (!seen.get(table)?.has(uuid)) gone.push({ kind: 'delete', table, uuid });
    const changes = this.apply([...updates, ...gone]);
    this.#synced = true;
    this.#generation++;
    return changes;
  }

  /** Applies one update of the server, which is one or more whole transactions. @throws OvsdbMessageError */
  apply(updates: readonly RowUpdate[]): readonly RowChange<Tables>[] {
    const changes: RowChange[] = [];
    for (const update of updates) {
      const rows = this.#tables.get(update.table);
      if (!rows) throw new OvsdbMessageError(`an update of table ${update.table}, which is not monitored`);
      const change = applyRow(rows, update);
      if (change) changes.push(change);
    }
    return changes as unknown as readonly RowChange<Tables>[];
  }

  #table(name: string): Rows {
    const rows = this.#tables.get(name);
    if (!rows) throw new OvsdbNotMonitoredError(name);
    return rows;
  }
}

function applyRow(rows: Rows, update: RowUpdate): RowChange<UntypedTables> | undefined {
  const { table, uuid } = update;
  const old = rows.get(uuid);
  switch (update.kind) {
    case 'delete':
      if (!old) return undefined;
      rows.delete(uuid);
      return { kind: 'delete', table, uuid, old, new: undefined };
    case 'set': {
      const row = buildRow(uuid, update.columns, old);
      if (row === old) return undefined;
      rows.set(uuid, row);
      return old
        ? { kind: 'modify', table, uuid, old, new: row }
        : { kind: 'insert', table, uuid, old: undefined, new: row };
    }
  }
}

/** The new row; unchanged values are those of the old row, and a row without any change is the old row. */
function buildRow(uuid: Uuid, columns: ReadonlyMap<string, Value>, old: Row | undefined): Row {
  const row: Record<string, Value> = { _uuid: uuid };
  let changed = !old || Object.keys(old).length !== columns.size + 1;
  for (const [name, value] of columns) {
    const same = old !== undefined && name in old && sameValue(old[name], value);
    row[name] = same ? old[name] : value;
    changed ||= !same;
  }
  return changed || !old ? (row as Row) : old;
}
