// Places: a key of a table, or of an index, what is there, what runs for it, and who has asked for it. A place is kept as long as
// there is any of these. It is a number, for places are most of a program.

import { Column, Numbers, none } from './column.ts';
import type { Station } from './station.ts';

export type Place = number;

/** Where places are found by their keys. */
export interface Home {
  /** What runs for its places. */
  readonly stations: Station[];
  /** Made where it is not there yet. */
  at(key: string): Place;
  /** Nobody needs it any more. */
  forget(place: Place): void;
  /** Those that are there, and may have something run for them. */
  places(): Iterable<Place>;
  rowsAt(place: Place): readonly unknown[];
  /** How many rows there are. */
  sizeAt(place: Place): number;
}

export class Places {
  readonly #homes: Home[] = [];
  readonly #home = new Column();
  /** The first of those who have asked for it: see `Reads`. */
  readonly readers = new Column();
  /** The first of the instances that are run for it. */
  readonly instances = new Column();
  /** Of a table's: which instance has put what is there. */
  readonly by = new Column();
  readonly #keys: string[] = [''];
  readonly #contents: unknown[] = [undefined];
  readonly #numbers = new Numbers(this.#home, this.readers, this.instances, this.by);

  /** @returns its number */
  addHome(home: Home): number {
    return this.#homes.push(home) - 1;
  }

  make(home: number, key: string): Place {
    const place = this.#numbers.take();
    this.#home.set(place, home);
    this.readers.set(place, none);
    this.instances.set(place, none);
    this.by.set(place, none);
    this.#keys[place] = key;
    this.#contents[place] = undefined;
    return place;
  }

  /** Only its home calls this. */
  drop(place: Place): void {
    this.#keys[place] = '';
    this.#contents[place] = undefined;
    this.#numbers.takeBack(place);
  }

  homeOf(place: Place): Home {
    return this.#homes[this.#home.at(place)] as Home;
  }

  keyOf(place: Place): string {
    return this.#keys[place] as string;
  }

  /** The row of a table's; of an index's what that keeps there. */
  contentOf(place: Place): unknown {
    return this.#contents[place];
  }

  setContent(place: Place, content: unknown): void {
    this.#contents[place] = content;
  }

  isAsked(place: Place): boolean {
    return this.readers.at(place) !== none || this.instances.at(place) !== none;
  }

  /** Whoever takes something away from a place asks whether it is still needed. */
  release(place: Place): void {
    if (!this.isAsked(place)) this.homeOf(place).forget(place);
  }
}

/** The same text in one piece: a text that was put together keeps its pieces, each of them an object, until somebody looks into it. */
export function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}
