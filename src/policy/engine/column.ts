// Numbers by number, in one piece of memory: what a program keeps of very many things. As objects these would take several
// times the room, and most of a start would go to the collector of garbage, which has to look at each.

export class Column {
  #numbers = new Int32Array(0);

  at(i: number): number {
    return this.#numbers[i] as number;
  }

  set(i: number, number: number): void {
    this.#numbers[i] = number;
  }

  grow(room: number): void {
    const grown = new Int32Array(room);
    grown.set(this.#numbers);
    this.#numbers = grown;
  }
}

/** None of them: the first number is 1. */
export const none = 0;

const leastRoom = 64;

/** Gives out numbers to the things that columns are about, and takes them back. What a column says of a new one is left to whoever asked for it. */
export class Numbers {
  readonly #columns: readonly Column[];
  /** In this one those that were taken back are strung together. */
  readonly #link: Column;
  #free = none;
  #next = 1;
  #room = 0;

  constructor(link: Column, ...others: readonly Column[]) {
    this.#link = link;
    this.#columns = [link, ...others];
  }

  take(): number {
    const free = this.#free;
    if (free !== none) {
      this.#free = this.#link.at(free);
      return free;
    }
    if (this.#next >= this.#room) {
      this.#room = Math.max(leastRoom, this.#room + (this.#room >> 1));
      for (const column of this.#columns) column.grow(this.#room);
    }
    return this.#next++;
  }

  takeBack(number: number): void {
    this.#link.set(number, this.#free);
    this.#free = number;
  }
}
