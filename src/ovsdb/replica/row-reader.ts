// Reads the rows of a first answer as they stand in the bytes: JSON.parse would build a tree of every row that is
// thrown away at once, and the first answer of a large database is where that takes long.

import { intern, internUuid } from '../data/intern.ts';
import { type BaseType, type ColumnType, shapeOf } from '../data/schema.ts';
import type { Atom, Value } from '../data/value.ts';
import { CompactJson } from './compact-json.ts';
import type { Row, RowDraft, TableLayout } from './table-layout.ts';

/** Undefined: cut, or not in the server's usual look, so that json-stream.ts must read it. */
type Read<T> = (text: CompactJson) => T | undefined;

interface ColumnReader {
  readonly name: string;
  /** What the column starts with in a row. */
  readonly prefix: string;
  readonly read: Read<Value>;
}

/** Reads rows of one table, in the notation of ovsdb-server(7), "Update2 Notification". */
export class RowReader {
  readonly #layout: TableLayout;
  /** In the order in which the server writes them, that of their names. */
  readonly #columns: readonly ColumnReader[];
  readonly #onRow: (row: Row) => void;

  constructor(layout: TableLayout, onRow: (row: Row) => void) {
    this.#layout = layout;
    this.#onRow = onRow;
    this.#columns = Array.from(layout.columns, ([name, column]) => ({
      name,
      prefix: `${JSON.stringify(name)}:`,
      read: valueReader(column),
    })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Reads the initial rows from `start` on, where the name of one begins, as far as they are whole and look as usual. Returns
   * where the last of them ends; `start` if there is none.
   */
  read(bytes: Buffer, start: number): number {
    const text = new CompactJson(bytes, start);
    let end = start;
    do {
      const row = this.#row(text);
      // A row is not known to be whole before something follows.
      if (!row || !(text.isAt(',') || text.isAt('}'))) break;
      this.#onRow(row);
      end = text.offset;
    } while (text.skip(','));
    return end;
  }

  #row(text: CompactJson): Row | undefined {
    const uuid = text.skip('"') ? text.uuid() : undefined;
    if (uuid === undefined || !text.skip('":{"initial":{')) return undefined;
    const row: RowDraft = { ...this.#layout.blank };
    row._uuid = uuid;
    if (text.skip('}}')) return row;
    for (const { name, prefix, read } of this.#columns) {
      // Columns at their default are left out.
      if (!text.skip(prefix)) continue;
      const value = read(text);
      if (value === undefined) return undefined;
      row[name] = value;
      if (!text.skip(',')) return text.skip('}}') ? row : undefined;
    }
    return undefined;
  }
}

function valueReader(type: ColumnType): Read<Value> {
  switch (shapeOf(type)) {
    case 'scalar':
    case 'optional':
      return atomReader(type.key);
    case 'set':
      return setReader(atomReader(type.key));
    case 'map':
      return mapReader(atomReader(type.key), atomReader(type.value ?? type.key));
  }
}

function atomReader(base: BaseType): Read<Atom> {
  switch (base.kind) {
    case 'integer':
      return text => text.integer();
    case 'boolean':
      return text => text.boolean();
    case 'string':
      return base.enum ? internedString : text => text.string();
    case 'uuid':
      return text => {
        const uuid = text.skip('["uuid",') ? text.string() : undefined;
        return uuid !== undefined && text.skip(']') ? internUuid(uuid) : undefined;
      };
    case 'real':
      return () => undefined;
  }
}

function internedString(text: CompactJson): string | undefined {
  const string = text.string();
  return string === undefined ? undefined : intern(string);
}

function setReader(readElement: Read<Atom>): Read<readonly Atom[]> {
  return text => {
    if (!text.skip('["set",[')) {
      const element = readElement(text);
      return element === undefined ? undefined : [element];
    }
    const elements: Atom[] = [];
    do {
      const element = readElement(text);
      if (element === undefined) return undefined;
      elements.push(element);
    } while (text.skip(','));
    // A copy has no room to grow: most sets are small, and live long.
    return text.skip(']]') ? elements.slice() : undefined;
  };
}

/** A key that was read, and how it is written at the start of a pair. */
interface KnownKey {
  readonly key: Atom;
  readonly prefix: string;
}

function mapReader(readKey: Read<Atom>, readValue: Read<Atom>): Read<ReadonlyMap<Atom, Atom>> {
  // From row to row the keys are mostly the same, in the same order.
  const known: KnownKey[] = [];
  const keyAt = (text: CompactJson, place: number): Atom | undefined => {
    const expected = known[place];
    if (expected && text.skip(expected.prefix)) return expected.key;
    const start = text.offset;
    const key = text.skip('[') ? readKey(text) : undefined;
    if (key === undefined || !text.skip(',')) return undefined;
    const entry = { key: typeof key === 'string' ? intern(key) : key, prefix: text.since(start) };
    known[place] = entry;
    return entry.key;
  };
  return text => {
    if (!text.skip('["map",[')) return undefined;
    const map = new Map<Atom, Atom>();
    do {
      const key = keyAt(text, map.size);
      const value = key === undefined ? undefined : readValue(text);
      if (key === undefined || value === undefined || !text.skip(']')) return undefined;
      map.set(key, value);
    } while (text.skip(','));
    return text.skip(']]') ? map : undefined;
  };
}
