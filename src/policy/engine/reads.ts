// Who has asked for what: of each instance the places that it has asked for, of each place those who have asked for it.

import { Column, Numbers, none } from './column.ts';
import type { Instance } from './instances.ts';
import type { Place, Places } from './places.ts';

export class Reads {
  readonly #places: Places;
  /** By instance: the first of its own. */
  readonly #firstOf: Column;
  readonly #reader = new Column();
  readonly #place = new Column();
  readonly #nextOfReader = new Column();
  readonly #next = new Column();
  readonly #before = new Column();
  readonly #numbers = new Numbers(this.#nextOfReader, this.#reader, this.#place, this.#next, this.#before);

  constructor(places: Places, firstOf: Column) {
    this.#places = places;
    this.#firstOf = firstOf;
  }

  of(instance: Instance): Place[] {
    const places: Place[] = [];
    for (let read = this.#firstOf.at(instance); read !== none; read = this.#nextOfReader.at(read))
      places.push(this.#place.at(read));
    return places;
  }

  eachReader(place: Place, visit: (instance: Instance) => void): void {
    for (let read = this.#places.readers.at(place); read !== none; read = this.#next.at(read))
      visit(this.#reader.at(read));
  }

  /** @param places each once */
  set(instance: Instance, places: readonly Place[]): void {
    const before = this.#firstOf.at(instance);
    if (this.#are(before, places)) return;
    let first = none;
    for (let i = places.length - 1; i >= 0; i--) {
      const read = this.#add(instance, places[i] as Place);
      this.#nextOfReader.set(read, first);
      first = read;
    }
    this.#firstOf.set(instance, first);
    for (let read = before; read !== none; ) {
      const next = this.#nextOfReader.at(read);
      this.#drop(read);
      read = next;
    }
  }

  #are(first: number, places: readonly Place[]): boolean {
    let read = first;
    for (const place of places) {
      if (read === none || this.#place.at(read) !== place) return false;
      read = this.#nextOfReader.at(read);
    }
    return read === none;
  }

  #add(instance: Instance, place: Place): number {
    const { readers } = this.#places;
    const read = this.#numbers.take();
    const next = readers.at(place);
    this.#reader.set(read, instance);
    this.#place.set(read, place);
    this.#next.set(read, next);
    this.#before.set(read, none);
    if (next !== none) this.#before.set(next, read);
    readers.set(place, read);
    return read;
  }

  #drop(read: number): void {
    const [place, before, next] = [this.#place.at(read), this.#before.at(read), this.#next.at(read)];
    if (before === none) this.#places.readers.set(place, next);
    else this.#next.set(before, next);
    if (next !== none) this.#before.set(next, before);
    this.#numbers.takeBack(read);
    if (before === none && next === none) this.#places.release(place);
  }
}
