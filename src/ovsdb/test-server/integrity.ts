// What must be true of a database after each transaction, and what it does about it: garbage and weak references go.

import { type Column, type DatabaseSchema, isRootTable, type TableSchema } from '../data/schema.ts';
import type { Uuid } from '../data/uuid.ts';
import { type Atom, sameValue } from '../data/value.ts';
import { elementsOf, valueWith, whyForbidden } from './elements.ts';
import { Refusal } from './refusal.ts';
import { putRow, type Tables, type TestRow } from './test-row.ts';

/** References, garbage, indexes and limits: what must be true of the whole (RFC 7047 sections 3.2 and 5.1). */
export function checkWhole(database: DatabaseSchema, tables: Tables): void {
  collectGarbage(database, tables);
  checkReferences(database, tables);
  for (const [name, schema] of Object.entries(database.tables)) {
    const rows = [...(tables.get(name)?.values() ?? [])];
    if (rows.length > (schema.maxRows ?? Number.POSITIVE_INFINITY))
      throw new Refusal('constraint violation', `transaction causes "${name}" table to contain ${rows.length} rows`);
    for (const index of schema.indexes) checkIndex(name, index, rows);
  }
}

/** UUIDs of `refType` in a row, with the tables they are of. */
function* references(
  schema: TableSchema,
  row: TestRow,
  weak: boolean,
): Generator<readonly [table: string, uuid: Uuid]> {
  for (const [name, column] of Object.entries(schema.columns)) {
    for (const element of elementsOf(row[name])) {
      for (const [i, base] of [column.key, column.value].entries()) {
        if (base?.refTable !== undefined && (base.refType === 'weak') === weak)
          yield [base.refTable, element[i] as Uuid];
      }
    }
  }
}

/** Rows that nothing keeps go, and what only they kept. */
function collectGarbage(database: DatabaseSchema, tables: Tables): void {
  for (let gone = -1; gone !== 0; ) {
    gone = 0;
    const kept = new Set<string>();
    for (const [name, schema] of Object.entries(database.tables)) {
      for (const row of tables.get(name)?.values() ?? [])
        for (const [table, uuid] of references(schema, row, false))
          if (table !== name || uuid !== row._uuid) kept.add(`${table} ${uuid}`);
    }
    for (const name of Object.keys(database.tables)) {
      if (isRootTable(database, name)) continue;
      for (const uuid of [...(tables.get(name)?.keys() ?? [])]) {
        if (kept.has(`${name} ${uuid}`)) continue;
        putRow(tables, name, uuid, undefined);
        gone++;
      }
    }
  }
}

function checkReferences(database: DatabaseSchema, tables: Tables): void {
  for (const [name, schema] of Object.entries(database.tables)) {
    for (const row of tables.get(name)?.values() ?? []) {
      for (const [table, uuid] of references(schema, row, false)) {
        if (!tables.get(table)?.has(uuid))
          throw new Refusal(
            'referential integrity violation',
            `Table ${name} row ${row._uuid} references ${table} row ${uuid}`,
          );
      }
      dropWeak(tables, name, schema, row);
    }
  }
}

function dropWeak(tables: Tables, table: string, schema: TableSchema, row: TestRow): void {
  const isThere = (base: Column['key'] | undefined, atom: Atom | undefined) =>
    base?.refTable === undefined || base.refType !== 'weak' || tables.get(base.refTable)?.has(atom as Uuid);
  for (const [name, column] of Object.entries(schema.columns)) {
    const before = elementsOf(row[name]);
    const after = before.filter(([key, value]) => isThere(column.key, key) && isThere(column.value, value));
    if (after.length === before.length) continue;
    const why = whyForbidden(column, after);
    if (why !== undefined) throw new Refusal('constraint violation', `column ${name}: ${why}`);
    const now = tables.get(table)?.get(row._uuid) ?? row;
    putRow(tables, table, row._uuid, { ...now, [name]: valueWith(column, after) } as TestRow);
  }
}

function checkIndex(table: string, index: readonly string[], rows: readonly TestRow[]): void {
  const isSame = (a: TestRow, b: TestRow) => index.every(name => sameValue(a[name], b[name]));
  for (const [i, row] of rows.entries()) {
    if (!rows.slice(i + 1).some(other => isSame(row, other))) continue;
    const names = index.map(name => `"${name}"`).join(' and ');
    const columns = `column${index.length === 1 ? '' : 's'} ${names}`;
    throw new Refusal(
      'constraint violation',
      `Transaction causes multiple rows in "${table}" table to have identical values for index on ${columns}.  First row, with UUID ${row._uuid}`,
    );
  }
}
