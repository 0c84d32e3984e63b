// Which rows outlive a transaction: RFC 7047 section 3.2 <table-schema> has a row outside the root set live as long as
// another row refers to it strongly. Pure: what refers to what, and what becomes of it, is asked of others.

import type { StoredRow } from '../data/row.ts';
import { type ColumnType, type DatabaseSchema, isRootTable } from '../data/schema.ts';
import type { Uuid } from '../data/uuid.ts';
import type { AnyWriteValue, Value, WriteAtom } from '../data/value.ts';

/** A row that refers to another, and the column through which it does. */
export interface RowReference {
  readonly table: string;
  readonly column: string;
  readonly row: StoredRow<Readonly<Record<string, Value>>>;
}

/** The strong references to a row, as they are before the transaction; undefined if there may be others. */
export type StrongReferences = (table: string, uuid: Uuid) => readonly RowReference[] | undefined;

/** By table, the columns that refer to its rows strongly. */
export type StrongColumns = ReadonlyMap<string, readonly { readonly table: string; readonly column: string }[]>;

/** Whether a column keeps the rows that it refers to. */
export function isStrong({ key, value }: ColumnType): boolean {
  return key.refType === 'strong' || value?.refType === 'strong';
}

export function strongColumns(schema: DatabaseSchema): StrongColumns {
  const found = new Map<string, { table: string; column: string }[]>();
  for (const [table, { columns }] of Object.entries(schema.tables)) {
    for (const [column, { key, value }] of Object.entries(columns)) {
      for (const base of [key, value]) {
        if (base?.refTable === undefined || base.refType !== 'strong') continue;
        const list = found.get(base.refTable) ?? [];
        found.set(base.refTable, list);
        list.push({ table, column });
      }
    }
  }
  return found;
}

/** What a transaction does to references. */
export interface Aftermath {
  readonly schema: DatabaseSchema;
  /** Before the transaction. */
  readonly references: StrongReferences;
  /** Whether a reference to the row is one afterwards. */
  remains(reference: RowReference, uuid: Uuid): boolean;
  /** Whether the transaction itself makes a reference to the row. */
  refers(uuid: Uuid): boolean;
}

/** Whether the row is there after the transaction; true if that cannot be told. */
export function isKept(aftermath: Aftermath, table: string, uuid: Uuid, path: readonly Uuid[] = []): boolean {
  // The server counts references: rows that refer to each other in a circle stay.
  if (isRootTable(aftermath.schema, table) || aftermath.refers(uuid) || path.includes(uuid)) return true;
  const all = aftermath.references(table, uuid);
  // With none it would be gone already: something that is not seen keeps it.
  if (!all || all.length === 0) return true;
  return all.some(
    reference =>
      reference.row._uuid !== uuid &&
      aftermath.remains(reference, uuid) &&
      isKept(aftermath, reference.table, reference.row._uuid, [...path, uuid]),
  );
}

/** Whether a column refers to the row after these deletions. */
export function refersAfter(value: AnyWriteValue, deletions: readonly AnyWriteValue[], uuid: Uuid): boolean {
  if (!isPairs(value)) return !deletions.some(deletion => Array.isArray(deletion) && deletion.includes(uuid));
  const left = [...value].filter(([key, element]) =>
    deletions.every(deletion =>
      isPairs(deletion) ? deletion.get(key) !== element : !(Array.isArray(deletion) && deletion.includes(key)),
    ),
  );
  return left.some(pair => pair.includes(uuid));
}

function isPairs(value: AnyWriteValue): value is ReadonlyMap<WriteAtom, WriteAtom> {
  return value instanceof Map;
}
