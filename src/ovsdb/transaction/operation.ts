// The operations of a transaction (RFC 7047 section 5.2), typed by the tables they touch, and their wire form.

import type { ColumnName, TableName, UntypedTables, WriteRow, WriteValue } from '../data/row.ts';
import { type Column, type DatabaseSchema, findColumn, findTable, type TableSchema } from '../data/schema.ts';
import { isId, type NamedUuid, namedUuid, type Uuid } from '../data/uuid.ts';
import { type AnyWriteValue, encodeKeys, encodeOperand, encodeValue, type WriteAtom } from '../data/value.ts';
import { OvsdbValueError } from '../errors.ts';
import type { Json, JsonArray, JsonObject } from '../json/json.ts';

export type Comparison = '==' | '!=' | 'includes' | 'excludes';
export type Ordering = '<' | '<=' | '>=' | '>';
export type Arithmetic = '+=' | '-=' | '*=' | '/=' | '%=';

/** RFC 7047 <condition>. A row is taken if all its conditions hold; no conditions take every row. */
export type Condition<Row> =
  | readonly ['_uuid', Comparison, Uuid | NamedUuid]
  | {
      readonly [C in ColumnName<Row>]-?:
        | readonly [C, Comparison, WriteValue<Row[C]>]
        | ([Extract<Row[C], number | bigint>] extends [never] ? never : readonly [C, Ordering, number | bigint]);
    }[ColumnName<Row>];

/** RFC 7047 <mutation>. A map also loses keys by name alone. */
export type Mutation<Row> = {
  readonly [C in ColumnName<Row>]-?: ColumnMutation<C, NonNullable<Row[C]>, undefined extends Row[C] ? true : false>;
}[ColumnName<Row>];

type ColumnMutation<C, T, Optional> = [T] extends [ReadonlyMap<infer K, infer V>]
  ?
      | readonly [C, 'insert' | 'delete', ReadonlyMap<WriteValue<K>, WriteValue<V>>]
      | readonly [C, 'delete', readonly WriteValue<K>[]]
  : [T] extends [readonly (infer E)[]]
    ? SetMutation<C, E> | ArithmeticMutation<C, E>
    : ArithmeticMutation<C, T> | (Optional extends true ? SetMutation<C, T> : never);

type SetMutation<C, E> = readonly [C, 'insert' | 'delete', readonly WriteValue<E>[]];
type ArithmeticMutation<C, T> = [Extract<T, number | bigint>] extends [never]
  ? never
  : readonly [C, Arithmetic, number | bigint];

export interface InsertOperation<T, Row> {
  readonly op: 'insert';
  readonly table: T;
  readonly row: WriteRow<Row>;
  /** What `namedUuid` in the same transaction refers to. */
  readonly uuidName?: string | undefined;
  /** The row's UUID, of the caller's choice; ovsdb-server(7) section 5.2.1, since 3.1. Left out: the server's choice. */
  readonly uuid?: Uuid | undefined;
}

export interface SelectOperation<T, Row> {
  readonly op: 'select';
  readonly table: T;
  readonly where: readonly Condition<Row>[];
  /** Every column of the server if left out; those the schema does not name, or gives another look, are dropped. */
  readonly columns?: readonly (ColumnName<Row> | '_uuid' | '_version')[] | undefined;
}

export interface UpdateOperation<T, Row> {
  readonly op: 'update';
  readonly table: T;
  readonly where: readonly Condition<Row>[];
  readonly row: WriteRow<Row>;
}

export interface MutateOperation<T, Row> {
  readonly op: 'mutate';
  readonly table: T;
  readonly where: readonly Condition<Row>[];
  readonly mutations: readonly Mutation<Row>[];
}

export interface DeleteOperation<T, Row> {
  readonly op: 'delete';
  readonly table: T;
  readonly where: readonly Condition<Row>[];
}

export interface WaitOperation<T, Row> {
  readonly op: 'wait';
  readonly table: T;
  readonly where: readonly Condition<Row>[];
  readonly columns: readonly ColumnName<Row>[];
  readonly until: '==' | '!=';
  readonly rows: readonly WriteRow<Row>[];
  /** ms; 0 tests once; left out waits as long as the server lets it. Keep it below the call's own timeout. */
  readonly timeout?: number | undefined;
}

export type TableOperation<T, Row> =
  | InsertOperation<T, Row>
  | SelectOperation<T, Row>
  | UpdateOperation<T, Row>
  | MutateOperation<T, Row>
  | DeleteOperation<T, Row>
  | WaitOperation<T, Row>;

/** Operations of no table. */
export type PlainOperation =
  | { readonly op: 'commit'; readonly durable: boolean }
  | { readonly op: 'abort' }
  | { readonly op: 'comment'; readonly comment: string }
  | { readonly op: 'assert'; readonly lock: string };

/** One operation of a transaction (RFC 7047 section 5.2), typed by the table it touches. */
export type Operation<Tables = UntypedTables> =
  | { readonly [T in TableName<Tables>]: TableOperation<T, Tables[T]> }[TableName<Tables>]
  | PlainOperation;

