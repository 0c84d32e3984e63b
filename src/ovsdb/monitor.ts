// What to ask the server to watch, and its answers in a form that does not depend on the monitor method.

import { OvsdbMessageError } from './errors.ts';
import { excerpt, isJsonObject, type Json, type JsonObject } from './json.ts';
import type { ColumnName, TableName } from './row.ts';
import { type Column, type DatabaseSchema, findTable } from './schema.ts';
import { isUuid, type Uuid } from './uuid.ts';
import { decodeValue, type Value } from './value.ts';

/** The tables to watch, and of each the columns; true is every column the schema names. */
export type MonitorSelection<Tables> = {
  readonly [T in TableName<Tables>]?: true | readonly ColumnName<Tables[T]>[];
};

/** Per table, the columns with their types. */
export type MonitorColumns = ReadonlyMap<string, ReadonlyMap<string, Column>>;

export interface MonitorPlan {
  /** What to watch: selected, and there. */
  readonly columns: MonitorColumns;
  /** `table` or `table.column`: selected, but the server lacks it, or has another type under that name. */
  readonly missing: readonly string[];
}

/** One row's news. `set` carries every monitored column; other monitor methods will add kinds with differences. */
export type RowUpdate =
  | { readonly kind: 'set'; readonly table: string; readonly uuid: Uuid; readonly columns: ReadonlyMap<string, Value> }
  | { readonly kind: 'delete'; readonly table: string; readonly uuid: Uuid };

/** Selects from what the program knows (`known`) what the server has as well (`common`, see `commonSchema`). */
export function planMonitor<Tables>(
  known: DatabaseSchema,
  common: DatabaseSchema,
  selection: MonitorSelection<Tables>,
): MonitorPlan {
  const plan = new Map<string, ReadonlyMap<string, Column>>();
  const missing: string[] = [];
  for (const [tableName, selected] of Object.entries<true | readonly string[] | undefined>(selection)) {
    if (!selected) continue;
    const table = findTable(common, tableName);
    if (!table) {
      missing.push(tableName);
      continue;
    }
    const columns = new Map<string, Column>();
    for (const name of selected === true ? Object.keys(known.tables[tableName]?.columns ?? {}) : selected) {
      const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
      if (column) columns.set(name, column);
      else missing.push(`${tableName}.${name}`);
    }
    plan.set(tableName, columns);
  }
  return { columns: plan, missing };
}

/** The <monitor-requests> of RFC 7047 section 4.1.5. */
export function encodeMonitorRequests(columns: MonitorColumns): JsonObject {
  return Object.fromEntries(Array.from(columns, ([table, names]) => [table, [{ columns: [...names.keys()] }]]));
}

/**
 * Reads <table-updates> (RFC 7047 section 4.1.6), which `monitor` answers and `update` carries.
 * @throws OvsdbMessageError
 */
export function decodeTableUpdates(columns: MonitorColumns, json: Json | undefined): RowUpdate[] {
  const updates: RowUpdate[] = [];
  for (const [table, rows] of members(json, 'table updates')) {
    const names = columns.get(table);
    if (!names) throw new OvsdbMessageError(`an update of table ${table}, which is not monitored`);
    for (const [uuid, row] of members(rows, 'a table update')) {
      if (!isUuid(uuid)) throw new OvsdbMessageError(`"${uuid}" is not a UUID`);
      const fresh = isJsonObject(row) ? row.new : undefined;
      updates.push(
        fresh === undefined
          ? { kind: 'delete', table, uuid }
          : { kind: 'set', table, uuid, columns: decodeColumns(names, fresh) },
      );
    }
  }
  return updates;
}

function decodeColumns(names: ReadonlyMap<string, Column>, json: Json): ReadonlyMap<string, Value> {
  if (!isJsonObject(json)) throw new OvsdbMessageError(`not a row: ${excerpt(json)}`);
  const columns = new Map<string, Value>();
  for (const [name, column] of names) columns.set(name, decodeValue(column, json[name]));
  return columns;
}

function members(json: Json | undefined, what: string): [string, Json | undefined][] {
  if (!isJsonObject(json)) throw new OvsdbMessageError(`not ${what}: ${excerpt(json)}`);
  return Object.entries(json);
}
