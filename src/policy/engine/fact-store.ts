// The rows of one table, its indexes, and who is told what changes.

import { none } from './column.ts';
import type { Instance, Instances } from './instances.ts';
import { flat, type Home, type Place } from './places.ts';
import type { Station } from './station.ts';
import type { Table } from './table.ts';
import { TableIndex } from './table-index.ts';

/** The place of a key of a table; its content is the row that stands. */
export type Fact = Place;

/** A row that was put, and by whom. */
interface Put {
  readonly row: unknown;
  readonly by: Instance;
}

/** What a row was before, and is now; undefined: not there. */
export interface RowChange<Row = unknown> {
  readonly key: string;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/** Different rows of one key. */
export interface Collision {
  readonly table: string;
  readonly key: string;
  /** In order: the first stands. */
  readonly rows: readonly unknown[];
}

export class FactStore implements Home {
  readonly table: Table;
  /** Those that are run for each row. */
  readonly stations: Station[] = [];
  /** 0: written from outside; else above all that its writers read. */
  rank = 0;
  /** How many rows there are. */
  size = 0;
  readonly #number: number;
  readonly #instances: Instances;
  readonly #facts = new Map<string, Fact>();
  readonly #indexes: ReadonlyMap<string, TableIndex>;
  readonly #indexList: readonly TableIndex[];
  /** All that were put for a key, in order, where that is more than one. */
  readonly #rivals = new Map<Fact, Put[]>();
  readonly #collisions = new Map<Fact, Collision>();
  readonly #invalidate: (instance: Instance) => void;
  /** While it is held: what rows that have changed were. */
  #held: Map<string, unknown> | undefined;
  #heldSize = 0;
  /** What rows that changed were when it was last asked, where somebody is to be told. */
  #before: Map<string, unknown> | undefined;

  constructor(table: Table, isWatched: boolean, instances: Instances, invalidate: (instance: Instance) => void) {
    this.table = table;
    this.#instances = instances;
    this.#number = instances.places.addHome(this);
    this.#indexes = new Map(
      Object.entries(table.indexes).map(([name, keysOf]) => [name, new TableIndex(keysOf, instances, invalidate)]),
    );
    this.#indexList = [...this.#indexes.values()];
    this.#invalidate = invalidate;
    this.#before = isWatched ? new Map() : undefined;
  }

  get collisions(): Iterable<Collision> {
    return this.#collisions.values();
  }

  get(key: string): unknown {
    const fact = this.#facts.get(key);
    return fact === undefined ? undefined : this.row(fact);
  }

  row(fact: Fact): unknown {
    return this.#instances.places.contentOf(fact);
  }

  keyOf(fact: Fact): string {
    return this.#instances.places.keyOf(fact);
  }

  *rows(): IterableIterator<unknown> {
    for (const fact of this.#facts.values()) {
      const row = this.row(fact);
      if (row !== undefined) yield row;
    }
  }

