// A list of things that were given perhaps more than once. Most such lists are short, and are looked through; there are very many.

/** So many are looked through. */
const few = 16;

export class Distinct<T extends object> {
  /** In order of arrival. */
  readonly list: T[] = [];
  #known: Set<T> | undefined;

  add(one: T): void {
    if (this.#known ? this.#known.has(one) : this.list.includes(one)) return;
    this.list.push(one);
    if (this.#known) this.#known.add(one);
    else if (this.list.length > few) this.#known = new Set(this.list);
  }
}
