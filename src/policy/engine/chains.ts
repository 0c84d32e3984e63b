// Lists of numbers, of which there are very many: each link is a number itself.

import { Column, Numbers, none } from './column.ts';

/** The first link of a list; `none`: it is empty. */
export type Chain = number;

export class Chains {
  readonly #value = new Column();
  readonly #next = new Column();
  readonly #links = new Numbers(this.#next, this.#value);

  of(values: readonly number[]): Chain {
    let first = none;
    for (let i = values.length - 1; i >= 0; i--) {
      const link = this.#links.take();
      this.#value.set(link, values[i] as number);
      this.#next.set(link, first);
      first = link;
    }
    return first;
  }

  valuesOf(chain: Chain): number[] {
    const values: number[] = [];
    for (let link = chain; link !== none; link = this.#next.at(link)) values.push(this.#value.at(link));
    return values;
  }

  drop(chain: Chain): void {
    for (let link = chain; link !== none; ) {
      const next = this.#next.at(link);
      this.#links.takeBack(link);
      link = next;
    }
  }
}
