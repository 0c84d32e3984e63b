// Random histories of a database, told to the replica as ovsdb-server would tell them, in all notations; beside it a
// model that is nothing but the rows.

import fc from 'fast-check';
import t from 'tap';
import type { RowChange, UntypedTables } from '../../../src/ovsdb/data/row.ts';
import { parseSchema } from '../../../src/ovsdb/data/schema.ts';
import { parseUuid, type Uuid } from '../../../src/ovsdb/data/uuid.ts';
import type { Json } from '../../../src/ovsdb/json/json.ts';
import { planMonitor } from '../../../src/ovsdb/monitor/monitor.ts';
import { ReplicaStore } from '../../../src/ovsdb/replica/replica.ts';
import type { UpdateNotation } from '../../../src/ovsdb/replica/table-layout.ts';
import { makeLayouts } from '../../../src/ovsdb/replica/table-layout.ts';
import { runInSlices } from '../../../src/ovsdb/slices.ts';

const unlimited = { min: 0, max: 'unlimited' };
const schema = parseSchema({
  name: 'D',
  version: '1.0.0',
  tables: {
    A: {
      columns: {
        n: { type: 'integer' },
        s: { type: 'string' },
        o: { type: { key: 'string', min: 0, max: 1 } },
        set: { type: { key: 'integer', ...unlimited } },
        map: { type: { key: 'string', value: 'integer', ...unlimited } },
        one: { type: { key: 'string', value: 'integer', min: 0, max: 1 } },
        bs: { type: { key: { type: 'uuid', refTable: 'B' }, ...unlimited } },
        peers: { type: { key: 'string', value: { type: 'uuid', refTable: 'A', refType: 'weak' }, ...unlimited } },
      },
    },
    B: { columns: { name: { type: 'string' }, a: { type: { key: { type: 'uuid', refTable: 'A' }, min: 0 } } } },
  },
});
const columns = planMonitor<UntypedTables>(schema, schema, { A: true, B: true }).columns;
const indexes = { A: [['n'], ['o'], ['set'], ['s', 'n'], ['map']], B: [['name', 'a']] } as const;
const ordered = { A: [['n'], ['o', 's'], ['s', 'n', 'o']], B: [['a', 'name']] } as const;

function id(n: number): Uuid {
  return parseUuid(`00000000-0000-4000-8000-00000000000${n}`);
}

/** The model's values: sets are sorted arrays, maps sorted pairs, an empty optional is undefined. */
type ModelRow = Readonly<Record<string, unknown>>;
type State = ReadonlyMap<string, ModelRow>;

const ids = fc.integer({ min: 0, max: 5 }).map(id);
const small = fc.integer({ min: -1, max: 2 });
const text = fc.constantFrom('', 'a', 'b', 'constructor');
const sorted = <T extends string | number>(values: readonly T[]): readonly T[] =>
  [...values].sort((a, b) => (a < b ? -1 : 1));
const set = <T extends string | number>(of: fc.Arbitrary<T>) => fc.uniqueArray(of, { maxLength: 4 }).map(sorted);
const map = <T>(of: fc.Arbitrary<T>, maxKeys = 3) => fc.dictionary(text, of, { maxKeys }).map(sortPairs);

function sortPairs(object: object): readonly (readonly [string, unknown])[] {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
}

const rowOf: Readonly<Record<string, fc.Arbitrary<ModelRow>>> = {
  A: fc.record({
    n: fc.oneof(small, fc.constant(2n ** 60n)),
    s: text,
    o: fc.option(text, { nil: undefined }),
    set: set(small),
    map: map(small),
    one: map(small, 1),
    bs: set(ids),
    peers: map(ids),
  }),
  B: fc.record({ name: text, a: fc.option(ids, { nil: undefined }) }),
};

/** By `table uuid`. */
const states: fc.Arbitrary<State> = fc
  .uniqueArray(fc.tuple(fc.constantFrom('A', 'B'), ids), { selector: key => key.join(' '), maxLength: 10 })
  .chain(keys =>
    fc
      .tuple(...keys.map(([table]) => rowOf[table] as fc.Arbitrary<ModelRow>))
      .map(rows => new Map(keys.map((key, i) => [key.join(' '), rows[i] as ModelRow]))),
  );

/** Rows of one state, with some columns of another: small changes find other bugs than large ones. */
function blend(from: State, to: State, keep: (n: number) => boolean): State {
  let n = 0;
  return new Map(
    Array.from(to, ([key, row]) => {
      const old = from.get(key);
      const merged = Object.entries(row).map(([name, value]) => [name, old && keep(n++) ? old[name] : value]);
      return [key, Object.fromEntries(merged)];
    }),
  );
}

