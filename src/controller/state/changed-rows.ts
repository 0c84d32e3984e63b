// Rows by name as they are once some have changed. Who asks for one pays for that one; a copy is made for who wants all.

export class ChangedRows<Row> implements ReadonlyMap<string, Row> {
  readonly #before: ReadonlyMap<string, Row>;
  /** Undefined: it goes. */
  readonly #changes: ReadonlyMap<string, Row | undefined>;
  #copy: ReadonlyMap<string, Row> | undefined;

  constructor(before: ReadonlyMap<string, Row>, changes: ReadonlyMap<string, Row | undefined>) {
    this.#before = before;
    this.#changes = changes;
  }

  get size(): number {
    return this.#all().size;
  }

  get(name: string): Row | undefined {
    return this.#changes.has(name) ? this.#changes.get(name) : this.#before.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  entries(): MapIterator<[string, Row]> {
    return this.#all().entries();
  }

  keys(): MapIterator<string> {
    return this.#all().keys();
  }

  values(): MapIterator<Row> {
    return this.#all().values();
  }

  [Symbol.iterator](): MapIterator<[string, Row]> {
    return this.entries();
  }

  forEach(visit: (row: Row, name: string, map: ReadonlyMap<string, Row>) => void): void {
    for (const [name, row] of this) visit(row, name, this);
  }

  #all(): ReadonlyMap<string, Row> {
    if (this.#copy) return this.#copy;
    const copy = new Map(this.#before);
    for (const [name, row] of this.#changes)
      if (row === undefined) copy.delete(name);
      else copy.set(name, row);
    this.#copy = copy;
    return copy;
  }
}
