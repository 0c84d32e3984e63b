// One run of one instance: what its unit asks is noted, what it puts is kept until it has ended.

import { Distinct } from './distinct.ts';
import { EngineError } from './errors.ts';
import type { FactStore } from './fact-store.ts';
import type { Instance } from './instance.ts';
import type { Place } from './place.ts';
import type { Table } from './table.ts';
import type { Facts, Output, Unit } from './unit.ts';

/** A row that a unit has put. */
export interface Emitted {
  readonly store: FactStore;
  readonly key: string;
  readonly row: unknown;
}

export interface RunResult {
  /** Each once. Places that nothing else needs are to be released. */
  readonly reads: readonly Place[];
  readonly emitted: readonly Emitted[];
  /** What the unit has thrown: it has put nothing then. */
  readonly fault: unknown;
}

const nothing: RunResult = { reads: [], emitted: [], fault: undefined };

export function runInstance(instance: Instance): RunResult {
  const { placed, at } = instance;
  const { unit } = placed;
  const { rows } = at;
  // It is there no more, or no more of what it would have something to say.
  if (rows.length < unit.least) return nothing;
  const notes = new Notes(instance);
  try {
    unit.emit(rows, notes, notes, at.key);
    return { reads: notes.reads.list, emitted: notes.emitted, fault: undefined };
  } catch (error) {
    // It is run again when what it has read so far changes.
    const fault = error ?? new Error(`${instance.name} has failed`);
    return { reads: notes.reads.list, emitted: [], fault };
  }
}

class Notes implements Facts, Output {
  readonly reads = new Distinct<Place>();
  readonly emitted: Emitted[] = [];
  readonly #placed: Instance['placed'];
  /** Keys of a table, once there are many: until then what was put is looked through. */
  #keys: Map<FactStore, Set<string>> | undefined;

  constructor({ placed }: Instance) {
    this.#placed = placed;
  }

  get<Row>(table: Table<Row, never>, key: string): Row | undefined {
    const fact = this.#readable(table).at(key);
    this.reads.add(fact);
    return fact.row as Row | undefined;
  }

  by<Row, Index extends string>(table: Table<Row, Index>, index: Index, key: string): readonly Row[] {
    const found = this.#readable(table).index(index);
    if (!found) throw new EngineError('ENGINE_UNDECLARED', `table ${table.name} has no index ${index}`);
    const bucket = found.at(key);
    this.reads.add(bucket);
    return bucket.rows as readonly Row[];
  }

  put<Row>(table: Table<Row, never>, row: Row): void {
    const { unit, writes } = this.#placed;
    const store = writes.get(table.name);
    if (!store) throw undeclared(unit, 'write', table.name);
    const key = table.key(row);
    if (this.#has(store, key))
      throw new EngineError('ENGINE_PUT_TWICE', `unit ${unit.name} puts two rows ${key} of table ${table.name}`);
    this.emitted.push({ store, key, row });
    if (this.#keys) noteKey(this.#keys, store, key);
  }

  #has(store: FactStore, key: string): boolean {
    if (this.emitted.length < few) return this.emitted.some(one => one.key === key && one.store === store);
    this.#keys ??= this.emitted.reduce((keys, one) => noteKey(keys, one.store, one.key), new Map());
    return this.#keys.get(store)?.has(key) ?? false;
  }

  #readable({ name }: Table<never, never>): FactStore {
    const { unit, reads } = this.#placed;
    const store = reads.get(name);
    if (!store) throw undeclared(unit, 'read', name);
    return store;
  }
}

/** So many rows are looked through. */
const few = 16;

function noteKey(keys: Map<FactStore, Set<string>>, store: FactStore, key: string): Map<FactStore, Set<string>> {
  const known = keys.get(store);
  if (known) known.add(key);
  else keys.set(store, new Set([key]));
  return keys;
}

function undeclared(unit: Unit, verb: 'read' | 'write', table: string): EngineError {
  return new EngineError('ENGINE_UNDECLARED', `unit ${unit.name} does not say that it will ${verb} ${table}`);
}
