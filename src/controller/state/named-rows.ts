// A map whose keys are in order, whatever the order in which they came: lists are read a page at a time.

import { compareTexts } from '../../policy/kinds/spelling.ts';

export class NamedRows<Row> implements ReadonlyMap<string, Row> {
  readonly #rows = new Map<string, Row>();
  /** In order of code units. */
  readonly #names: string[] = [];

  get size(): number {
    return this.#rows.size;
  }

  get(name: string): Row | undefined {
    return this.#rows.get(name);
  }

  has(name: string): boolean {
    return this.#rows.has(name);
  }

  set(name: string, row: Row): void {
    if (!this.#rows.has(name)) this.#names.splice(this.#placeOf(name), 0, name);
    this.#rows.set(name, row);
  }

  delete(name: string): void {
    if (this.#rows.delete(name)) this.#names.splice(this.#placeOf(name), 1);
  }

  /** Those that come after `name`, which need not be there; undefined: all. */
  *after(name: string | undefined): IterableIterator<[string, Row]> {
    let at = name === undefined ? 0 : this.#placeOf(name);
    if (this.#names[at] === name) at++;
    for (; at < this.#names.length; at++) {
      const next = this.#names[at] as string;
      yield [next, this.#rows.get(next) as Row];
    }
  }

  entries(): MapIterator<[string, Row]> {
    return this.after(undefined) as MapIterator<[string, Row]>;
  }

  keys(): MapIterator<string> {
    return this.#names.values() as MapIterator<string>;
  }

  values(): MapIterator<Row> {
    return this.#names.map(name => this.#rows.get(name) as Row).values() as MapIterator<Row>;
  }

  [Symbol.iterator](): MapIterator<[string, Row]> {
    return this.entries();
  }

  forEach(visit: (row: Row, name: string, map: ReadonlyMap<string, Row>) => void): void {
    for (const [name, row] of this) visit(row, name, this);
  }

  /** Where `name` is, or belongs. */
  #placeOf(name: string): number {
    let [low, high] = [0, this.#names.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareTexts(this.#names[middle] as string, name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
