// The types that turn a map of generated row interfaces into rows to read and rows to write.

import type { NamedUuid, Uuid } from './uuid.ts';
import type { Value } from './value.ts';

/** What a `Tables` type must be: table names to row types. Generated files export one. */
export type TableMap<Tables> = { readonly [T in keyof Tables]: object };

/** The tables of a `Tables` type. */
export type TableName<Tables> = keyof Tables & string;

/** The columns of a row type. */
export type ColumnName<Row> = keyof Row & string;

declare const refersTo: unique symbol;

/** A UUID that refers to a row of `Table`. The table is known to the compiler only: any Uuid will do in its place. */
export type RowRef<Table extends string> = Uuid & { readonly [refersTo]?: Table };

type Elements<T> = T extends ReadonlyMap<infer K, infer V> ? K | V : T extends readonly (infer E)[] ? E : T;
type TargetOf<T> = T extends Uuid ? (T extends { readonly [refersTo]?: infer Table } ? Table : never) : never;

/** What a column of type `T` refers to; any row, if the type does not tell. */
export type ReferredRow<Tables, T> = [string] extends [TableName<Tables>]
  ? StoredRow<Tables[TableName<Tables>]>
  : {
      readonly [N in TableName<Tables>]: N extends TargetOf<Elements<T>> ? StoredRow<Tables[N]> : never;
    }[TableName<Tables>];

/** A row as read. */
export type StoredRow<Row> = Row & { readonly _uuid: Uuid };

/** A column's value as written: wherever a UUID may stand, a row of the same transaction may, too. */
export type WriteValue<T> = T extends Uuid
  ? Uuid | NamedUuid
  : T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<WriteValue<K>, WriteValue<V>>
    : T extends readonly (infer E)[]
      ? readonly WriteValue<E>[]
      : T;

/** Some columns of a row to write. Undefined empties an optional column; a column left out is not touched. */
export type WriteRow<Row> = { readonly [C in keyof Row]?: WriteValue<Row[C]> };

/** Rows of a schema known only at run time. */
export type UntypedTables = Readonly<Record<string, Readonly<Record<string, Value>>>>;

/** One difference between two states of the replica. */
export type RowChange<Tables = UntypedTables> = {
  readonly [T in TableName<Tables>]: { readonly table: T; readonly uuid: Uuid } & (
    | { readonly kind: 'insert'; readonly old: undefined; readonly new: StoredRow<Tables[T]> }
    | { readonly kind: 'modify'; readonly old: StoredRow<Tables[T]>; readonly new: StoredRow<Tables[T]> }
    | { readonly kind: 'delete'; readonly old: StoredRow<Tables[T]>; readonly new: undefined }
  );
}[TableName<Tables>];
