// Rows of a database in memory.

import { type Column, findColumn, type TableSchema } from '../data/schema.ts';
import type { Uuid } from '../data/uuid.ts';
import { encodeValue, type Value } from '../data/value.ts';
import type { JsonObject } from '../json/json.ts';

/** A row of an OvsdbTestServer: its columns by name, and the two that every row has. */
export type TestRow = Readonly<Record<string, Value>> & { readonly _uuid: Uuid; readonly _version: Uuid };
export type Rows = ReadonlyMap<Uuid, TestRow>;
/** By table. The rows of one are never changed, but others put in their place. */
export type Tables = Map<string, Rows>;

/** A row before and after a transaction. */
export interface TestChange {
  readonly table: string;
  readonly uuid: Uuid;
  readonly old: TestRow | undefined;
  readonly new: TestRow | undefined;
}

export function putRow(tables: Tables, table: string, uuid: Uuid, row: TestRow | undefined): void {
  const rows = new Map(tables.get(table));
  if (row) rows.set(uuid, row);
  else rows.delete(uuid);
  tables.set(table, rows);
}

/** The columns of a row as JSON. */
export function rowJson(schema: TableSchema, row: TestRow, columns: readonly string[]): JsonObject {
  return Object.fromEntries(
    columns.map(name => [name, encodeValue(findColumn(schema, name) as Column, row[name], name)]),
  );
}