function atom(table: string, name: string, value: unknown): Json {
  const type = schema.tables[table]?.columns[name];
  return type?.key.kind === 'uuid' ? ['uuid', String(value)] : (value as Json);
}

function wire(table: string, name: string, value: unknown): Json {
  const type = schema.tables[table]?.columns[name];
  if (type?.value) {
    const pairs = value as readonly (readonly [string, Json])[];
    return ['map', pairs.map(([key, item]) => [key, type.value?.kind === 'uuid' ? ['uuid', item] : item])];
  }
  if (Array.isArray(value)) return ['set', value.map(element => atom(table, name, element))];
  return value === undefined ? ['set', []] : atom(table, name, value);
}

function isDefault(table: string, name: string, value: unknown): boolean {
  if (schema.tables[table]?.columns[name]?.min === 1) return value === 0 || value === '';
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item)) ?? 'undefined';

/** What update2 says of a changed column. */
function difference(table: string, name: string, before: unknown, after: unknown): unknown {
  const type = schema.tables[table]?.columns[name];
  if (type?.max === 1 || !Array.isArray(before) || !Array.isArray(after)) return after;
  if (!type?.value)
    return [...before.filter(item => !after.includes(item)), ...after.filter(item => !before.includes(item))];
  const [old, now] = [new Map<string, unknown>(before), new Map<string, unknown>(after)];
  return [
    ...before.filter(([key]) => !now.has(key)),
    ...after.filter(([key, value]) => !old.has(key) || old.get(key) !== value),
  ];
}

function fullRow(table: string, row: ModelRow): Json {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, wire(table, name, value)]));
}

function tell(
  notation: UpdateNotation,
  table: string,
  before: ModelRow | undefined,
  after: ModelRow | undefined,
): Json {
  if (notation === 'full')
    return {
      ...(before ? { old: fullRow(table, before) } : {}),
      ...(after ? { new: fullRow(table, after) } : {}),
    };
  if (!after) return { delete: null };
  const entries = Object.entries(after).filter(([name, value]) =>
    before ? keyOf(before[name]) !== keyOf(value) : !isDefault(table, name, value),
  );
  return {
    [before ? 'modify' : 'insert']: Object.fromEntries(
      entries.map(([name, value]) => [
        name,
        wire(table, name, before ? difference(table, name, before[name], value) : value),
      ]),
    ),
  };
}

function updates(notation: UpdateNotation, before: State, after: State): Json {
  const tables: Record<string, Record<string, Json>> = {};
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    if (keyOf(before.get(key)) === keyOf(after.get(key))) continue;
    const [table = '', uuid = ''] = key.split(' ');
    tables[table] ??= {};
    Object.assign(tables[table], { [uuid]: tell(notation, table, before.get(key), after.get(key)) });
  }
  return tables;
}

function modelled(row: Readonly<Record<string, unknown>>): ModelRow {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => name !== '_uuid')
      .map(([name, value]) => [name, value instanceof Map ? sortPairs(Object.fromEntries(value)) : value]),
  );
}

