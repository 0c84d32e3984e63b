// A program: units over tables of facts. Changes of facts go in, what follows from them comes out; the work is in
// proportion to what depends on them. What it holds is a function of the facts alone, whatever the way there.
//
// Changes and attempts are made at once, or in steps: as long as these last, all who ask the program are told what it held before.

import { atOnce, type Steps } from '../../lib/steps.ts';
import { none } from './column.ts';
import { EngineError } from './errors.ts';
import { type Collision, type Fact, FactStore, type RowChange } from './fact-store.ts';
import { type Instance, Instances } from './instances.ts';
import { placeUnits } from './placement.ts';
import type { Place } from './places.ts';
import { type Emitted, type RunResult, run } from './run.ts';
import { sameValue } from './same-value.ts';
import { nameOf, type Station } from './station.ts';
import type { Table } from './table.ts';
import type { Unit } from './unit.ts';

/** Writes facts: what comes from outside. */
export interface FactWriter {
  put<Row>(table: Table<Row, never>, row: Row): void;
  delete(table: Table<never, never>, key: string): void;
}

export interface Delta {
  /** Of a watched table, in no order. To be asked for before the program changes again. @throws EngineError */
  changes<Row>(table: Table<Row, never>): readonly RowChange<Row>[];
  /** How many instances were run for it. */
  readonly runs: number;
  /** Those that stand then: of an attempt nothing else tells them. */
  readonly faults: readonly Fault[];
}

/** A unit that has thrown. It has put nothing. */
export interface Fault {
  readonly instance: string;
  /** The table of its unit, and the key there of what it was about. */
  readonly over: string;
  readonly key: string;
  readonly error: unknown;
}

export interface ProgramOptions {
  /** Tables that are written from outside. */
  readonly base: readonly Table[];
  readonly units: readonly Unit[];
  /** The tables whose changes a delta tells. */
  readonly watched: readonly Table[];
}

/** May yield where it can be interrupted, when it is a part of steps. */
export type Write = (facts: FactWriter) => Steps<void> | void;

type Said = () => RunResult;

/** How a change is made. */
interface Way {
  /** What ranks above is left to be run. */
  readonly maxRank: number;
  readonly wrote: (table: Table, key: string, before: unknown) => void;
  readonly run: (instance: Instance) => RunResult;
}

/** What was the matter with what an instance said. */
type Trouble = Pick<RunResult, 'faults' | 'collisions'>;

export class Program {
  readonly #stores = new Map<string, FactStore>();
  readonly #watched: readonly Table[];
  readonly #instances = new Instances();
  readonly #stations: readonly Station[];
  /** What is to be run, by level. */
  readonly #dirty: Instance[][] = [];
  readonly #troubles = new Map<Instance, Trouble>();
  readonly #whole: Way = { maxRank: Number.POSITIVE_INFINITY, wrote: () => {}, run: one => this.#runAnew(one) };
  #busy = false;
  /** While steps are under way: what was the matter with it before. */
  #held: Pick<Program, 'faults' | 'collisions'> | undefined;
  /** Counts changes. */
  #version = 0;
  #audited: IterableIterator<readonly [Station, Place]> | undefined;
  #rounds = 0;

