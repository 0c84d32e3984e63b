// A key of a table, or of an index: what is there, what runs for it, and who has asked for it. It is kept as long as there
// is any of these, and there is one object for all of them: places are most of a program.

import type { Few } from './few.ts';
import type { Instance, PlacedUnit } from './instance.ts';
import type { Readers } from './readers.ts';

/** Where places are found by their keys. */
export interface Home {
  /** Those that are run for its places. */
  readonly units: readonly PlacedUnit[];
  /** Made where it is not there yet. */
  at(key: string): Place;
  forget(key: string): void;
}

export interface Place {
  readonly home: Home;
  readonly key: string;
  readers: Readers;
  /** Those that are run for what is here, one of a unit. */
  instances: Few<Instance>;
  readonly rows: readonly unknown[];
  /** How many rows there are. */
  readonly size: number;
}

/** A key of a table. */
export class Cell<Store extends Home = Home> implements Place {
  readonly home: Store;
  readonly key: string;
  /** Undefined: there is none. */
  row: unknown = undefined;
  /** Who put it; undefined: it came from outside. */
  by: Instance | undefined = undefined;
  readers: Readers = undefined;
  instances: Few<Instance> = undefined;

  constructor(home: Store, key: string) {
    this.home = home;
    this.key = flat(key);
  }

  get rows(): readonly unknown[] {
    return this.row === undefined ? [] : [this.row];
  }

  get size(): number {
    return this.row === undefined ? 0 : 1;
  }
}

/** Whoever takes something away from a place asks whether it is still needed. */
export function release(place: Place): void {
  if (place.size === 0 && place.readers === undefined && place.instances === undefined) place.home.forget(place.key);
}

/** The same text in one piece: a text that was put together keeps its pieces, each of them an object, until somebody looks into it. */
export function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}