  /** From now on `seen…` tell what there is now, whatever becomes of it, until it is let go. */
  hold(): void {
    this.#held = new Map();
    this.#heldSize = this.size;
    for (const index of this.#indexList) index.hold();
  }

  letGo(): void {
    this.#held = undefined;
    for (const index of this.#indexList) index.letGo();
  }

  seen(key: string): unknown {
    return this.#held?.has(key) ? this.#held.get(key) : this.get(key);
  }

  get seenSize(): number {
    return this.#held ? this.#heldSize : this.size;
  }

  *seenRows(): IterableIterator<unknown> {
    const held = this.#held;
    if (!held) return yield* this.rows();
    for (const row of held.values()) if (row !== undefined) yield row;
    for (const [key, fact] of this.#facts) {
      const row = this.row(fact);
      if (row !== undefined && !held.has(key)) yield row;
    }
  }

  /** Undefined: there is no such index. */
  index(name: string): TableIndex | undefined {
    return this.#indexes.get(name);
  }

  places(): Iterable<Fact> {
    return this.#facts.values();
  }

  rowsAt(fact: Fact): readonly unknown[] {
    const row = this.row(fact);
    return row === undefined ? [] : [row];
  }

  sizeAt(fact: Fact): number {
    return this.row(fact) === undefined ? 0 : 1;
  }

  /** Made where it is not there yet: whoever asks for what is not there is told when it is. */
  at(key: string): Fact {
    const there = this.#facts.get(key);
    if (there !== undefined) return there;
    const whole = flat(key);
    const made = this.#instances.places.make(this.#number, whole);
    this.#facts.set(whole, made);
    return made;
  }

  forget(fact: Fact): void {
    const { places } = this.#instances;
    if (this.row(fact) !== undefined) return;
    this.#facts.delete(places.keyOf(fact));
    places.drop(fact);
  }

  /** From outside. @returns the row before */
  write(key: string, row: unknown): unknown {
    const fact = this.at(key);
    const before = this.row(fact);
    this.#set(fact, row, none);
    return before;
  }

  /** One of possibly several of this key, by one that has put none there. */
  put(fact: Fact, row: unknown, by: Instance): void {
    const there = this.row(fact);
    if (there === undefined) {
      this.#set(fact, row, by);
      return;
    }
    const rivals = this.#rivals.get(fact) ?? [{ row: there, by: this.#by(fact) }];
    const at = this.#placeAmong(rivals, by);
    rivals.splice(at, 0, { row, by });
    this.#rivals.set(fact, rivals);
    this.#replaced(fact, rivals, at);
  }

  /** Instead of what `by` has put. */
  change(fact: Fact, row: unknown, by: Instance): void {
    const rivals = this.#rivals.get(fact);
    if (!rivals) {
      this.#set(fact, row, by);
      return;
    }
    const at = this.#placeAmong(rivals, by);
    rivals[at] = { row, by };
    this.#replaced(fact, rivals, at);
  }

  /** What `by` put is there no more. */
  take(fact: Fact, by: Instance): void {
    const rivals = this.#rivals.get(fact);
    if (!rivals) {
      this.#set(fact, undefined, none);
      return;
    }
    const at = this.#placeAmong(rivals, by);
    rivals.splice(at, 1);
    if (rivals.length === 1) this.#rivals.delete(fact);
    if (this.#collisions.has(fact)) this.#compare(fact, rivals);
    if (at === 0) this.#set(fact, rivals[0]?.row, rivals[0]?.by ?? none);
  }

  /** What `by` has put. */
  rowBy(fact: Fact, by: Instance): unknown {
    if (this.#by(fact) === by) return this.row(fact);
    const rivals = this.#rivals.get(fact) ?? [];
    const found = rivals[this.#placeAmong(rivals, by)];
    return found?.by === by ? found.row : undefined;
  }

  /** From now on, or no more, it is noted what changes. */
  watch(isWatched: boolean): void {
    this.#before = isWatched ? new Map() : undefined;
  }

  /** What has become different since the last call, and not back again; to be asked for before anything changes. */
  takeChanges(): () => RowChange[] {
    const taken = this.#before;
    if (!taken || taken.size === 0) return () => [];
    this.#before = new Map();
    return () => {
      const changes: RowChange[] = [];
      for (const [key, before] of taken) {
        const after = this.get(key);
        if (!this.#isSame(before, after)) changes.push({ key, before, after });
      }
      return changes;
    };
  }

  /** Undefined: there is no row. */
  #isSame(before: unknown, after: unknown): boolean {
    return before === undefined || after === undefined ? before === after : this.table.same(before, after);
  }

  /** Whether rows of one key may stand beside each other. */
  agree(a: unknown, b: unknown): boolean {
    return this.table.rivals === 'first' || this.table.same(a, b);
  }

  /** One of the rivals is new, or another. Where all agreed, and it agrees with one of them, they still do: a thousand may put one row. */
  #replaced(fact: Fact, rivals: readonly Put[], at: number): void {
    const { row, by } = rivals[at] as Put;
    const other = rivals[at === 0 ? 1 : 0]?.row;
    if (this.#collisions.has(fact) || !this.agree(other, row)) this.#compare(fact, rivals);
    if (at === 0) this.#set(fact, row, by);
  }

  #compare(fact: Fact, rivals: readonly Put[]): void {
    const rows = rivals.map(({ row }) => row);
    if (rows.every(row => this.agree(rows[0], row))) this.#collisions.delete(fact);
    else this.#collisions.set(fact, { table: this.table.name, key: this.keyOf(fact), rows });
  }

  #by(fact: Fact): Instance {
    return this.#instances.places.by.at(fact);
  }

  #set(fact: Fact, after: unknown, by: Instance): void {
    const { places } = this.#instances;
    const before = this.row(fact);
    if (this.#held) this.#keep(this.keyOf(fact), before, after);
    places.setContent(fact, after);
    places.by.set(fact, by);
    if (before === undefined && after !== undefined) this.size++;
    if (before !== undefined && after === undefined) this.size--;
    const isSame = this.#isSame(before, after);
    if (!isSame) {
      if (this.#before) this.#note(this.keyOf(fact), before);
      this.#instances.eachAt(fact, this.#invalidate);
      this.#instances.reads.eachReader(fact, this.#invalidate);
    }
    for (const index of this.#indexList) index.replace(fact, before, after, isSame);
    if (after === undefined) places.release(fact);
  }

  #note(key: string, before: unknown): void {
    if (this.#before?.has(key) === false) this.#before.set(key, before);
  }

  /** What is seen of it as long as it is held. */
  #keep(key: string, before: unknown, after: unknown): void {
    if (this.#held?.has(key) === false) this.#held.set(key, before);
    for (const index of this.#indexList)
      for (const row of [before, after]) if (row !== undefined) for (const of of index.keysOf(row)) index.keep(of);
  }

  /** Where what `by` put is, or belongs. */
  #placeAmong(rivals: readonly Put[], by: Instance): number {
    let [low, high] = [0, rivals.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#instances.inOrder((rivals[middle] as Put).by, by) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
