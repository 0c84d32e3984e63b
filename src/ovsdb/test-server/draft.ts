// A transaction while it is made: operations one after the other on rows that nobody else sees (RFC 7047 section 5.2).

import { randomUUID } from 'node:crypto';
import { type Column, type DatabaseSchema, findColumn, findTable, shapeOf, type TableSchema } from '../data/schema.ts';
import { isUuid, type Uuid } from '../data/uuid.ts';
import { type Atom, decodeValue, defaultValue, sameValue, type Value } from '../data/value.ts';
import { isJsonArray, isJsonObject, type Json, type JsonArray, type JsonObject } from '../json/json.ts';
import { type Element, elementsOf, valueWith, whyForbidden } from './elements.ts';
import { checkWhole } from './integrity.ts';
import { Refusal } from './refusal.ts';
import { putRow, type Rows, rowJson, type Tables, type TestChange, type TestRow } from './test-row.ts';

export class Draft {
  readonly #schema: DatabaseSchema;
  readonly #hasLock: (lock: string) => boolean;
  readonly #named = new Map<string, Uuid>();
  readonly #before: ReadonlyMap<string, Rows>;
  readonly tables: Tables;

  constructor(schema: DatabaseSchema, tables: ReadonlyMap<string, Rows>, hasLock: (lock: string) => boolean) {
    this.#schema = schema;
    this.#before = tables;
    this.tables = new Map(tables);
    this.#hasLock = hasLock;
  }

  /** Names may be used before the insert that they are of. */
  nameRows(operations: JsonArray): void {
    for (const operation of operations) {
      if (!isJsonObject(operation) || operation.op !== 'insert') continue;
      const { uuid, 'uuid-name': name } = operation;
      const wanted = typeof uuid === 'string' && isUuid(uuid) ? uuid : (randomUUID() as string as Uuid);
      if (typeof name !== 'string') continue;
      if (this.#named.has(name)) throw new Refusal('duplicate uuid-name', `two rows are named "${name}"`);
      this.#named.set(name, wanted);
    }
  }

  execute(operation: Json): Json {
    if (!isJsonObject(operation)) throw new Refusal('syntax error', 'an operation is an object');
    switch (operation.op) {
      case 'insert':
        return this.#insert(operation);
      case 'select':
        return this.#select(operation);
      case 'update':
        return this.#update(operation);
      case 'mutate':
        return this.#each(operation, (table, row) => this.#mutated(table, row, operation.mutations));
      case 'delete':
        return this.#each(operation, () => undefined);
      case 'wait':
        return this.#wait(operation);
      case 'comment':
      case 'commit':
        return {};
      case 'abort':
        throw new Refusal('aborted', 'aborted by request');
      case 'assert':
        if (typeof operation.lock === 'string' && this.#hasLock(operation.lock)) return {};
        throw new Refusal('not owner', 'asserted lock not held');
      default:
        throw new Refusal('unknown operation', `no operation "${String(operation.op)}"`);
    }
  }

  #table(operation: JsonObject): readonly [name: string, schema: TableSchema] {
    const name = String(operation.table);
    const schema = findTable(this.#schema, name);
    if (!schema) throw new Refusal('syntax error', `no table "${name}"`);
    return [name, schema];
  }

  #decode(column: Column, json: Json | undefined): Value {
    const resolved = this.#resolve(json);
    const inner = isJsonArray(resolved) && resolved[0] === 'set' ? resolved[1] : undefined;
    const single = shapeOf(column) === 'scalar' && isJsonArray(inner) && inner.length === 1;
    return decodeValue(column, single ? inner[0] : resolved);
  }

  /** Named rows as their UUIDs. */
  #resolve(json: Json | undefined): Json | undefined {
    if (!isJsonArray(json)) return json;
    if (json[0] !== 'named-uuid') return json.map(one => this.#resolve(one) ?? null);
    const uuid = this.#named.get(String(json[1]));
    if (uuid === undefined) throw new Refusal('syntax error', `no row is named "${String(json[1])}"`);
    return ['uuid', uuid];
  }

  #column(schema: TableSchema, name: string): Column {
    const column = findColumn(schema, name);
    if (!column) throw new Refusal('unknown column', `no column "${name}"`);
    return column;
  }