function contents(replica: ReplicaStore<UntypedTables>): Record<string, unknown> {
  const all = ['A', 'B'].flatMap(table =>
    Array.from(replica.rows(table), row => [`${table} ${row._uuid}`, modelled(row)] as const),
  );
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function expected(state: State): Record<string, unknown> {
  return Object.fromEntries([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Compares by text: columns may be in another order, nothing else. */
function textOf(rows: Record<string, unknown>): string {
  return Object.entries(rows)
    .map(([key, row]) => `${key} ${keyOf(sortPairs(row as object))}`)
    .join('\n');
}

function referrersIn(state: State, table: string, uuid: Uuid): readonly string[] {
  return [...state]
    .flatMap(([key, row]) =>
      Object.entries(row).flatMap(([name, value]) => {
        const type = schema.tables[key.split(' ')[0] ?? '']?.columns[name];
        if (type?.key.refTable !== table && type?.value?.refTable !== table) return [];
        const found = Array.isArray(value) ? value.flat().includes(uuid) : value === uuid;
        return found ? [`${key} ${name}`] : [];
      }),
    )
    .sort();
}

function check(replica: ReplicaStore<UntypedTables>, state: State): void {
  const sameText = (found: string, wanted: string, what: string): void => {
    if (found !== wanted) throw new Error(`${what}: found ${found}, expected ${wanted}`);
  };
  sameText(textOf(contents(replica)), textOf(expected(state)), 'rows');
  for (const [table, sets] of Object.entries(indexes)) {
    for (const row of [...replica.rows(table)]) {
      for (const names of sets) {
        const values = Object.fromEntries(names.map(name => [name, row[name]]));
        const wanted = [...replica.rows(table)].filter(
          other => keyOf(modelled(pick(other, names))) === keyOf(modelled(values)),
        );
        sameText(uuids(replica.lookup(table, values)), uuids(wanted), `lookup of ${table} by ${names}`);
      }
    }
    for (let n = 0; n < 6; n++) {
      const found = replica.referrers(table, id(n)).map(({ table, column, row }) => `${table} ${row._uuid} ${column}`);
      sameText(found.sort().join(), referrersIn(state, table, id(n)).join(), `referrers of ${table} ${n}`);
    }
  }
  for (const [table, lists] of Object.entries(ordered)) for (const names of lists) checkOrder(replica, table, names);
  if (replica.lookup('A', { n: 99 }).length > 0) throw new Error('found what is not there');
}

/** What is not there comes first; of atoms of one kind, the language knows which is less. */
function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
}

function checkOrder(replica: ReplicaStore<UntypedTables>, table: string, names: readonly string[]): void {
  const order = (a: ModelRow, b: ModelRow): number => names.map(name => compare(a[name], b[name])).find(Boolean) ?? 0;
  const all = [...replica.rows(table)].sort((a, b) => order(a, b) || compare(a._uuid, b._uuid));
  const text = (rows: readonly { readonly _uuid: Uuid }[]) => rows.map(({ _uuid }) => _uuid).join();
  const same = (found: string, wanted: string) => {
    if (found !== wanted) throw new Error(`${table} by ${names}: found ${found}, expected ${wanted}`);
  };
  same(text(replica.range(table, [...names])), text(all));
  const [first = ''] = names;
  for (const row of all) {
    const value = { [first]: row[first] };
    const isFrom = all.filter(other => compare(other[first], row[first]) >= 0);
    const isTo = all.filter(other => compare(other[first], row[first]) <= 0);
    same(text(replica.range(table, [...names], { from: value })), text(isFrom));
    same(text(replica.range(table, [...names], { to: value })), text(isTo));
    const whole = Object.fromEntries(names.map(name => [name, row[name]]));
    const alike = all.filter(other => order(other, row) === 0);
    same(text(replica.range(table, [...names], { from: whole, to: whole })), text(alike));
  }
}

function pick(row: Readonly<Record<string, unknown>>, names: readonly string[]): ModelRow {
  return Object.fromEntries(names.map(name => [name, row[name]]));
}

function uuids(rows: readonly { readonly _uuid: Uuid }[]): string {
  return rows
    .map(row => row._uuid)
    .sort()
    .join();
}

/** The changes must lead from one state to the other, with old and new as they were and are. */
function replay(state: State, changes: readonly RowChange[]): State {
  const result = new Map(state);
  for (const change of changes) {
    const key = `${change.table} ${change.uuid}`;
    const old = change.old && modelled(change.old);
    if (keyOf(old && sortPairs(old)) !== keyOf(state.get(key) && sortPairs(state.get(key) as object)))
      throw new Error(`old of ${key} is not what was there`);
    if (change.new) result.set(key, modelled(change.new));
    else result.delete(key);
  }
  return result;
}

const step = fc.record({
  state: states,
  notation: fc.constantFrom<UpdateNotation>('full', 'diff'),
  resync: fc.integer({ min: 0, max: 5 }).map(n => n === 0),
  keep: fc.func(fc.boolean()),
});

for (const inPlace of [2_000, 0]) {
  t.test(`any history ends in the model's rows (${inPlace} changes in place)`, async t => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), steps => {
        const replica = new ReplicaStore<UntypedTables>(['A', 'B'], indexes, ordered, inPlace);
        let state: State = new Map();
        runInSlices(replica.replace(makeLayouts(columns), { notation: 'diff', updates: {} }));
        for (const { state: next, notation, resync, keep } of steps) {
          const before = state;
          state = blend(before, next, n => keep(n));
          const work = resync
            ? replica.replace(makeLayouts(columns), { notation, updates: updates(notation, new Map(), state) })
            : replica.apply({ notation, updates: updates(notation, before, state) });
          const changes = runInSlices(work);
          if (changes instanceof Promise) throw new Error('so few rows take one slice');
          check(replica, state);
          if (textOf(expected(replay(before, changes))) !== textOf(expected(state)))
            throw new Error('the changes do not lead there');
          if (changes.some(({ old, new: row }) => old && row && keyOf(modelled(old)) === keyOf(modelled(row))))
            throw new Error('a change without a difference');
        }
      }),
      { numRuns: 300 },
    );
    t.pass();
  });
}
