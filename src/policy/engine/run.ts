// One run of one instance: what its unit asks is noted, what it puts is kept until it has ended.

import { EngineError } from './errors.ts';
import type { FactStore } from './fact-store.ts';
import type { Emission, Instance } from './instance.ts';
import type { Readers } from './readers.ts';
import type { Table } from './table.ts';
import type { Facts, Output, Unit } from './unit.ts';

export interface RunResult {
  /** As an instance has them. */
  readonly reads: Instance['reads'];
  readonly emissions: readonly Emission[];
  /** What the unit has thrown: it has put nothing then. */
  readonly fault: unknown;
}

/** @param rows of the instance; none: it is there no more */
export function runInstance(
  instance: Instance,
  rows: readonly unknown[],
  storeOf: (table: Table) => FactStore,
): RunResult {
  const { placed, key } = instance;
  const notes = new Notes(instance, storeOf);
  if (rows.length === 0) return { reads: [], emissions: [], fault: undefined };
  try {
    placed.unit.emit(rows, notes, notes, key);
    return { reads: trimmed(notes.reads), emissions: trimmed(notes.emissions), fault: undefined };
  } catch (fault) {
    // It is run again when what it has read so far changes.
    return {
      reads: trimmed(notes.reads),
      emissions: [],
      fault: fault ?? new Error(`${placed.unit.name}(${key}) has failed`),
    };
  }
}

/** A list that has grown has room for more; this one is kept. */
function trimmed<T>(list: readonly T[]): readonly T[] {
  return list.slice();
}

class Notes implements Facts, Output {
  readonly reads: (Readers | string)[] = [];
  readonly emissions: Emission[] = [];
  readonly #by: Instance;
  readonly #unit: Unit;
  readonly #storeOf: (table: Table) => FactStore;
  readonly #put = new Map<FactStore, Set<string>>();

  constructor(by: Instance, storeOf: (table: Table) => FactStore) {
    this.#by = by;
    this.#unit = by.placed.unit;
    this.#storeOf = storeOf;
  }

  get<Row>(table: Table<Row, never>, key: string): Row | undefined {
    const store = this.#declared(table, this.#unit.reads, 'read');
    this.#note(store.readers, key);
    return store.get(key) as Row | undefined;
  }

  by<Row, Index extends string>(table: Table<Row, Index>, index: Index, key: string): readonly Row[] {
    const store = this.#declared(table, this.#unit.reads, 'read');
    const found = store.index(index);
    if (!found) throw new EngineError('ENGINE_UNDECLARED', `table ${table.name} has no index ${index}`);
    this.#note(found.readers, key);
    return store.by(found, key) as readonly Row[];
  }

  put<Row>(table: Table<Row, never>, row: Row): void {
    const store = this.#declared(table, this.#unit.writes, 'write');
    const key = table.key(row);
    const keys = this.#put.get(store) ?? new Set();
    this.#put.set(store, keys);
    if (keys.has(key))
      throw new EngineError('ENGINE_PUT_TWICE', `unit ${this.#unit.name} puts two rows ${key} of table ${table.name}`);
    keys.add(key);
    this.emissions.push({ store, key, row, by: this.#by });
  }

  /** What was asked twice is noted once. */
  #note(readers: Readers, key: string): void {
    const { reads } = this;
    for (let i = 0; i < reads.length; i += 2) if (reads[i] === readers && reads[i + 1] === key) return;
    reads.push(readers, key);
  }

  #declared(table: Table<never, never>, declared: readonly Table[], verb: 'read' | 'write'): FactStore {
    if (!declared.some(({ name }) => name === table.name))
      throw new EngineError(
        'ENGINE_UNDECLARED',
        `unit ${this.#unit.name} does not say that it will ${verb} ${table.name}`,
      );
    return this.#storeOf(table as unknown as Table);
  }
}
