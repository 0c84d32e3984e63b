// A transaction in the making, over rows as the replica has them: what is inserted, written, mutated and deleted, and
// what must still be as it was read when that happens. Pure: commit.ts sends it.

import type { ColumnName, StoredRow, TableName, WriteRow, WriteValue } from '../data/row.ts';
import type { DatabaseSchema } from '../data/schema.ts';
import { namedUuid, type Uuid } from '../data/uuid.ts';
import { type AnyWriteValue, isNamedUuid, sameValue, type Value, type WriteAtom } from '../data/value.ts';
import { OvsdbNotMonitoredError, OvsdbValueError } from '../errors.ts';
import type { Row } from '../replica/table-layout.ts';
import { checkReferences } from './draft-references.ts';
import {
  type Change,
  changeKey,
  columnOf,
  type Insert,
  type InsertedRow,
  isWrite,
  type PairMap,
  type WireMutation,
} from './draft-rows.ts';
import type { StrongReferences } from './kept-rows.ts';
import type { Condition, Mutation, Operation } from './operation.ts';

/** Columns that hold a map. */
export type MapColumn<Row> = {
  readonly [C in ColumnName<Row>]-?: NonNullable<Row[C]> extends ReadonlyMap<unknown, unknown> ? C : never;
}[ColumnName<Row>];

/** Whether a write depends on what was read. */
export interface UpdateOptions {
  /** Writes even what somebody else has changed since it was read, and columns that are not monitored. */
  readonly overwrite?: boolean | undefined;
}

/** What a draft sends, and what its results mean. */
export interface DraftPlan<Tables> {
  /** None: nothing to do. */
  readonly operations: readonly Operation<Tables>[];
  /** By the index of their operation. */
  readonly inserts: ReadonlyMap<number, InsertedRow>;
  /** The rows that operations wait for, by index; without a UUID: that there is none. */
  readonly waits: ReadonlyMap<number, { readonly table: string; readonly uuid: Uuid | undefined }>;
}

/** Collects what a transaction is to do to rows as they were read; `OvsdbClient.commit` sends it. */
export class TransactionDraft<Tables> {
  readonly #schema: DatabaseSchema;
  readonly #references: StrongReferences | undefined;
  readonly #inserts = new Map<string, Insert>();
  readonly #changes = new Map<string, Change>();
  readonly #absent: { readonly table: string; readonly where: readonly unknown[] }[] = [];
  readonly #comments: string[] = [];
  readonly #locks = new Set<string>();
  /** Inserts there were, those that were deleted again included: no name is given twice. */
  #named = 0;
  #durable = false;
  #abort = false;

  /** @param references without them, a draft may take the last reference to a row that it writes */
  constructor(schema: DatabaseSchema, references?: StrongReferences) {
    this.#schema = schema;
    this.#references = references;
  }

