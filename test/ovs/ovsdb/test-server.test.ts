// The server for users' tests is held against a real one: random transactions have the same results in both, and leave the
// same rows; and a client follows it, loses it and comes back.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { OvsdbClient, OvsdbTestServer, parseSchema, type UntypedTables } from '../../../src/ovsdb/index.ts';
import { isJsonArray, isJsonObject, type Json, type JsonArray } from '../../../src/ovsdb/json/json.ts';
import { Dice } from '../../fixtures/dice.ts';
import { createPrivateServer } from './server.ts';

const schema = {
  name: 'T',
  version: '1.0.0',
  tables: {
    Parent: {
      isRoot: true,
      maxRows: 6,
      columns: {
        name: { type: 'string' },
        children: { type: { key: { type: 'uuid', refTable: 'Child' }, min: 0, max: 'unlimited' } },
        friend: { type: { key: { type: 'uuid', refTable: 'Parent', refType: 'weak' }, min: 0 } },
      },
      indexes: [['name']],
    },
    Child: {
      columns: {
        n: { type: { key: { type: 'integer', minInteger: -50, maxInteger: 50 } } },
        word: { type: { key: { type: 'string', enum: ['set', ['', 'a', 'b']] } } },
        maybe: { type: { key: 'string', min: 0 } },
        tags: { type: { key: 'string', min: 0, max: 3 } },
        sizes: { type: { key: 'string', value: 'integer', min: 0, max: 'unlimited' } },
        fixed: { type: 'integer', mutable: false },
      },
    },
  },
};

const id = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
const uuid = (n: number): Json => ['uuid', id(n)];
/** Other ones: a row that refers to its own UUID, of whatever table, ovsdb-server lets pass. */
const parentId = (n: number): string => `00000000-0000-4000-8000-00000000001${n}`;

/** An operation that may well be refused. */
function operation(dice: Dice): Json {
  const text = () => dice.pick(['a', 'b', 'c', 'd']);
  const set = (of: () => Json, most = 3): Json => [
    'set',
    [...new Set(Array.from({ length: dice.below(most + 1) }, of))],
  ];
  const sizes = (): Json => ['map', [...new Set([text(), text()])].map((key): Json => [key, dice.below(4)])];
  const child = (): Record<string, Json> => ({
    n: dice.below(60) - 5,
    ...(dice.below(2) && { word: dice.pick(['', 'a', 'b', 'z']) }),
    ...(dice.below(2) && { maybe: set(text, 1) }),
    ...(dice.below(2) && { tags: set(text, 4) }),
    ...(dice.below(2) && { sizes: sizes() }),
  });
  const children = (): Json => ['set', [...new Set([dice.below(8), dice.below(8)])].map(n => uuid(n))];
  const parent = (): Record<string, Json> => ({
    ...(dice.below(2) && { children: children() }),
    ...(dice.below(3) === 0 && { friend: ['uuid', parentId(dice.below(8))] }),
  });
  const where = (): JsonArray =>
    dice.pick<JsonArray>([
      [],
      [['_uuid', '==', uuid(dice.below(8))]],
      [['n', dice.pick(['<', '<=', '>', '>=', '==', '!=']), dice.below(30)]],
      [['tags', dice.pick(['includes', 'excludes', '==', '!=']), set(text)]],
      [['sizes', dice.pick(['includes', 'excludes', '==', '!=']), sizes()]],
      [['maybe', dice.pick(['includes', 'excludes', '==', '!=']), set(text, 1)]],
    ]);
  const mutations = (): JsonArray =>
    dice.pick<JsonArray>([
      [['n', dice.pick(['+=', '-=', '*=', '/=', '%=']), dice.below(4)]],
      [['tags', dice.pick(['insert', 'delete']), set(text)]],
      [['sizes', dice.pick(['insert', 'delete']), sizes()]],
      [['sizes', 'delete', set(text)]],
    ]);
  const ofParent: JsonArray = dice.below(2)
    ? [['_uuid', '==', ['uuid', parentId(dice.below(8))]]]
    : [['name', '==', text()]];
  switch (dice.below(12)) {
    case 0:
    case 1:
      return { op: 'insert', table: 'Child', uuid: id(dice.below(8)), row: { ...child(), fixed: dice.below(3) } };
    case 2:
    case 3:
      return { op: 'insert', table: 'Parent', uuid: parentId(dice.below(8)), row: { ...parent(), name: text() } };
    case 4:
      return { op: 'update', table: 'Child', where: where(), row: child() };
    case 5:
      return { op: 'update', table: 'Parent', where: ofParent, row: parent() };
    case 6:
      return { op: 'mutate', table: 'Child', where: where(), mutations: mutations() };
    case 7:
      return {
        op: 'mutate',
        table: 'Parent',
        where: ofParent,
        mutations: [['children', dice.pick(['insert', 'delete']), children()]],
      };
    case 8:
      return dice.below(2)
        ? { op: 'delete', table: 'Child', where: where() }
        : { op: 'delete', table: 'Parent', where: ofParent };
    case 9:
      return {
        op: 'wait',
        timeout: 0,
        table: 'Child',
        where: where(),
        columns: ['n'],
        until: dice.pick(['==', '!=']),
        rows: [{ n: dice.below(5) }],
      };
    case 10:
      return dice.pick<Json>([{ op: 'comment', comment: 'x' }, { op: 'abort' }, { op: 'assert', lock: 'l' }]);
    default:
      return { op: 'update', table: 'Child', where: [], row: { fixed: 1 } };
  }
}

