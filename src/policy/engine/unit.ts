// Units: one pure function over the rows of one table, or over those that share a key of an index. What it asks of the
// facts is noted, an answer of "there is none" included, and it is run again when one of those answers changes.

import type { Table } from './table.ts';

/** How a unit looks at what it has declared to read. */
export interface Facts {
  get<Row>(table: Table<Row, never>, key: string): Row | undefined;
  /** In order of key. */
  by<Row, Index extends string>(table: Table<Row, Index>, index: Index, key: string): readonly Row[];
}

/** Where a unit puts rows of the tables that it has declared to write. */
export interface Output {
  /** Of two that put different rows of one key the first in order of units and keys stands, and both are a collision. */
  put<Row>(table: Table<Row, never>, row: Row): void;
}

export interface Unit {
  /** Unique in the program. */
  readonly name: string;
  readonly over: Table;
  /** The index whose keys it is run for; undefined: it is run for each row. */
  readonly group: string | undefined;
  /** It has nothing to say of fewer rows than these, and is not asked. */
  readonly least: number;
  readonly reads: readonly Table[];
  readonly writes: readonly Table[];
  /** Of `rows` there are `least` at least, and where there is no group, one. The same answers give the same rows. */
  emit(rows: readonly unknown[], facts: Facts, out: Output, key: string): void;
}

type Declared = Pick<Unit, 'name' | 'reads' | 'writes'>;

/** A unit that is run for each row of a table. */
export function unit<Row>(
  of: Declared & {
    readonly over: Table<Row, never>;
    readonly emit: (row: Row, facts: Facts, out: Output) => void;
  },
): Unit {
  const { over, emit, ...declared } = of;
  return {
    ...declared,
    over: over as unknown as Table,
    group: undefined,
    least: 1,
    emit: ([row], facts, out) => emit(row as Row, facts, out),
  };
}

/** A unit that is run for each key of an index, with all rows under it, in order of their keys; where it is about what rows do to each other, from two of them on. */
export function groupUnit<Row, Index extends string>(
  of: Declared & {
    readonly over: Table<Row, Index>;
    readonly group: Index;
    readonly least?: number;
    readonly emit: (rows: readonly Row[], facts: Facts, out: Output, key: string) => void;
  },
): Unit {
  const { over, emit, least = 1, ...declared } = of;
  return {
    ...declared,
    over: over as unknown as Table,
    least,
    emit: (rows, facts, out, key) => emit(rows as readonly Row[], facts, out, key),
  };
}