  /**
   * Inserts a row; columns left out get their defaults.
   * @param uuid for servers from 3.1 on: with one, a transaction whose outcome is unknown can be sent again without
   *   inserting twice
   */
  insert<T extends TableName<Tables>>(table: T, row: WriteRow<Tables[T]>, uuid?: Uuid): InsertedRow<T> {
    const handle = { ...namedUuid(`row${this.#named++}`), table };
    this.#inserts.set(handle.name, {
      handle,
      uuid,
      row: new Map(Object.entries(row as Record<string, AnyWriteValue>)),
      mutations: [],
    });
    return handle;
  }

  /**
   * Writes those columns that differ from what `row` has. If somebody else has changed one of them since `row` was
   * read the transaction fails as `try_again`, unless told to overwrite: then all are written, whatever they have.
   * @throws OvsdbValueError if a column cannot be changed, or the row is deleted in this transaction
   * @throws OvsdbNotMonitoredError if what a column holds is not known
   */
  update<T extends TableName<Tables>>(
    table: T,
    row: StoredRow<Tables[NoInfer<T>]> | InsertedRow<NoInfer<T>>,
    columns: WriteRow<Tables[T]>,
    { overwrite = false }: UpdateOptions = {},
  ): void {
    const values = Object.entries(columns as Record<string, AnyWriteValue>);
    const insert = this.#insertOf(row);
    if (insert) {
      for (const [name, value] of values) {
        insert.mutations = insert.mutations.filter(([mutated]) => mutated !== name);
        insert.row.set(name, value);
      }
      return;
    }
    const change = this.#changeOf(table, row as Row);
    for (const [name, value] of values) {
      const column = columnOf(this.#schema, table, name);
      change.mutations = change.mutations.filter(([mutated]) => mutated !== name);
      change.pairs = change.pairs.filter(pairs => pairs.column !== name);
      change.written.delete(name);
      change.guarded.delete(name);
      const isKnown = Object.hasOwn(change.row, name);
      if (!overwrite && isKnown && sameValue(change.row[name], value as Value)) continue;
      if (column.immutable) throw new OvsdbValueError(`column ${table}.${name} can only be set by insert`);
      if (!overwrite) {
        this.#known(change, name);
        change.guarded.add(name);
      }
      change.written.set(name, value);
    }
  }

  /** Changes sets, maps and numbers by what is to come, to go or to be added; what others do meanwhile stays. */
  mutate<T extends TableName<Tables>>(
    table: T,
    row: StoredRow<Tables[NoInfer<T>]> | InsertedRow<NoInfer<T>>,
    ...mutations: readonly Mutation<Tables[T]>[]
  ): void {
    const list = mutations as unknown as readonly WireMutation[];
    const insert = this.#insertOf(row);
    const change = insert ? undefined : this.#changeOf(table, row as Row);
    (insert ?? change)?.mutations.push(...list);
    // What it takes away need not be there afterwards, though `setKeys` has put it there.
    for (const [column, mutator, value] of list)
      for (const pairs of change?.pairs ?? [])
        if (mutator === 'delete' && pairs.column === column) forget(pairs.after, value);
  }

  /**
   * Gives keys of a map a value, and leaves the other keys alone. If somebody else has changed or made one of these
   * keys since `row` was read the transaction fails as `try_again`.
   */
  setKeys<T extends TableName<Tables>, C extends MapColumn<Tables[T]>>(
    table: T,
    row: StoredRow<Tables[NoInfer<T>]> | InsertedRow<NoInfer<T>>,
    column: C,
    entries: WriteValue<NonNullable<Tables[T][C]>>,
  ): void {
    const wanted = entries as PairMap;
    const insert = this.#insertOf(row);
    const change = insert ? undefined : this.#changeOf(table, row as Row);
    // An insert into a map leaves a key that is there as it is.
    if (!change || change.written.has(column)) {
      // Nobody else has a say in a new row, nor in a column that is written as a whole.
      const list = (insert ?? change)?.mutations;
      list?.push([column, 'delete', [...wanted.keys()]], [column, 'insert', wanted]);
      return;
    }
    const old = this.#known(change, column) as PairMap;
    const present = mutatedMap(old, mutationsOf(change, column));
    const missing = new Map([...wanted].filter(([key, value]) => present.get(key) !== value));
    const after = new Map([...wanted].filter(([key, value]) => missing.has(key) || old.get(key) !== value));
    if (after.size === 0) return;
    const earlier = change.pairs.filter(pairs => pairs.column === column);
    for (const key of after.keys()) for (const pairs of earlier) pairs.after.delete(key);
    const isExpected = (key: WriteAtom): boolean => earlier.some(({ before }) => before.has(key));
    const before = new Map([...old].filter(([key]) => after.has(key) && !isExpected(key)));
    change.pairs.push({ column, before, after });
    // Of what is in the way only the pairs that are known: what somebody else has put there must not go in silence.
    const gone = new Map([...present].filter(([key]) => missing.has(key)));
    if (gone.size > 0) change.mutations.push([column, 'delete', gone]);
    if (missing.size > 0) change.mutations.push([column, 'insert', missing]);
  }

  /**
   * Deletes a row, whatever others have made of it meanwhile; that it is gone already is no failure. Rows that are
   * written by many (statistics, say) could otherwise hardly be deleted: `verify` before it what the decision to delete
   * rests on. Rows of this transaction are forgotten.
   */
  delete<T extends TableName<Tables>>(table: T, row: StoredRow<Tables[NoInfer<T>]> | InsertedRow<NoInfer<T>>): void {
    if (this.#insertOf(row)) this.#inserts.delete((row as InsertedRow).name);
    else this.#changeOf(table, row as Row).deleted = true;
  }

  /**
   * Makes the transaction fail as `try_again` if one of the columns is no longer what `row` has. Without columns: if
   * the row is gone. A row of this transaction is what it was made.
   * @throws OvsdbNotMonitoredError
   */
  verify<T extends TableName<Tables>>(
    table: T,
    row: StoredRow<Tables[NoInfer<T>]> | InsertedRow<NoInfer<T>>,
    columns: readonly ColumnName<Tables[T]>[],
  ): void {
    if (this.#insertOf(row)) return;
    const change = this.#changeOf(table, row as Row);
    change.verified.add('_uuid');
    for (const column of columns) {
      this.#known(change, column);
      change.verified.add(column);
    }
  }

  /** Makes the transaction fail as `try_again` if there is a row for which all conditions hold. */
  verifyAbsent<T extends TableName<Tables>>(table: T, where: readonly Condition<Tables[NoInfer<T>]>[]): void {
    this.#absent.push({ table, where });
  }

  /** For the server's log. */
  comment(text: string): void {
    this.#comments.push(text);
  }

  /** Makes the transaction fail as `lock_lost` if the client does not hold the lock. */
  assertLock(lock: string): void {
    this.#locks.add(lock);
  }

  /** Makes the answer wait until the transaction is on disk. */
  requireDurable(): void {
    this.#durable = true;
  }

  /** A rehearsal: the server carries the operations out, and takes them back (`aborted`). */
  abort(): void {
    this.#abort = true;
  }

  /**
   * @throws OvsdbUnreferencedError if an inserted row would be gone at once, for no row refers to it; if the transaction
   *   takes the last reference to a row that it writes
   * @throws OvsdbValueError if a value is a row that another transaction inserts, or that was deleted again
   */
  plan(): DraftPlan<Tables> {
    checkReferences(this.#schema, this.#inserts, this.#changes, this.#references);
    const operations: unknown[] = [];
    const inserts = new Map<number, InsertedRow>();
    const waits = new Map<number, { readonly table: string; readonly uuid: Uuid | undefined }>();
    const wait = (change: Change, columns: readonly string[], conditions: readonly unknown[]): void => {
      waits.set(operations.length, { table: change.table, uuid: change.row._uuid });
      operations.push({
        op: 'wait',
        table: change.table,
        where: [['_uuid', '==', change.row._uuid], ...conditions],
        columns,
        until: '==',
        rows: [Object.fromEntries(columns.map(column => [column, change.row[column]]))],
        timeout: 0,
      });
    };
    const changes = [...this.#changes.values()];
    if (this.#inserts.size === 0 && !this.#abort && !changes.some(isWrite)) return { operations: [], inserts, waits };

    for (const lock of this.#locks) operations.push({ op: 'assert', lock });
    for (const change of changes) {
      const columns = [...new Set([...change.verified, ...change.guarded])].filter(column => column !== '_uuid');
      const kept = !change.deleted && isWrite(change);
      if (change.verified.size > 0 || change.guarded.size > 0 || kept) wait(change, columns, []);
      if (change.deleted) continue;
      for (const { column, before } of change.pairs)
        if (before.size > 0) wait(change, [], [[column, 'includes', before]]);
    }
    for (const { table, where } of this.#absent) {
      waits.set(operations.length, { table, uuid: undefined });
      operations.push({ op: 'wait', table, where, columns: [], until: '==', rows: [], timeout: 0 });
    }
    for (const { handle, row, uuid } of this.#inserts.values()) {
      inserts.set(operations.length, handle);
      operations.push({ op: 'insert', table: handle.table, row: Object.fromEntries(row), uuidName: handle.name, uuid });
    }
    for (const { handle, mutations } of this.#inserts.values()) {
      const where = [['_uuid', '==', handle]];
      if (mutations.length > 0) operations.push({ op: 'mutate', table: handle.table, where, mutations });
    }
    for (const change of changes) {
      const { table, row, written, mutations } = change;
      const where = [['_uuid', '==', row._uuid]];
      if (change.deleted) {
        operations.push({ op: 'delete', table, where });
        continue;
      }
      if (written.size > 0) operations.push({ op: 'update', table, where, row: Object.fromEntries(written) });
      if (mutations.length > 0) operations.push({ op: 'mutate', table, where, mutations });
      for (const { column, after } of change.pairs) if (after.size > 0) wait(change, [], [[column, 'includes', after]]);
    }
    for (const comment of this.#comments) operations.push({ op: 'comment', comment });
    if (this.#durable) operations.push({ op: 'commit', durable: true });
    if (this.#abort) operations.push({ op: 'abort' });
    // Tables and columns are chosen at run time here: the schema takes over from the types.
    return { operations: operations as Operation<Tables>[], inserts, waits };
  }

  /** The value as it was read. */
  #known(change: Change, name: string): Value {
    columnOf(this.#schema, change.table, name);
    if (!Object.hasOwn(change.row, name)) throw new OvsdbNotMonitoredError(`column ${change.table}.${name}`);
    return change.row[name];
  }

  #insertOf(row: object): Insert | undefined {
    if (!isNamedUuid(row)) return undefined;
    const insert = this.#inserts.get(row.name);
    if (insert?.handle !== row) throw new OvsdbValueError('the row is not inserted by this transaction');
    return insert;
  }

  #changeOf(table: string, row: Row): Change {
    const key = changeKey(table, row._uuid);
    const known = this.#changes.get(key);
    if (known?.deleted) throw new OvsdbValueError(`row ${row._uuid} of table ${table} is deleted in this transaction`);
    // Were it read twice, before and after a change, the verified values would be of two states.
    if (known && known.row !== row)
      throw new OvsdbValueError(`row ${row._uuid} of table ${table} was read again after it was first used`);
    if (known) return known;
    const change: Change = {
      table,
      row,
      verified: new Set(),
      guarded: new Set(),
      written: new Map(),
      pairs: [],
      mutations: [],
      deleted: false,
    };
    this.#changes.set(key, change);
    return change;
  }
}

function mutationsOf({ mutations }: Change, column: string): readonly WireMutation[] {
  return mutations.filter(([name]) => name === column);
}

/** What mutations make of a map (RFC 7047 section 5.1 <mutation>): an insert leaves a key that is there as it is. */
function mutatedMap(map: PairMap, mutations: readonly WireMutation[]): PairMap {
  const mutated = new Map(map);
  for (const [, mutator, value] of mutations) {
    if (mutator === 'delete') forget(mutated, value);
    else if (value instanceof Map) for (const [key, item] of value) if (!mutated.has(key)) mutated.set(key, item);
  }
  return mutated;
}

/** Takes keys, or pairs, out of a map, as the mutation `delete` would (RFC 7047 section 5.1 <mutation>). */
function forget(map: Map<WriteAtom, WriteAtom>, gone: AnyWriteValue): void {
  if (gone instanceof Map) {
    for (const [key, value] of gone) if (map.get(key) === value) map.delete(key);
  } else for (const key of Array.isArray(gone) ? gone : [gone]) map.delete(key);
}
