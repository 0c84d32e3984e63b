// How the rows of one table look in memory, and what an update of the server makes of a row. Rows are immutable plain
// objects: all of a table have the same properties in the same order, so that the engine can give them one shape.

import type { Column } from '../data/schema.ts';
import { isUuid, nilUuid, type Uuid } from '../data/uuid.ts';
import { applyDiff, decodeValue, defaultValue, sameValue, type Value } from '../data/value.ts';
import { OvsdbMessageError } from '../errors.ts';
import { excerpt, isJsonObject, type Json, type JsonObject } from '../json/json.ts';

export type Row = { readonly _uuid: Uuid } & Readonly<Record<string, Value>>;
/** A row in the making. */
export type RowDraft = { _uuid: Uuid } & Record<string, Value>;

export interface TableLayout {
  readonly table: string;
  /** The monitored columns. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Every column at its default. */
  readonly blank: Row;
}

/**
 * How updates say what became of a row: `full` has all columns before and after (RFC 7047 section 4.1.6), `diff` what
 * changed, and leaves out defaults (ovsdb-server(7), "Update2 Notification").
 */
export type UpdateNotation = 'full' | 'diff';

export function makeLayout(table: string, columns: ReadonlyMap<string, Column>): TableLayout {
  // An object that JSON.parse makes has room for its properties inside; one built up has not, and a clone of it turns
  // into a hash table as soon as it is written to.
  const names = ['_uuid', ...columns.keys()].map(name => `${JSON.stringify(name)}:0`);
  const blank = JSON.parse(`{${names.join()}}`) as RowDraft;
  blank._uuid = nilUuid;
  for (const [name, column] of columns) blank[name] = defaultValue(column);
  return { table, columns, blank };
}

/** By table. */
export type TableLayouts = ReadonlyMap<string, TableLayout>;

export function makeLayouts(monitored: ReadonlyMap<string, ReadonlyMap<string, Column>>): TableLayouts {
  return new Map(Array.from(monitored, ([table, columns]) => [table, makeLayout(table, columns)]));
}

/** @throws OvsdbMessageError */
export function checkUuid(text: string): Uuid {
  if (!isUuid(text)) throw new OvsdbMessageError(`"${text}" is not a UUID`);
  return text;
}

/**
 * The row after the update; undefined if it is gone, `old` itself if nothing changed. Values that did not change are
 * those of the old row.
 * @throws OvsdbMessageError
 */
export function evolveRow(
  layout: TableLayout,
  notation: UpdateNotation,
  uuid: Uuid,
  old: Row | undefined,
  json: Json | undefined,
): Row | undefined {
  if (!isJsonObject(json)) throw new OvsdbMessageError(`not a row update: ${excerpt(json)}`);
  if (notation === 'full') return json.new === undefined ? undefined : readRow(layout, uuid, old, json.new, true);
  if (json.modify !== undefined) return modifyRow(layout, uuid, old, json.modify);
  const row = json.insert ?? json.initial;
  if (row !== undefined) return readRow(layout, uuid, old, row, false);
  if (json.delete !== undefined) return undefined;
  throw new OvsdbMessageError(`not a row update: ${excerpt(json)}`);
}

/**
 * A row of a first answer, as it comes. Give it to `adoptRow` before it is used.
 * @throws OvsdbMessageError
 */
export function firstRow(layout: TableLayout, notation: UpdateNotation, uuid: Uuid, json: Json): Row {
  const row = evolveRow(layout, notation, uuid, undefined, json);
  if (!row) throw new OvsdbMessageError(`not a first row: ${excerpt(json)}`);
  return row;
}

/** The row with the values of the old one where they are the same; the old one itself if all are. */
export function adoptRow(layout: TableLayout, old: Row | undefined, row: Row): Row {
  return old ? shareValues(layout, old, { ...row, _uuid: old._uuid }) : row;
}

/** @param complete whether a column that is not there is an error, and not at its default */
function readRow(layout: TableLayout, uuid: Uuid, old: Row | undefined, json: Json, complete: boolean): Row {
  const members = rowObject(json);
  const row: RowDraft = { ...layout.blank };
  row._uuid = old ? old._uuid : uuid;
  if (complete) {
    for (const [name, column] of layout.columns) row[name] = decodeValue(column, members[name]);
  } else {
    for (const name in members) {
      const column = layout.columns.get(name);
      // `_version` comes unasked for, in spite of the columns that were named.
      if (column) row[name] = decodeValue(column, members[name]);
    }
  }
  return old ? shareValues(layout, old, row) : row;
}

function shareValues(layout: TableLayout, old: Row, row: RowDraft): Row {
  let same = true;
  for (const name of layout.columns.keys()) {
    if (Object.hasOwn(old, name) && sameValue(old[name], row[name])) row[name] = old[name];
    else same = false;
  }
  // The old row may have had columns that are no longer monitored.
  return same && Object.keys(old).length === layout.columns.size + 1 ? old : row;
}

function modifyRow(layout: TableLayout, uuid: Uuid, old: Row | undefined, json: Json): Row {
  if (!old) throw new OvsdbMessageError(`table ${layout.table} has no row ${uuid} to modify`);
  const members = rowObject(json);
  let row: RowDraft | undefined;
  for (const name in members) {
    const column = layout.columns.get(name);
    if (!column) continue;
    const value = applyDiff(column, old[name], members[name]);
    if (sameValue(old[name], value)) continue;
    row ??= { ...old };
    row[name] = value;
  }
  return row ?? old;
}

function rowObject(json: Json): JsonObject {
  if (!isJsonObject(json)) throw new OvsdbMessageError(`not a row: ${excerpt(json)}`);
  return json;
}
