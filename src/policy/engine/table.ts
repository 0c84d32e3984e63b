// Fact tables: what a program is made from, what it derives, and what comes out of it. A row is a plain value that names
// others and never holds them; nobody changes it.

import { sameValue } from './same-value.ts';

// Declared as methods, so that a table of some rows passes for a table of any: what is put into it is checked where it is named.
export interface Table<Row = unknown, Index extends string = string> {
  readonly name: string;
  /** Unique in the table. */
  key(row: Row): string;
  /** Whether whoever has read `a` need not look at `b`. */
  same(a: Row, b: Row): boolean;
  readonly indexes: Readonly<Record<Index, IndexKeys<Row>>>;
  /** Whether different rows of one key are a mistake, or the first of them is simply the one that counts. */
  readonly rivals: 'collide' | 'first';
}

/** The keys under which a row is found in an index. Each change of a row costs all who asked for one of them. */
export type IndexKeys<Row> = { keysOf(row: Row): readonly string[] }['keysOf'];

/** The type of the rows follows from that of the parameter of `key`. */
export function table<Row, const Index extends string = never>(of: {
  readonly name: string;
  readonly key: (row: Row) => string;
  readonly same?: (a: NoInfer<Row>, b: NoInfer<Row>) => boolean;
  readonly indexes?: Readonly<Record<Index, IndexKeys<NoInfer<Row>>>>;
  readonly rivals?: 'collide' | 'first';
}): Table<Row, Index> {
  const { name, key, same = sameValue, indexes = {} as Record<Index, IndexKeys<Row>>, rivals = 'collide' } = of;
  return { name, key, same, indexes, rivals };
}
