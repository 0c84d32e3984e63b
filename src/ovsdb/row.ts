// The types that turn a map of generated row interfaces into rows to read and rows to write.

import type { NamedUuid, Uuid } from './uuid.ts';
import type { Value } from './value.ts';

/** What a `Tables` type must be: table names to row types. Generated files export one. */
export type TableMap<Tables> = { readonly [T in keyof Tables]: object };

export type TableName<Tables> = keyof Tables & string;

export type ColumnName<Row> = keyof Row & string;

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
