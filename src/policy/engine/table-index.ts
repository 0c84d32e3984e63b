// An index of a table: the rows that share a key. Of most keys there is one row, and nobody who asks: nothing is kept of those but
// where the row is.

import type { Instance, Instances } from './instances.ts';
import { flat, type Home, type Place } from './places.ts';
import type { Station } from './station.ts';
import type { IndexKeys } from './table.ts';

/** Where rows are, in order of their keys. */
type Facts = Place | Place[] | undefined;

export class TableIndex implements Home {
  readonly keysOf: IndexKeys<unknown>;
  readonly stations: Station[] = [];
  readonly #number: number;
  readonly #instances: Instances;
  readonly #invalidate: (instance: Instance) => void;
  /** A place of its own, whose content are the facts; or, as a negative number, the only one that is there. */
  readonly #entries = new Map<string, number>();
  /** While it is held: what was under keys under which something has changed. */
  #held: Map<string, readonly unknown[]> | undefined;

  constructor(keysOf: IndexKeys<unknown>, instances: Instances, invalidate: (instance: Instance) => void) {
    this.keysOf = keysOf;
    this.#instances = instances;
    this.#invalidate = invalidate;
    this.#number = instances.places.addHome(this);
  }

  at(key: string): Place {
    const there = this.#entries.get(key);
    if (there !== undefined && there > 0) return there;
    const { places } = this.#instances;
    const whole = flat(key);
    const made = places.make(this.#number, whole);
    if (there !== undefined) places.setContent(made, -there);
    this.#entries.set(whole, made);
    return made;
  }

  rows(key: string): readonly unknown[] {
    const there = this.#entries.get(key);
    if (there === undefined) return nothing;
    return there > 0 ? this.rowsAt(there) : [this.#instances.places.contentOf(-there)];
  }

  rowsAt(place: Place): readonly unknown[] {
    const { places } = this.#instances;
    const facts = places.contentOf(place) as Facts;
    if (facts === undefined) return nothing;
    return typeof facts === 'number' ? [places.contentOf(facts)] : facts.map(fact => places.contentOf(fact));
  }

  sizeAt(place: Place): number {
    const facts = this.#instances.places.contentOf(place) as Facts;
    return facts === undefined ? 0 : typeof facts === 'number' ? 1 : facts.length;
  }

  /** See `FactStore.hold`. */
  hold(): void {
    this.#held = new Map();
  }

  letGo(): void {
    this.#held = undefined;
  }

  /** Something is about to change under the key. */
  keep(key: string): void {
    if (this.#held?.has(key) === false) this.#held.set(key, this.rows(key));
  }

  seenRows(key: string): readonly unknown[] {
    return this.#held?.get(key) ?? this.rows(key);
  }

  *places(): Iterable<Place> {
    for (const entry of this.#entries.values()) if (entry > 0) yield entry;
  }

  forget(place: Place): void {
    const { places } = this.#instances;
    const facts = places.contentOf(place) as Facts;
    // What is run for a row alone has something to say of it, or may have some day.
    if (Array.isArray(facts) || (facts !== undefined && this.#isRunForOne)) return;
    const key = places.keyOf(place);
    if (facts === undefined) this.#entries.delete(key);
    else this.#entries.set(key, -facts);
    places.drop(place);
  }

  /** A row is another, or says the same in other words. */
  replace(fact: Place, before: unknown, after: unknown, isSame: boolean): void {
    const left = before === undefined ? nothing : this.keysOf(before);
    const now = after === undefined ? nothing : this.keysOf(after);
    for (const key of left) if (!now.includes(key)) this.#remove(key, fact);
    for (const key of now) this.#add(key, fact);
    if (!isSame) {
      for (const key of left) this.#tell(key);
      for (const key of now) if (!left.includes(key)) this.#tell(key);
    }
    for (const key of left) {
      const there = this.#entries.get(key);
      if (there !== undefined && there > 0) this.#instances.places.release(there);
    }
  }

  get #isRunForOne(): boolean {
    return this.stations.some(({ least }) => least < 2);
  }

  #add(key: string, fact: Place): void {
    const { places } = this.#instances;
    const there = this.#entries.get(key);
    if (there === -fact) return;
    if (there === undefined && !this.#isRunForOne) {
      this.#entries.set(flat(key), -fact);
      return;
    }
    const place = this.at(key);
    const facts = places.contentOf(place) as Facts;
    if (facts === undefined) places.setContent(place, fact);
    else if (typeof facts === 'number') {
      if (facts === fact) return;
      const isFirst = places.keyOf(facts) < places.keyOf(fact);
      places.setContent(place, isFirst ? [facts, fact] : [fact, facts]);
    } else {
      const at = this.#placeAmong(facts, fact);
      if (facts[at] !== fact) facts.splice(at, 0, fact);
    }
  }

  #remove(key: string, fact: Place): void {
    const { places } = this.#instances;
    const there = this.#entries.get(key);
    if (there === undefined) return;
    if (there < 0) {
      if (there === -fact) this.#entries.delete(key);
      return;
    }
    const facts = places.contentOf(there) as Facts;
    if (facts === fact) places.setContent(there, undefined);
    if (!Array.isArray(facts)) return;
    const at = this.#placeAmong(facts, fact);
    if (facts[at] === fact) facts.splice(at, 1);
    if (facts.length < 2) places.setContent(there, facts[0]);
  }

  #tell(key: string): void {
    const there = this.#entries.get(key);
    if (there === undefined || there < 0) return;
    this.#instances.eachAt(there, this.#invalidate);
    this.#instances.reads.eachReader(there, this.#invalidate);
  }

  /** Where it is, or belongs. */
  #placeAmong(facts: readonly Place[], fact: Place): number {
    const { places } = this.#instances;
    const key = places.keyOf(fact);
    let [low, high] = [0, facts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places.keyOf(facts[middle] as Place) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const nothing: readonly never[] = [];