// The typed operations above give up their types at this one door; below, the schema says what a value must be.
type WireRow = Readonly<Record<string, AnyWriteValue>>;
type WireCondition = readonly [string, string, AnyWriteValue];
type WireOperation =
  | PlainOperation
  | { op: 'insert'; table: string; row: WireRow; uuidName?: string; uuid?: string }
  | { op: 'select'; table: string; where: readonly WireCondition[]; columns?: readonly string[] }
  | { op: 'update'; table: string; where: readonly WireCondition[]; row: WireRow }
  | { op: 'mutate'; table: string; where: readonly WireCondition[]; mutations: readonly WireCondition[] }
  | { op: 'delete'; table: string; where: readonly WireCondition[] }
  | {
      op: 'wait';
      table: string;
      where: readonly WireCondition[];
      columns: readonly string[];
      until: string;
      rows: readonly WireRow[];
      timeout?: number;
    };

/** @throws OvsdbValueError for a table or column the schema lacks, or a value its column cannot hold */
export function encodeOperation<Tables>(schema: DatabaseSchema, operation: Operation<Tables>): JsonObject {
  return encodeWire(schema, operation as WireOperation);
}

function encodeWire(schema: DatabaseSchema, operation: WireOperation): JsonObject {
  switch (operation.op) {
    case 'commit':
      return { op: 'commit', durable: operation.durable };
    case 'abort':
      return { op: 'abort' };
    case 'comment':
      return { op: 'comment', comment: operation.comment };
    case 'assert':
      return { op: 'assert', lock: checkLock(operation.lock) };
    case 'insert': {
      const { op, table, row, uuidName, uuid } = operation;
      return {
        op,
        table,
        row: encodeRow(schema, table, row),
        ...(uuidName === undefined ? {} : { 'uuid-name': namedUuid(uuidName).name }),
        ...(uuid === undefined ? {} : { uuid }),
      };
    }
    case 'select': {
      const { op, table, where, columns } = operation;
      return {
        op,
        table,
        where: encodeWhere(schema, table, where),
        ...(columns === undefined ? {} : { columns: [...columns] }),
      };
    }
    case 'update': {
      const { op, table, where, row } = operation;
      return { op, table, where: encodeWhere(schema, table, where), row: encodeRow(schema, table, row) };
    }
    case 'mutate': {
      const { op, table, where, mutations } = operation;
      return {
        op,
        table,
        where: encodeWhere(schema, table, where),
        mutations: mutations.map(mutation => encodeMutation(schema, table, mutation)),
      };
    }
    case 'delete':
      return { op: 'delete', table: operation.table, where: encodeWhere(schema, operation.table, operation.where) };
    case 'wait': {
      const { op, table, where, columns, until, rows, timeout } = operation;
      return {
        op,
        table,
        where: encodeWhere(schema, table, where),
        columns: [...columns],
        until,
        rows: rows.map(row => encodeRow(schema, table, row)),
        ...(timeout === undefined ? {} : { timeout }),
      };
    }
  }
}

function encodeRow(schema: DatabaseSchema, tableName: string, row: WireRow): JsonObject {
  const table = needTable(schema, tableName);
  return Object.fromEntries(
    Object.entries(row).map(([name, value]): [string, Json] => [
      name,
      encodeValue(needColumn(table, tableName, name), value, `${tableName}.${name}`),
    ]),
  );
}

/** @throws OvsdbValueError */
export function encodeConditions<Row>(
  schema: DatabaseSchema,
  tableName: string,
  conditions: readonly Condition<Row>[],
): JsonArray {
  return encodeWhere(schema, tableName, conditions as unknown as readonly WireCondition[]);
}

function encodeWhere(schema: DatabaseSchema, tableName: string, where: readonly WireCondition[]): JsonArray {
  const table = needTable(schema, tableName);
  return where.map(([name, comparison, value]) => [
    name,
    comparison,
    encodeValue(needColumn(table, tableName, name), value, `${tableName}.${name}`),
  ]);
}

function encodeMutation(
  schema: DatabaseSchema,
  tableName: string,
  [name, mutator, value]: readonly [string, string, AnyWriteValue],
): Json {
  const column = needColumn(needTable(schema, tableName), tableName, name);
  const where = `${tableName}.${name}`;
  if (mutator !== 'insert' && mutator !== 'delete') {
    if (typeof value !== 'number' && typeof value !== 'bigint')
      throw new OvsdbValueError(`"${mutator}" on ${where} takes a number`);
    return [name, mutator, encodeOperand(column, value, where)];
  }
  if (mutator === 'delete' && column.value && Array.isArray(value))
    return [name, mutator, encodeKeys(column, value as readonly WriteAtom[], where)];
  return [name, mutator, encodeValue(column, value, where)];
}

/** @throws OvsdbValueError if the server would not take it for the name of a lock (RFC 7047 section 4.1.8) */
export function checkLock(lock: string): string {
  if (!isId(lock)) throw new OvsdbValueError(`${JSON.stringify(lock)} cannot name a lock: letters, digits and _ can`);
  return lock;
}

function needTable(schema: DatabaseSchema, name: string): TableSchema {
  const table = findTable(schema, name);
  if (!table) throw new OvsdbValueError(`database ${schema.name} has no table ${name}`);
  return table;
}

function needColumn(table: TableSchema, tableName: string, name: string): Column {
  const column = findColumn(table, name);
  if (!column) throw new OvsdbValueError(`table ${tableName} has no column ${name}`);
  return column;
}