/** Sets and maps in one notation and order, rows by UUID, errors without their words. */
function plain(json: Json): Json {
  if (isJsonArray(json)) {
    const [kind, items] = json;
    if ((kind === 'set' || kind === 'map') && isJsonArray(items)) {
      if (kind === 'set' && items.length === 1) return plain(items[0] as Json);
      return [kind, [...items].map(plain).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))];
    }
    return json.map(plain);
  }
  if (!isJsonObject(json)) return json;
  if (typeof json.error === 'string') return { error: json.error };
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const rows = key === 'rows' && isJsonArray(value) ? value.map(plain) : undefined;
      return [key, rows ? rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : plain(value as Json)];
    }),
  );
}

/** Where the whole breaks several rules, which of them is named is the server's affair. */
function whole(results: Json, operations: JsonArray): Json {
  if (!isJsonArray(results) || results.length === operations.length) return results;
  return [...results.slice(0, -1), 'refused as a whole'];
}

const all: JsonArray = Object.entries(schema.tables).map(
  ([table, { columns }]): Json => ({ op: 'select', table, where: [], columns: ['_uuid', ...Object.keys(columns)] }),
);

t.test('transactions have the same results as in ovsdb-server', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'pointsman-schema-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 't.ovsschema'), JSON.stringify(schema));
  const real = await createPrivateServer(join(directory, 't.ovsschema'));
  t.teardown(() => real.remove());
  await real.start();
  const client = new OvsdbClient<UntypedTables>({ remotes: [real.unix], schema: parseSchema(schema) });
  t.teardown(() => client.close());
  client.start();
  const ours = await OvsdbTestServer.start(schema);
  t.teardown(() => ours.close());

  const dice = new Dice(1963);
  const wrong: unknown[] = [];
  let committed = 0;
  for (let i = 0; i < 3000 && wrong.length < 3; i++) {
    const operations = Array.from({ length: 1 + dice.below(3) }, () => operation(dice));
    const theirs = whole(plain(await client.transactJson(operations)), operations);
    const results = whole(plain(ours.transact(operations)), operations);
    if (!/error|refused/.test(JSON.stringify(theirs))) committed++;
    const [a, b] = [plain(await client.transactJson(all)), plain(ours.transact(all))];
    if (JSON.stringify(theirs) !== JSON.stringify(results) || JSON.stringify(a) !== JSON.stringify(b))
      wrong.push(
        JSON.stringify({ i, operations, theirs, results, ...(JSON.stringify(a) !== JSON.stringify(b) && { a, b }) }),
      );
  }
  t.same(wrong, []);
  t.ok(committed > 300, `${committed} of them were committed`);
});

t.test('a client follows it, loses it, and comes back', async t => {
  const server = await OvsdbTestServer.start(schema);
  t.teardown(() => server.close());
  const open = () => {
    const client = new OvsdbClient<UntypedTables>({
      remotes: [server.endpoint],
      schema: parseSchema(schema),
      monitor: { Parent: true, Child: true },
      reconnect: { minBackoff: 10, maxBackoff: 20 },
    });
    t.teardown(() => client.close());
    client.start();
    return client;
  };
  const [one, two] = [open(), open()];
  await one.synced();
  await two.synced();
  const told = once(two, 'update');
  const { result } = await one.retry(tx => {
    const child = tx.insert('Child', { n: 7 });
    tx.insert('Parent', { name: 'p', children: [child] });
  });
  t.equal(result.kind, 'committed');
  t.equal(one.replica.count('Child'), 1, 'the update comes before the answer');
  await told;
  t.equal(two.replica.count('Child'), 1);
  t.equal((await one.retry(tx => tx.insert('Parent', { name: 'p' }))).result.kind, 'constraint_violation');

  t.equal(await one.lock('l'), true);
  t.equal(await two.lock('l'), false);
  const locked = once(two, 'locked');
  await one.unlock('l');
  t.same(await locked, ['l']);

  const gone = once(one, 'disconnected');
  server.drop();
  await gone;
  server.transact([{ op: 'delete', table: 'Parent', where: [] }]);
  await one.synced();
  t.equal(one.replica.count('Child'), 0, 'what nothing refers to is gone');
  t.same(server.rows('Child'), []);
  server.refused.add('lock');
  await t.rejects(one.lock('m'), { code: 'OVSDB_RPC_ERROR' });
});
