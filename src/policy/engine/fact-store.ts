// The rows of one table, its indexes, and who is told what changes.

import { type Instance, inOrder, instancesAt, type PlacedUnit } from './instance.ts';
import { Cell, type Home, type Place, release } from './place.ts';
import { eachReader } from './readers.ts';
import type { Table } from './table.ts';
import { addTo, removeFrom, TableIndex } from './table-index.ts';

/** A key of a table, and the row that stands. */
export type Fact = Cell<FactStore>;

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
  readonly units: PlacedUnit[] = [];
  /** 0: written from outside; else above all that its writers read. */
  rank = 0;
  /** How many rows there are. */
  size = 0;
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

  constructor(table: Table, isWatched: boolean, invalidate: (instance: Instance) => void) {
    this.table = table;
    this.#indexes = new Map(Object.entries(table.indexes).map(([name, keysOf]) => [name, new TableIndex(keysOf)]));
    this.#indexList = [...this.#indexes.values()];
    this.#invalidate = invalidate;
    this.#before = isWatched ? new Map() : undefined;
  }

  get collisions(): Iterable<Collision> {
    return this.#collisions.values();
  }

  get(key: string): unknown {
    return this.#facts.get(key)?.row;
  }

  *rows(): IterableIterator<unknown> {
    for (const { row } of this.#facts.values()) if (row !== undefined) yield row;
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
    for (const { key, row } of this.#facts.values()) if (row !== undefined && !held.has(key)) yield row;
  }

  /** Undefined: there is no such index. */
  index(name: string): TableIndex | undefined {
    return this.#indexes.get(name);
  }

  /** Where instances of a unit over this table may be. */
  places(group: string | undefined): Iterable<Place> {
    return group === undefined ? this.#facts.values() : (this.#indexes.get(group)?.places() ?? []);
  }

  /** Made where it is not there yet: whoever asks for what is not there is told when it is. */
  at(key: string): Fact {
    const there = this.#facts.get(key);
    if (there) return there;
    const made = new Cell<FactStore>(this, key);
    this.#facts.set(key, made);
    return made;
  }

  forget(key: string): void {
    this.#facts.delete(key);
  }

  /** From outside. @returns the row before */
  write(key: string, row: unknown): unknown {
    const fact = this.at(key);
    const before = fact.row;
    this.#set(fact, row, undefined);
    return before;
  }

  /** One of possibly several of this key, by one that has put none there. */
  put(fact: Fact, row: unknown, by: Instance): void {
    if (fact.row === undefined) {
      this.#set(fact, row, by);
      return;
    }
    const rivals = this.#rivals.get(fact) ?? [{ row: fact.row, by: fact.by as Instance }];
    const at = placeAmong(rivals, by);
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
    const at = placeAmong(rivals, by);
    rivals[at] = { row, by };
    this.#replaced(fact, rivals, at);
  }

  /** What `by` put is there no more. */
  take(fact: Fact, by: Instance): void {
    const rivals = this.#rivals.get(fact);
    if (!rivals) {
      this.#set(fact, undefined, undefined);
      return;
    }
    const at = placeAmong(rivals, by);
    rivals.splice(at, 1);
    if (rivals.length === 1) this.#rivals.delete(fact);
    if (this.#collisions.has(fact)) this.#compare(fact, rivals);
    if (at === 0) this.#set(fact, rivals[0]?.row, rivals[0]?.by);
  }

  /** What `by` has put. */
  rowBy(fact: Fact, by: Instance): unknown {
    if (fact.by === by) return fact.row;
    const rivals = this.#rivals.get(fact) ?? [];
    const found = rivals[placeAmong(rivals, by)];
    return found?.by === by ? found.row : undefined;
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

  #agree(a: unknown, b: unknown): boolean {
    return this.table.rivals === 'first' || this.table.same(a, b);
  }

  /** One of the rivals is new, or another. Where all agreed, and it agrees with one of them, they still do: a thousand may put one row. */
  #replaced(fact: Fact, rivals: readonly Put[], at: number): void {
    const { row, by } = rivals[at] as Put;
    const other = rivals[at === 0 ? 1 : 0]?.row;
    if (this.#collisions.has(fact) || !this.#agree(other, row)) this.#compare(fact, rivals);
    if (at === 0) this.#set(fact, row, by);
  }

  #compare(fact: Fact, rivals: readonly Put[]): void {
    const rows = rivals.map(({ row }) => row);
    if (rows.every(row => this.#agree(rows[0], row))) this.#collisions.delete(fact);
    else this.#collisions.set(fact, { table: this.table.name, key: fact.key, rows });
  }

  #set(fact: Fact, after: unknown, by: Instance | undefined): void {
    const before = fact.row;
    if (this.#held) this.#keep(fact.key, before, after);
    fact.row = after;
    fact.by = by;
    if (before === undefined && after !== undefined) this.size++;
    if (before !== undefined && after === undefined) this.size--;
    const isSame = this.#isSame(before, after);
    if (!isSame) {
      if (this.#before && !this.#before.has(fact.key)) this.#before.set(fact.key, before);
      this.#tell(fact);
    }
    for (const index of this.#indexList) {
      const left = before === undefined ? none : index.keysOf(before);
      const now = after === undefined ? none : index.keysOf(after);
      for (const key of left) if (!now.includes(key)) removeFrom(index.at(key), fact);
      for (const key of now) addTo(index.at(key), fact);
      if (!isSame) {
        for (const key of left) this.#tell(index.at(key));
        for (const key of now) if (!left.includes(key)) this.#tell(index.at(key));
      }
      for (const key of left) release(index.at(key));
    }
    release(fact);
  }

  /** What is seen of it as long as it is held. */
  #keep(key: string, before: unknown, after: unknown): void {
    if (this.#held?.has(key) === false) this.#held.set(key, before);
    for (const index of this.#indexList)
      for (const row of [before, after]) if (row !== undefined) for (const of of index.keysOf(row)) index.keep(of);
  }

  #tell(place: Place): void {
    for (const instance of instancesAt(place)) this.#invalidate(instance);
    eachReader(place.readers, this.#invalidate);
  }
}

const none: readonly never[] = [];

/** Where what `by` put is, or belongs. */
function placeAmong(rivals: readonly Put[], by: Instance): number {
  let [low, high] = [0, rivals.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inOrder((rivals[middle] as Put).by, by) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
