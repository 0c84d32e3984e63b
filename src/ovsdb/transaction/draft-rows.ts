// What a transaction in the making holds: rows that it inserts, and what is to become of rows that the replica has.

import { type Column, type DatabaseSchema, findColumn, findTable } from '../data/schema.ts';
import type { NamedUuid, Uuid } from '../data/uuid.ts';
import type { AnyWriteValue, WriteAtom } from '../data/value.ts';
import { OvsdbValueError } from '../errors.ts';
import type { Row } from '../replica/table-layout.ts';

/** A row that the transaction inserts: stands for the UUID it will have, wherever one may be written. */
export interface InsertedRow<Table extends string = string> extends NamedUuid {
  readonly table: Table;
}

export type WireMutation = readonly [string, string, AnyWriteValue];

export interface Insert {
  readonly handle: InsertedRow;
  readonly uuid: Uuid | undefined;
  readonly row: Map<string, AnyWriteValue>;
  mutations: WireMutation[];
}

/** What is to become of a row that the replica has. */
export interface Change {
  readonly table: string;
  readonly row: Row;
  /** Columns that must still hold what was read. */
  readonly verified: Set<string>;
  /** The same, of columns that are written, and only as long as they are. */
  readonly guarded: Set<string>;
  readonly written: Map<string, AnyWriteValue>;
  /** Pairs of maps that must still be there, and pairs that must be there afterwards. */
  pairs: { readonly column: string; readonly before: PairMap; readonly after: Map<WriteAtom, WriteAtom> }[];
  mutations: WireMutation[];
  deleted: boolean;
}

export type PairMap = ReadonlyMap<WriteAtom, WriteAtom>;

export function changeKey(table: string, uuid: Uuid): string {
  return `${table} ${uuid}`;
}

export function isWrite({ written, mutations, deleted }: Change): boolean {
  return deleted || written.size > 0 || mutations.length > 0;
}

/** @throws OvsdbValueError if the schema has no such column */
export function columnOf(schema: DatabaseSchema, table: string, name: string): Column {
  const found = findTable(schema, table);
  const column = found && findColumn(found, name);
  if (!column) throw new OvsdbValueError(`database ${schema.name} has no column ${table}.${name}`);
  return column;
}
