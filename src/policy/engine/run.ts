// One run of one instance: what its units ask is noted, what they put is kept until all have ended.

import { EngineError } from './errors.ts';
import type { Collision, FactStore } from './fact-store.ts';
import type { Instances } from './instances.ts';
import type { Place } from './places.ts';
import type { PlacedUnit, Station } from './station.ts';
import type { Table } from './table.ts';
import type { Facts, Output, Unit } from './unit.ts';

/** A row that a unit has put. */
export interface Emitted {
  readonly store: FactStore;
  readonly key: string;
  readonly row: unknown;
}

/** What a unit has thrown: it has put nothing then. */
export interface UnitFault {
  readonly unit: Unit;
  readonly error: unknown;
}

export interface RunResult {
  /** Each once. Places that nothing else needs are to be released. */
  readonly reads: readonly Place[];
  readonly emitted: readonly Emitted[];
  readonly faults: readonly UnitFault[];
  /** Where two of the units have put different rows of one key: the first of them is emitted. */
  readonly collisions: readonly Collision[];
}

const nothing: RunResult = { reads: [], emitted: [], faults: [], collisions: [] };

export function run(station: Station, place: Place, { places }: Instances): RunResult {
  const rows = station.home.rowsAt(place);
  // It is there no more, or no more of what it would have something to say.
  if (rows.length < station.least) return nothing;
  const key = places.keyOf(place);
  const notes = new Notes();
  for (const placed of station.units) {
    const { unit } = placed;
    if (rows.length < unit.least) continue;
    notes.begin(placed);
    try {
      unit.emit(rows, notes, notes, key);
    } catch (error) {
      // It is run again when what it has read so far changes.
      notes.fail(error ?? new Error(`${unit.name}(${key}) has failed`));
    }
  }
  return notes;
}

class Notes implements Facts, Output, RunResult {
  readonly reads: Place[] = [];
  readonly emitted: Emitted[] = [];
  readonly faults: UnitFault[] = [];
  readonly collisions: Collision[] = [];
  #placed: PlacedUnit | undefined;
  /** What was emitted before it. */
  #start = 0;
  #collisionsBefore = 0;
  /** Once there are many: until then what was asked for, or put, is looked through. */
  #asked: Set<Place> | undefined;
  #places: Map<FactStore, Map<string, number>> | undefined;

  begin(placed: PlacedUnit): void {
    this.#placed = placed;
    this.#start = this.emitted.length;
    this.#collisionsBefore = this.collisions.length;
  }

  fail(error: unknown): void {
    this.emitted.length = this.#start;
    this.collisions.length = this.#collisionsBefore;
    this.#places = undefined;
    this.faults.push({ unit: this.#unit.unit, error });
  }

  get<Row>(table: Table<Row, never>, key: string): Row | undefined {
    const store = this.#readable(table);
    const fact = store.at(key);
    this.#ask(fact);
    return store.row(fact) as Row | undefined;
  }

  by<Row, Index extends string>(table: Table<Row, Index>, index: Index, key: string): readonly Row[] {
    const found = this.#readable(table).index(index);
    if (!found) throw new EngineError('ENGINE_UNDECLARED', `table ${table.name} has no index ${index}`);
    const place = found.at(key);
    this.#ask(place);
    return found.rowsAt(place) as readonly Row[];
  }

  put<Row>(table: Table<Row, never>, row: Row): void {
    const { unit, writes } = this.#unit;
    const store = writes.get(table.name);
    if (!store) throw undeclared(unit, 'write', table.name);
    const key = table.key(row);
    const at = this.#find(store, key);
    if (at < 0) {
      if (this.#places) notePlace(this.#places, store, key, this.emitted.length);
      this.emitted.push({ store, key, row });
      return;
    }
    if (at >= this.#start)
      throw new EngineError('ENGINE_PUT_TWICE', `unit ${unit.name} puts two rows ${key} of table ${table.name}`);
    const first = this.emitted[at]?.row;
    if (!store.agree(first, row)) this.collisions.push({ table: table.name, key, rows: [first, row] });
  }

  #ask(place: Place): void {
    const { reads } = this;
    if (this.#asked ? this.#asked.has(place) : reads.includes(place)) return;
    reads.push(place);
    if (this.#asked) this.#asked.add(place);
    else if (reads.length > few) this.#asked = new Set(reads);
  }

  /** Where it was put; -1: it was not. */
  #find(store: FactStore, key: string): number {
    const { emitted } = this;
    if (emitted.length < few) return emitted.findIndex(one => one.key === key && one.store === store);
    if (!this.#places) {
      this.#places = new Map();
      for (const [i, one] of emitted.entries()) notePlace(this.#places, one.store, one.key, i);
    }
    return this.#places.get(store)?.get(key) ?? -1;
  }

  get #unit(): PlacedUnit {
    return this.#placed as PlacedUnit;
  }

  #readable({ name }: Table<never, never>): FactStore {
    const { unit, reads } = this.#unit;
    const store = reads.get(name);
    if (!store) throw undeclared(unit, 'read', name);
    return store;
  }
}

/** So many are looked through. */
const few = 24;

function notePlace(places: Map<FactStore, Map<string, number>>, store: FactStore, key: string, at: number): void {
  const known = places.get(store);
  if (known) known.set(key, at);
  else places.set(store, new Map([[key, at]]));
}

function undeclared(unit: Unit, verb: 'read' | 'write', table: string): EngineError {
  return new EngineError('ENGINE_UNDECLARED', `unit ${unit.name} does not say that it will ${verb} ${table}`);
}
