// What to ask the server to watch.

import type { ColumnName, TableName } from '../data/row.ts';
import { type Column, type DatabaseSchema, findColumn, findTable } from '../data/schema.ts';
import { isJsonArray, type JsonArray, type JsonObject } from '../json/json.ts';
import { type Condition, encodeConditions } from '../transaction/operation.ts';

/** The tables to watch, and of each the columns; true is every column the schema names. */
export type MonitorSelection<Tables> = {
  readonly [T in TableName<Tables>]?: true | readonly ColumnName<Tables[T]>[];
};

/**
 * Of each table, which rows to watch: those for which at least one of the conditions holds (ovsdb-server(7),
 * "Monitor_cond"); none of them for false or an empty list, all for true or a table left out. A condition on a column
 * that the server lacks holds for no row.
 */
export type MonitorConditions<Tables> = {
  readonly [T in TableName<Tables>]?: boolean | readonly Condition<Tables[T]>[];
};

/** Per table, the `where` of its monitor request; all rows of a table left out. */
export type WireConditions = ReadonlyMap<string, JsonArray>;

/** Per table, the columns with their types. */
export type MonitorColumns = ReadonlyMap<string, ReadonlyMap<string, Column>>;

export interface MonitorPlan {
  /** What to watch: selected, and there. */
  readonly columns: MonitorColumns;
  /** `table` or `table.column`: selected, but the server lacks it, or has another type under that name. */
  readonly missing: readonly string[];
}

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

/** @throws OvsdbValueError for a column the schema lacks, or a value its column cannot hold */
export function encodeMonitorConditions<Tables>(
  schema: DatabaseSchema,
  conditions: MonitorConditions<Tables>,
): WireConditions {
  const wire = new Map<string, JsonArray>();
  const entries = Object.entries(conditions) as [string, boolean | readonly Condition<unknown>[] | undefined][];
  for (const [table, where] of entries) {
    if (where === undefined || where === true) continue;
    // To the server an empty list is no condition at all.
    wire.set(table, where === false || where.length === 0 ? [false] : encodeConditions(schema, table, where));
  }
  return wire;
}

/**
 * The conditions that a server with this schema understands: it would refuse all of a monitor for one that names a
 * column it lacks. Conditions are alternatives, and no row of such a server fulfils that one.
 */
export function fitConditions(common: DatabaseSchema, conditions: WireConditions): WireConditions {
  const fitting = new Map<string, JsonArray>();
  for (const [name, where] of conditions) {
    const table = findTable(common, name);
    if (!table) continue;
    const kept = where.filter(clause => !isJsonArray(clause) || findColumn(table, String(clause[0])) !== undefined);
    fitting.set(name, kept.length === 0 ? [false] : kept);
  }
  return fitting;
}

/** The <monitor-requests> of RFC 7047 section 4.1.5, with the `where` of ovsdb-server(7) if conditions are given. */
export function encodeMonitorRequests(columns: MonitorColumns, conditions?: WireConditions): JsonObject {
  return Object.fromEntries(
    Array.from(columns, ([table, names]) => {
      const where = conditions?.get(table);
      return [table, [{ columns: [...names.keys()], ...(where ? { where } : {}) }]];
    }),
  );
}

/** The <monitor-cond-update-requests> of ovsdb-server(7) that lead from some conditions to others. */
export function encodeConditionChange(columns: MonitorColumns, from: WireConditions, to: WireConditions): JsonObject {
  const tables = [...columns.keys()].filter(table => !sameWhere(from.get(table), to.get(table)));
  return Object.fromEntries(tables.map(table => [table, [{ where: to.get(table) ?? [true] }]]));
}

export function sameConditions(a: WireConditions, b: WireConditions): boolean {
  return a.size === b.size && [...a].every(([table, where]) => b.has(table) && sameWhere(where, b.get(table)));
}

function sameWhere(a: JsonArray | undefined, b: JsonArray | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && conditionText(a) === conditionText(b));
}

function conditionText(where: JsonArray): string {
  return JSON.stringify(where, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
