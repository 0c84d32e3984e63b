// Whether a transaction leaves what it writes alive. RFC 7047 section 3.2 <table-schema>: a row outside the root set
// lives as long as another row refers to it strongly. One that starts without a reference would be collected in the very
// transaction that inserts it, and one that loses its last reference in the very transaction that writes it.

import { type DatabaseSchema, isRootTable } from '../data/schema.ts';
import type { Uuid } from '../data/uuid.ts';
import { type AnyWriteValue, isNamedUuid, type WriteAtom } from '../data/value.ts';
import { OvsdbUnreferencedError, OvsdbValueError } from '../errors.ts';
import { type Change, changeKey, columnOf, type Insert, isWrite } from './draft-rows.ts';
import { isKept, isStrong, type RowReference, refersAfter, type StrongReferences } from './kept-rows.ts';

type Inserts = ReadonlyMap<string, Insert>;
type Changes = ReadonlyMap<string, Change>;

/**
 * @param inserts by the name of their handle
 * @param changes by `changeKey`
 * @param references without them, rows that are only written are not looked at
 * @throws OvsdbUnreferencedError
 * @throws OvsdbValueError if a value is a row that another transaction inserts, or that was deleted again
 */
export function checkReferences(
  schema: DatabaseSchema,
  inserts: Inserts,
  changes: Changes,
  references: StrongReferences | undefined,
): void {
  const referred = referredRows(schema, inserts, changes);
  const lost = [...inserts.values()]
    // A row with a UUID of the caller's choice may go by that.
    .filter(({ handle, uuid }) => !referred.has(handle.name) && (uuid === undefined || !referred.has(uuid)))
    .map(({ handle }) => handle.table)
    .filter(table => !isRootTable(schema, table));
  if (lost.length > 0) throw new OvsdbUnreferencedError(lost);
  if (references) checkWritten(schema, changes, references, referred);
}

/** Names of inserted rows, and UUIDs, that the transaction refers to strongly from another row. */
function referredRows(schema: DatabaseSchema, inserts: Inserts, changes: Changes): ReadonlySet<WriteAtom> {
  const referred = new Set<WriteAtom>();
  const note = (table: string, name: string, value: AnyWriteValue, self: readonly WriteAtom[] = []): void => {
    const strong = isStrong(columnOf(schema, table, name));
    for (const atom of atomsOf(value)) {
      // The names of two transactions are the same ones: that of another would quietly be another row.
      if (isNamedUuid(atom) && inserts.get(atom.name)?.handle !== atom)
        throw new OvsdbValueError(`column ${table}.${name} refers to a row that this transaction does not insert`);
      const target = isNamedUuid(atom) ? atom.name : atom;
      if (strong && !self.includes(target)) referred.add(target);
    }
  };
  for (const { handle, uuid, row, mutations } of inserts.values()) {
    const self = uuid === undefined ? [handle.name] : [handle.name, uuid];
    for (const [name, value] of row) note(handle.table, name, value, self);
    for (const [name, mutator, value] of mutations) if (mutator === 'insert') note(handle.table, name, value, self);
  }
  for (const { table, written, mutations, deleted } of changes.values()) {
    if (deleted) continue;
    for (const [name, value] of written) note(table, name, value);
    for (const [name, mutator, value] of mutations) if (mutator === 'insert') note(table, name, value);
  }
  return referred;
}

function checkWritten(
  schema: DatabaseSchema,
  changes: Changes,
  references: StrongReferences,
  referred: ReadonlySet<WriteAtom>,
): void {
  const all = [...changes.values()];
  if (!all.some(change => takesReferences(schema, change))) return;
  const remains = ({ table, column, row }: RowReference, uuid: Uuid): boolean => {
    const change = changes.get(changeKey(table, row._uuid));
    if (!change) return true;
    if (change.deleted || change.written.has(column)) return false;
    const deletions = change.mutations.filter(([name, mutator]) => name === column && mutator === 'delete');
    return refersAfter(
      row[column],
      deletions.map(([, , value]) => value),
      uuid,
    );
  };
  const aftermath = { schema, references, remains, refers: (uuid: Uuid) => referred.has(uuid) };
  const lost = all
    .filter(change => !change.deleted && isWrite(change) && !isKept(aftermath, change.table, change.row._uuid))
    .map(({ table }) => table);
  if (lost.length > 0) throw new OvsdbUnreferencedError(lost, 'written to');
}

function takesReferences(schema: DatabaseSchema, { table, written, mutations, deleted }: Change): boolean {
  if (deleted) return true;
  const columns = [...written.keys(), ...mutations.map(([name]) => name)];
  return columns.some(name => isStrong(columnOf(schema, table, name)));
}

function atomsOf(value: AnyWriteValue): readonly WriteAtom[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || isNamedUuid(value)) return [value];
  return 'get' in value ? [...value.keys(), ...value.values()] : value;
}