  constructor({ base, units, watched }: ProgramOptions) {
    this.#watched = watched;
    for (const { over, reads, writes } of units) for (const table of [over, ...reads, ...writes]) this.#add(table);
    for (const table of [...base, ...watched]) this.#add(table);
    this.#stations = placeUnits(units, this.#storeOf);
    for (const station of this.#stations) this.#instances.addStation(station);
  }

  /** Those that have asked or put something. */
  get instanceCount(): number {
    return this.#stations.reduce((sum, { instanceCount }) => sum + instanceCount, 0);
  }

  get faults(): readonly Fault[] {
    return this.#held?.faults ?? this.#faultsNow();
  }

  #faultsNow(): readonly Fault[] {
    return [...this.#troubles].flatMap(([instance, { faults }]) => {
      const key = this.#instances.places.keyOf(this.#instances.placeOf(instance));
      const over = this.#instances.stationOf(instance).over.table.name;
      return faults.map(({ unit, error }) => ({ instance: `${unit.name}(${key})`, over, key, error }));
    });
  }

  get collisions(): readonly Collision[] {
    return this.#held?.collisions ?? this.#collisionsNow();
  }

  #collisionsNow(): readonly Collision[] {
    return [...this.#stores.values(), ...this.#troubles.values()].flatMap(({ collisions }) => [...collisions]);
  }

  get<Row>(table: Table<Row, never>, key: string): Row | undefined {
    return this.#store(table).seen(key) as Row | undefined;
  }

  by<Row, Index extends string>(table: Table<Row, Index>, index: Index, key: string): readonly Row[] {
    const store = this.#store(table);
    return (store.index(index)?.seenRows(key) ?? []) as readonly Row[];
  }

  /** In no order. */
  rows<Row>(table: Table<Row, never>): IterableIterator<Row> {
    return this.#store(table).seenRows() as IterableIterator<Row>;
  }

  size(table: Table<never, never>): number {
    return this.#store(table).seenSize;
  }

  /** Whether steps are under way: until they have ended nothing else may change. */
  get isUnderWay(): boolean {
    return this.#held !== undefined;
  }

  /** @throws EngineError */
  change(write: Write): Delta {
    this.#refuseBusy();
    return atOnce(this.#change(write, this.#whole));
  }

  /** The same, where nobody is to be told what it has changed, as when it is all. @throws EngineError */
  fill(write: Write): void {
    const stores = this.#watched.map(table => this.#store(table));
    for (const store of stores) store.watch(false);
    try {
      this.change(write);
    } finally {
      for (const store of stores) store.watch(true);
    }
  }

  /** @throws EngineError */
  changeInSteps(write: Write): Steps<Delta> {
    return this.#holding(this.#change(write, this.#whole));
  }

  /**
   * What would follow; the program is as it was afterwards. The way back runs no unit: whoever is asked says what it said.
   * @param until a table: what ranks above it is left out, and not run
   * @throws EngineError
   */
  attempt(write: Write, until?: Table<never, never>): Delta {
    this.#refuseBusy();
    return atOnce(this.#attempt(write, until));
  }

  /** @throws EngineError */
  attemptInSteps(write: Write, until?: Table<never, never>): Steps<Delta> {
    return this.#holding(this.#attempt(write, until));
  }

  *#attempt(write: Write, until: Table<never, never> | undefined): Steps<Delta> {
    const undone: { table: Table; key: string; before: unknown }[] = [];
    const said = new Map<string, Said>();
    const delta = yield* this.#change(write, {
      maxRank: until ? this.#store(until).rank : Number.POSITIVE_INFINITY,
      wrote: (table, key, before) => undone.push({ table, key, before }),
      run: instance => {
        said.set(this.#signOf(instance), this.#said(instance));
        return this.#runAnew(instance);
      },
    });
    for (const table of this.#watched) {
      delta.changes(table);
      yield;
    }
    const restore = function* (facts: FactWriter): Steps<void> {
      for (const { table, key, before } of undone.reverse()) {
        if (before === undefined) facts.delete(table, key);
        else facts.put(table, before);
        yield;
      }
    };
    const again = (instance: Instance) => (said.get(this.#signOf(instance)) ?? this.#said(instance))();
    yield* this.#change(restore, { ...this.#whole, run: again });
    return delta;
  }

  /** Nobody outside sees what is half done. They have to be taken to their end. */
  *#holding<T>(steps: Steps<T>): Steps<T> {
    this.#refuseBusy();
    const { faults, collisions } = this;
    for (const store of this.#stores.values()) store.hold();
    this.#held = { faults, collisions };
    try {
      return yield* steps;
    } finally {
      this.#held = undefined;
      for (const store of this.#stores.values()) store.letGo();
    }
  }

  #refuseBusy(): void {
    if (this.#busy) throw new EngineError('ENGINE_BUSY', 'a program is not changed by its own units');
    if (this.#held) throw new EngineError('ENGINE_BUSY', 'a change of the program is under way');
  }

  /**
   * Looks at some instances again, without changing anything: whether they still say what they said; at none while steps are
   * under way. Call it until it has been round; then, by induction over the ranks, the program is what a fresh one would be.
   * @param count how many, at most
   * @returns the names of those that would now say something else
   */
  audit(count: number): readonly string[] {
    if (this.isUnderWay) return [];
    const wrong: string[] = [];
    for (let left = count; left > 0; left--) {
      this.#audited ??= this.#places();
      const { value, done } = this.#audited.next();
      if (done) {
        this.#audited = undefined;
        this.#rounds++;
        break;
      }
      const [station, place] = value;
      const instance = this.#instances.find(station, place);
      const { reads, emitted, faults } = run(station, place, this.#instances);
      for (const read of reads) this.#instances.places.release(read);
      const isSilent = faults.length > 0 || (this.#troubles.get(instance)?.faults ?? []).length > 0;
      if (station.home.sizeAt(place) === 0 || !(isSilent || this.#saysTheSame(instance, emitted)))
        wrong.push(this.#nameOf(station, place));
    }
    return wrong;
  }

  /** How often audits have been round. */
  get auditRounds(): number {
    return this.#rounds;
  }

  /** Runs instances again. @param names as `audit` has told them; those whose row is no more are left out */
  rerun(names: Iterable<string>): Delta {
    const wanted = new Set(names);
    if (wanted.size > 0)
      for (const [station, place] of this.#places())
        if (wanted.has(this.#nameOf(station, place)))
          this.#invalidate(this.#instances.find(station, place) || this.#instances.make(station, place));
    return this.change(() => {});
  }

  #nameOf(station: Station, place: Place): string {
    return `${nameOf(station)}(${this.#instances.places.keyOf(place)})`;
  }

  /** Where instances are, or would be if they had something to say. */
  *#places(): IterableIterator<readonly [Station, Place]> {
    for (const station of this.#stations) {
      const { home } = station;
      for (const place of home.places())
        if (home.sizeAt(place) > 0 || this.#instances.find(station, place) !== none) yield [station, place];
    }
  }

  *#change(write: Write, { maxRank, wrote, run }: Way): Steps<Delta> {
    const note = (table: Table, key: string, row: unknown) => {
      const store = this.#store(table);
      if (store.rank > 0)
        throw new EngineError('ENGINE_NO_BASE_TABLE', `table ${table.name} is written by units, not from outside`);
      wrote(table, key, store.write(key, row));
    };
    this.#busy = true;
    try {
      const writing = write({
        put: (table, row) => note(table as unknown as Table, table.key(row), row),
        delete: (table, key) => note(table as unknown as Table, key, undefined),
      });
      if (writing) yield* writing;
    } finally {
      this.#busy = false;
    }
    const runs = yield* this.#run(maxRank, run);
    return { changes: this.#takeChanges(), runs, faults: this.#faultsNow() };
  }

  /** Lists are made of what is asked for: the first change is all there is, and who begins with that asks for none. */
  #takeChanges(): Delta['changes'] {
    const taken = new Map(this.#watched.map(table => [table.name, this.#store(table).takeChanges()]));
    const known = new Map<string, readonly RowChange[]>();
    const version = ++this.#version;
    return <Row>({ name }: Table<Row, never>) => {
      const list = taken.get(name);
      if (!list) throw new EngineError('ENGINE_UNDECLARED', `table ${name} is not watched`);
      if (!known.has(name) && version !== this.#version)
        throw new EngineError('ENGINE_STALE', `what has changed in ${name} is asked for after another change`);
      const changes = known.get(name) ?? list();
      known.set(name, changes);
      return changes as readonly RowChange<Row>[];
    };
  }

  /** Each dirty instance once: those of a level change only what higher levels read. */
  *#run(maxRank: number, run: Way['run']): Steps<number> {
    let runs = 0;
    for (let level = 0; level < Math.min(this.#dirty.length, maxRank); level++) {
      const instances = this.#dirty[level] ?? [];
      for (const instance of instances) {
        this.#say(instance, run(instance));
        yield;
      }
      runs += instances.length;
      instances.length = 0;
    }
    return runs;
  }

  #runAnew(instance: Instance): RunResult {
    return run(this.#instances.stationOf(instance), this.#instances.placeOf(instance), this.#instances);
  }

  #say(instance: Instance, { reads, emitted, faults, collisions }: RunResult): void {
    const instances = this.#instances;
    instances.setDirty(instance, false);
    instances.reads.set(instance, reads);
    this.#replace(instance, emitted);
    if (faults.length + collisions.length > 0) this.#troubles.set(instance, { faults, collisions });
    else this.#troubles.delete(instance);
    if (faults.length === 0) instances.dropIfSilent(instance);
  }

  /** Puts what is new or different, and takes what is emitted no more. */
  #replace(by: Instance, emitted: readonly Emitted[]): void {
    const instances = this.#instances;
    const left = new Map<Fact, FactStore>();
    for (const fact of instances.putsOf(by)) left.set(fact, instances.places.homeOf(fact) as FactStore);
    const now: Fact[] = [];
    // Most of what is made of a row has its key: the text is kept once.
    const own = instances.places.keyOf(instances.placeOf(by));
    for (const { store, key, row } of emitted) {
      const fact = store.at(key === own ? own : key);
      if (!left.delete(fact)) store.put(fact, row, by);
      else if (!sameValue(store.rowBy(fact, by), row)) store.change(fact, row, by);
      now.push(fact);
    }
    for (const [fact, store] of left) store.take(fact, by);
    instances.setPuts(by, now);
  }

  #saysTheSame(instance: Instance, emitted: readonly Emitted[]): boolean {
    const { places } = this.#instances;
    const facts = instance === none ? [] : this.#instances.putsOf(instance);
    if (facts.length !== emitted.length) return false;
    return facts.every((fact, i) => {
      const { store, key, row } = emitted[i] as Emitted;
      return places.homeOf(fact) === store && places.keyOf(fact) === key && sameValue(store.rowBy(fact, instance), row);
    });
  }

  /** What it has said last, to be said again: places that it read may have been let go of since. */
  #said(instance: Instance): Said {
    const { places, reads } = this.#instances;
    const asked = reads.of(instance).map(place => ({ home: places.homeOf(place), key: places.keyOf(place) }));
    const emitted = this.#instances.putsOf(instance).map(fact => {
      const store = places.homeOf(fact) as FactStore;
      return { store, key: places.keyOf(fact), row: store.rowBy(fact, instance) };
    });
    const { faults, collisions }: Trouble = this.#troubles.get(instance) ?? { faults: [], collisions: [] };
    return () => ({ reads: asked.map(({ home, key }) => home.at(key)), emitted, faults, collisions });
  }

  /** It may be let go of, and be made again with another number. */
  #signOf(instance: Instance): string {
    const { order } = this.#instances.stationOf(instance);
    return `${order} ${this.#instances.places.keyOf(this.#instances.placeOf(instance))}`;
  }

  readonly #invalidate = (instance: Instance): void => {
    if (this.#instances.isDirty(instance)) return;
    this.#instances.setDirty(instance, true);
    const { level } = this.#instances.stationOf(instance);
    while (this.#dirty.length <= level) this.#dirty.push([]);
    this.#dirty[level]?.push(instance);
  };

  #add(table: Table): void {
    const known = this.#stores.get(table.name);
    if (known && known.table !== table)
      throw new EngineError('ENGINE_NAME_TAKEN', `there are two tables ${table.name}`);
    const isWatched = this.#watched.some(({ name }) => name === table.name);
    if (!known) this.#stores.set(table.name, new FactStore(table, isWatched, this.#instances, this.#invalidate));
  }

  readonly #storeOf = (table: Table): FactStore => this.#store(table);

  #store({ name }: Pick<Table, 'name'>): FactStore {
    const store = this.#stores.get(name);
    if (!store) throw new EngineError('ENGINE_NO_BASE_TABLE', `the program knows no table ${name}`);
    return store;
  }
}