  #assign(schema: TableSchema, row: Readonly<Record<string, Value>>, json: Json | undefined): Record<string, Value> {
    if (!isJsonObject(json)) throw new Refusal('syntax error', 'a row is an object');
    const values: Record<string, Value> = { ...row };
    for (const [name, value] of Object.entries(json)) {
      const column = this.#column(schema, name);
      values[name] = this.#decode(column, value);
      checkColumn(name, column, values[name]);
    }
    return values;
  }

  #insert(operation: JsonObject): Json {
    const [table, schema] = this.#table(operation);
    const { uuid: given, 'uuid-name': name } = operation;
    const named = typeof name === 'string' ? this.#named.get(name) : undefined;
    const uuid = named ?? (typeof given === 'string' && isUuid(given) ? given : (randomUUID() as string as Uuid));
    // A row that the same transaction has deleted keeps its UUID from others.
    if (this.tables.get(table)?.has(uuid) || this.#before.get(table)?.has(uuid))
      throw new Refusal('duplicate uuid', `a row ${uuid} is there`);
    const blank: Record<string, Value> = { _uuid: uuid, _version: randomUUID() as string as Uuid };
    for (const [column, type] of Object.entries(schema.columns)) blank[column] = defaultValue(type);
    putRow(this.tables, table, uuid, this.#assign(schema, blank, operation.row ?? {}) as TestRow);
    return { uuid: ['uuid', uuid] };
  }

  /** What is wrong with the row is wrong though no row be found. */
  #update(operation: JsonObject): Json {
    const [, schema] = this.#table(operation);
    const row = isJsonObject(operation.row) ? operation.row : {};
    for (const name of Object.keys(row)) {
      if (this.#column(schema, name).immutable)
        throw new Refusal('constraint violation', `Cannot update immutable column ${name}`);
    }
    const values = this.#assign(schema, {}, row);
    return this.#each(operation, (_schema, before) => ({ ...before, ...values }));
  }

  #mutated(schema: TableSchema, row: TestRow, mutations: Json | undefined): TestRow {
    const values: Record<string, Value> = { ...row };
    for (const mutation of isJsonArray(mutations) ? mutations : []) {
      const [name, mutator, operand] = isJsonArray(mutation) ? mutation : [];
      const column = this.#column(schema, String(name));
      if (column.immutable) throw new Refusal('constraint violation', `Cannot update immutable column ${String(name)}`);
      const elements = elementsOf(values[String(name)]);
      const after = this.#mutate(column, elements, String(mutator), operand);
      values[String(name)] = valueWith(column, after);
      const why = whyForbidden(column, after);
      if (why !== undefined) throw new Refusal('constraint violation', `column ${String(name)}: ${why}`);
    }
    return values as TestRow;
  }

  #mutate(column: Column, before: readonly Element[], mutator: string, json: Json | undefined): readonly Element[] {
    if (mutator !== 'insert' && mutator !== 'delete') {
      const operand = decodeValue({ key: column.key, min: 1, max: 1 }, json);
      return before.map(([atom]): Element => [calculate(mutator, atom, operand as Atom, column.key.kind === 'real')]);
    }
    const many: Column = { key: column.key, ...(column.value && { value: column.value }), min: 0 };
    const isKeys = column.value !== undefined && !(isJsonArray(json) && json[0] === 'map');
    const given = elementsOf(this.#decode(isKeys ? { key: column.key, min: 0 } : many, json));
    if (mutator === 'insert') return [...before, ...given.filter(([key]) => !before.some(([one]) => one === key))];
    const isGiven = ([key, value]: Element) =>
      given.some(([one, other]) => one === key && (other === undefined || other === value));
    return before.filter(element => !isGiven(element));
  }

  #matching(operation: JsonObject): readonly TestRow[] {
    const [table, schema] = this.#table(operation);
    const where = isJsonArray(operation.where) ? operation.where : [];
    const rows = [...(this.tables.get(table)?.values() ?? [])];
    return rows.filter(row => where.every(clause => this.#holds(schema, row, clause)));
  }

  #holds(schema: TableSchema, row: TestRow, clause: Json): boolean {
    if (typeof clause === 'boolean') return clause;
    const [name, test, json] = isJsonArray(clause) ? clause : [];
    const column = this.#column(schema, String(name));
    const many = test === 'includes' || test === 'excludes';
    const type: Column =
      many && shapeOf(column) !== 'scalar' ? { ...column, min: 0, max: Number.MAX_SAFE_INTEGER } : column;
    const value = this.#decode(type, json);
    const found = row[String(name)];
    const [elements, wanted] = [elementsOf(found), elementsOf(value)];
    const has = ([key, item]: Element) => elements.some(([one, other]) => one === key && other === item);
    switch (test) {
      case '==':
        return sameValue(found, value);
      case '!=':
        return !sameValue(found, value);
      case 'includes':
        return wanted.every(has);
      case 'excludes':
        return !wanted.some(has);
      default: {
        const [[a] = [], [b] = []] = [elements[0], wanted[0]];
        if (a === undefined || b === undefined) return false;
        return test === '<' ? a < b : test === '<=' ? a <= b : test === '>' ? a > b : a >= b;
      }
    }
  }

  #each(operation: JsonObject, change: (schema: TableSchema, row: TestRow) => TestRow | undefined): Json {
    const [table, schema] = this.#table(operation);
    const rows = this.#matching(operation);
    for (const row of rows) putRow(this.tables, table, row._uuid, change(schema, row));
    return { count: rows.length };
  }

  #select(operation: JsonObject): Json {
    const [, schema] = this.#table(operation);
    const columns = isJsonArray(operation.columns)
      ? operation.columns.map(String)
      : ['_uuid', '_version', ...Object.keys(schema.columns)];
    for (const name of columns) this.#column(schema, name);
    return { rows: this.#matching(operation).map(row => rowJson(schema, row, columns)) };
  }

  /** There is nothing to wait for in a test: what does not hold now has timed out. */
  #wait(operation: JsonObject): Json {
    const [, schema] = this.#table(operation);
    const columns = isJsonArray(operation.columns) ? operation.columns.map(String) : Object.keys(schema.columns);
    const wanted = (isJsonArray(operation.rows) ? operation.rows : []).map(row => {
      if (!isJsonObject(row)) throw new Refusal('syntax error', 'a row is an object');
      return Object.entries(row).map(([name, json]) => [name, this.#decode(this.#column(schema, name), json)] as const);
    });
    const found = this.#matching(operation);
    const isLike = (row: TestRow, values: readonly (readonly [string, Value])[]) =>
      values.every(([name, value]) => !columns.includes(name) || sameValue(row[name], value));
    const same =
      found.every(row => wanted.some(values => isLike(row, values))) &&
      wanted.every(values => found.some(row => isLike(row, values)));
    if (same !== (operation.until === '==')) throw new Refusal('timed out', '"wait" timed out');
    return {};
  }

  /** @throws Refusal when it would break what must be true of the whole */
  finish(): void {
    checkWhole(this.#schema, this.tables);
  }

  /** Which rows are other than before; those get a new version. */
  changes(): readonly TestChange[] {
    const changes: TestChange[] = [];
    for (const [table, { columns }] of Object.entries(this.#schema.tables)) {
      const [olds, news] = [
        this.#before.get(table) ?? new Map<Uuid, TestRow>(),
        this.tables.get(table) ?? new Map<Uuid, TestRow>(),
      ];
      for (const uuid of new Set([...olds.keys(), ...news.keys()])) {
        const old = olds.get(uuid);
        const row = news.get(uuid);
        if (old && row && Object.keys(columns).every(name => sameValue(old[name], row[name]))) continue;
        const versioned = row && ({ ...row, _version: randomUUID() as string as Uuid } as TestRow);
        if (versioned) putRow(this.tables, table, uuid, versioned);
        changes.push({ table, uuid, old, new: versioned });
      }
    }
    return changes;
  }
}

function checkColumn(name: string, column: Column, value: Value): void {
  const elements = elementsOf(value);
  const why = whyForbidden(column, elements);
  if (why === undefined) return;
  // A value with too many elements is no value of the column at all.
  const isTooMany = elements.length > (column.max ?? Number.POSITIVE_INFINITY);
  throw new Refusal(isTooMany ? 'syntax error' : 'constraint violation', `column ${name}: ${why}`);
}

/** As C does it: integers are divided without a rest. */
function calculate(mutator: string, a: Atom, b: Atom, real: boolean): Atom {
  const [x, y] = [Number(a), Number(b)];
  switch (mutator) {
    case '+=':
      return x + y;
    case '-=':
      return x - y;
    case '*=':
      return x * y;
    case '/=':
    case '%=':
      if (y === 0) throw new Refusal('domain error', 'division by zero');
      if (mutator === '%=') return x % y;
      return real ? x / y : Math.trunc(x / y);
    default:
      throw new Refusal('syntax error', `no mutator "${mutator}"`);
  }
}
