// How the replica follows a real ovsdb-server: in each of the three notations, under changing conditions, and after
// reconnects.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  type MonitorConditions,
  OvsdbClient,
  type OvsdbClientOptions,
  parseSchema,
  type RowChange,
  type RowRef,
  type TransactResult,
  type Uuid,
} from '../../../src/ovsdb/index.ts';
import { type ServerProxy, startProxy } from './proxy.ts';
import { createPrivateServer, type PrivateServer } from './server.ts';

interface Tables {
  readonly Parent: {
    readonly name: string;
    readonly children: readonly RowRef<'Child'>[];
    readonly slots: ReadonlyMap<number, RowRef<'Child'>>;
    readonly friend: RowRef<'Parent'> | undefined;
  };
  readonly Child: {
    readonly n: number | bigint;
    readonly real: number;
    readonly name: string | undefined;
    readonly tags: readonly string[];
    readonly pair: ReadonlyMap<string, number>;
    readonly sizes: ReadonlyMap<string, number | bigint>;
    readonly on: boolean;
  };
}

const schemaJson = {
  name: 'T',
  version: '1.0.0',
  tables: {
    Parent: {
      isRoot: true,
      columns: {
        name: { type: 'string' },
        children: { type: { key: { type: 'uuid', refTable: 'Child' }, min: 0, max: 'unlimited' } },
        slots: {
          type: { key: 'integer', value: { type: 'uuid', refTable: 'Child' }, min: 0, max: 'unlimited' },
        },
        friend: { type: { key: { type: 'uuid', refTable: 'Parent', refType: 'weak' }, min: 0 } },
      },
      indexes: [['name']],
    },
    Child: {
      columns: {
        n: { type: 'integer' },
        real: { type: 'real' },
        name: { type: { key: 'string', min: 0 } },
        tags: { type: { key: 'string', min: 0, max: 'unlimited' } },
        pair: { type: { key: 'string', value: 'integer', min: 0, max: 1 } },
        sizes: { type: { key: 'string', value: 'integer', min: 0, max: 'unlimited' } },
        on: { type: 'boolean' },
      },
      isRoot: true,
    },
  },
};
const schema = parseSchema(schemaJson) as OvsdbClientOptions<Tables>['schema'];
const monitor = { Parent: true, Child: true } as const;

async function startServer(test: Test, clustered = false): Promise<PrivateServer> {
  const directory = test.testdir();
  const file = join(directory, 'test.ovsschema');
  writeFileSync(file, JSON.stringify(schemaJson));
  const server = await createPrivateServer(file, { clustered });
  test.teardown(() => server.remove());
  await server.start();
  return server;
}

async function startClient(test: Test, options: Partial<OvsdbClientOptions<Tables>>): Promise<OvsdbClient<Tables>> {
  const client = new OvsdbClient<Tables>({
    remotes: [{ kind: 'unix', path: '' }],
    schema,
    monitor,
    reconnect: { minBackoff: 10, maxBackoff: 50 },
    ...options,
  });
  test.teardown(() => client.close());
  client.start();
  await client.synced(AbortSignal.timeout(10_000));
  return client;
}

function inserted(result: TransactResult): Uuid[] {
  if (result.kind !== 'committed') throw new Error(JSON.stringify(result));
  return result.results.flatMap(each => (each.kind === 'insert' ? [each.uuid] : []));
}

/** What the client shows, in an order of its own. */
function rowsOf(client: OvsdbClient<Tables>): readonly unknown[] {
  return [...client.replica.rows('Parent'), ...client.replica.rows('Child')].sort((a, b) =>
    a._uuid < b._uuid ? -1 : 1,
  );
}

/** What the server has, asked for in another way. */
async function rowsInDatabase(client: OvsdbClient<Tables>): Promise<readonly unknown[]> {
  const result = await client.transact([
    { op: 'select', table: 'Parent', where: [], columns: ['_uuid', 'name', 'children', 'slots', 'friend'] },
    {
      op: 'select',
      table: 'Child',
      where: [],
      columns: ['_uuid', 'n', 'real', 'name', 'tags', 'pair', 'sizes', 'on'],
    },
  ]);
  if (result.kind !== 'committed') throw new Error(result.kind);
  const rows = result.results.flatMap(each => (each.kind === 'select' ? each.rows : []));
  return [...rows].sort((a, b) => (String(a._uuid) < String(b._uuid) ? -1 : 1));
}

t.test('random transactions look the same in update, update2 and update3', async t => {
  const server = await startServer(t);
  const path = `${server.directory}/db.sock`;
  const proxies = await Promise.all([startProxy(t, path), startProxy(t, path), startProxy(t, path)]);
  proxies[0]?.refused.add('monitor_cond_since').add('monitor_cond');
  proxies[1]?.refused.add('monitor_cond_since');
  const clients = await Promise.all(proxies.map(({ endpoint }) => startClient(t, { remotes: [endpoint] })));
  t.same(
    proxies.map(({ requests }) => requests.filter(method => method.startsWith('monitor'))),
    // The first monitor of each is that of the _Server database.
    [
      ['monitor', 'monitor'],
      ['monitor', 'monitor_cond'],
      ['monitor', 'monitor_cond_since'],
    ],
  );
  const writer = await startClient(t, { remotes: [server.unix] });
  const name = fc.constantFrom('a', 'b', 'ä€😀');
  const small = fc.integer({ min: -2, max: 2 });
  const child = fc.record(
    {
      n: small,
      real: fc.constantFrom(0, 1.5, -2),
      name: fc.option(name, { nil: undefined }),
      tags: fc.uniqueArray(name),
      pair: fc.dictionary(name, small, { maxKeys: 1 }).map(object => new Map(Object.entries(object))),
      sizes: fc.dictionary(name, small).map(object => new Map(Object.entries(object))),
      on: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  const step = fc.record({
    kind: fc.constantFrom('insert', 'update', 'mutate', 'delete', 'parent'),
    child,
    at: fc.nat(),
    other: fc.nat(),
    name,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async steps => {
      for (const { kind, child: row, at, other, name } of steps) {
        const children = [...writer.replica.rows('Child')];
        const target = children[at % children.length];
        const draft = writer.transaction();
        if (kind === 'insert' || !target) draft.insert('Child', row);
        else if (kind === 'update') draft.update('Child', target, row);
        else if (kind === 'mutate')
          draft.mutate('Child', target, ['tags', 'insert', [name]], ['sizes', 'delete', ['a']], ['n', '+=', 1]);
        else if (kind === 'delete' && writer.replica.referrers('Child', target._uuid).length === 0)
          draft.delete('Child', target);
        else {
          const parents = [...writer.replica.rows('Parent')];
          const second = children[other % children.length] ?? target;
          const columns = {
            children: [...new Set([target._uuid, second._uuid])],
            slots: new Map([[at % 3, second._uuid]]),
            friend: parents[other % (parents.length + 1)]?._uuid,
          };
          const parent = parents.find(candidate => candidate.name === name);
          if (!parent) draft.insert('Parent', { name, ...columns });
          else if (other % 4 === 0) draft.delete('Parent', parent);
          else draft.update('Parent', parent, columns);
        }
        await writer.commit(draft);
      }
      const truth = await rowsInDatabase(writer);
      for (const client of [writer, ...clients]) {
        await client.transact([]);
        t.same(rowsOf(client), truth);
      }
    }),
    { numRuns: 30 },
  );
});

t.test('references in both directions, and indexes', async t => {
  const server = await startServer(t);
  const client = await startClient(t, {
    remotes: [server.unix],
    indexes: { Parent: [['name']], Child: [['n'], ['on', 'name']] },
  });
  const { result } = await client.retry(draft => {
    const [a, b] = [draft.insert('Child', { n: 1, name: 'a' }), draft.insert('Child', { n: 1, name: 'b', on: true })];
    const one = draft.insert('Parent', { name: 'one', children: [a, b], slots: new Map([[7, b]]) });
    draft.insert('Parent', { name: 'two', friend: one });
  });
  t.equal(result.kind, 'committed');
  const { replica } = client;
  const [one] = replica.lookup('Parent', { name: 'one' });
  const [two] = replica.lookup('Parent', { name: 'two' });
  const [b] = replica.lookup('Child', { name: 'b', on: true });
  if (!one || !two || !b) return t.fail('an index finds nothing');
  t.same(replica.lookup('Child', { n: 1 }).length, 2);
  t.same(replica.lookup('Child', { n: 2 }), []);
  t.throws(() => replica.lookup('Child', { real: 2 }), { code: 'OVSDB_NOT_INDEXED' });

  t.same(
    replica
      .referred('Parent', one, 'children')
      .map(row => row.name)
      .sort(),
    ['a', 'b'],
  );
  t.same(replica.referred('Parent', one, 'slots'), [b]);
  t.same(replica.referred('Parent', two, 'friend'), [one]);
  t.same(replica.referred('Parent', one, 'friend'), []);
  const describe = (uuid: Uuid, table: 'Parent' | 'Child') =>
    replica
      .referrers(table, uuid)
      .map(({ table, column, row }) => `${table}.${column} of ${row._uuid === one._uuid ? 'one' : 'two'}`)
      .sort();
  t.same(describe(b._uuid, 'Child'), ['Parent.children of one', 'Parent.slots of one']);
  t.same(describe(one._uuid, 'Parent'), ['Parent.friend of two']);

  const draft = client.transaction();
  draft.mutate('Parent', one, ['children', 'delete', [b._uuid]]);
  draft.update('Child', b, { n: 2 });
  t.equal((await client.commit(draft)).kind, 'committed');
  t.same(describe(b._uuid, 'Child'), ['Parent.slots of one']);
  t.same(
    replica.lookup('Child', { n: 2 }).map(row => row.name),
    ['b'],
  );

  const drop = client.transaction();
  drop.delete('Parent', one);
  t.equal((await client.commit(drop)).kind, 'committed');
  t.same(describe(b._uuid, 'Child'), []);
  t.same(describe(one._uuid, 'Parent'), [], 'the weak reference went with the row');
  t.equal(replica.get('Parent', two._uuid)?.friend, undefined);
});

t.test('integers of 64 bits, there and back', async t => {
  const server = await startServer(t);
  const client = await startClient(t, { remotes: [server.unix], indexes: { Child: [['n']] } });
  const safe = Number.MAX_SAFE_INTEGER;
  for (const n of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, safe, -safe, 0]) {
    const sizes = new Map([['x', n]]);
    inserted(await client.transact([{ op: 'insert', table: 'Child', row: { n, sizes } }]));
    const [row] = client.replica.lookup('Child', { n });
    if (!row) return t.fail(`${n} is not found`);
    t.equal(row.n, n);
    t.same(row.sizes, sizes);
    t.same(await client.transact([{ op: 'select', table: 'Child', where: [['n', '==', n]], columns: ['n'] }]), {
      kind: 'committed',
      results: [{ kind: 'select', rows: [{ n }] }],
    });
    const same = client.transaction();
    same.update('Child', row, { n, sizes });
    t.same(await client.commit(same), { kind: 'unchanged' });
    const next = client.transaction();
    next.update('Child', row, {
      n: 1n,
      sizes: new Map([
        ['x', n],
        ['y', 2n ** 62n],
      ]),
    });
    t.equal((await client.commit(next)).kind, 'committed', 'what is waited for is exact as well');
    t.same(
      client.replica.get('Child', row._uuid)?.sizes,
      new Map([
        ['x', n],
        ['y', 2n ** 62n],
      ]),
    );
    t.equal(client.replica.get('Child', row._uuid)?.n, 1);
    await client.transact([{ op: 'delete', table: 'Child', where: [] }]);
  }
  inserted(await client.transact([{ op: 'insert', table: 'Child', row: { n: 2n ** 60n } }]));
  await client.transact([{ op: 'mutate', table: 'Child', where: [], mutations: [['n', '+=', 1n]] }]);
  t.equal(client.replica.find('Child', () => true)?.n, 2n ** 60n + 1n);
  await t.rejects(client.transact([{ op: 'insert', table: 'Child', row: { n: 2n ** 63n } }]), {
    code: 'OVSDB_BAD_VALUE',
  });
});

t.test('a real that was read is one that can be waited for', async t => {
  const server = await startServer(t);
  const client = await startClient(t, { remotes: [server.unix] });
  for (const real of [0.1 + 0.2, 1 / 3, -2.5e-300, 1.7976931348623157e308 / 3, 123_456_789.123_456_78]) {
    const [uuid] = inserted(await client.transact([{ op: 'insert', table: 'Child', row: { real } }]));
    const row = uuid && client.replica.get('Child', uuid);
    if (!row) return t.fail('no row');
    t.ok(Math.abs(row.real / real - 1) < 1e-14);
    const draft = client.transaction();
    draft.update('Child', row, { real: 1 });
    t.equal((await client.commit(draft)).kind, 'committed', `${real}`);
  }
});

t.test('a map that the server limits to one pair, and the program does not', async t => {
  const server = await startServer(t);
  const text = JSON.stringify(schemaJson).replace(
    '"value":"integer","min":0,"max":1',
    '"value":"integer","min":0,"max":9',
  );
  t.not(text, JSON.stringify(schemaJson));
  const wider = parseSchema(JSON.parse(text)) as OvsdbClientOptions<Tables>['schema'];
  const client = await startClient(t, { remotes: [server.unix], schema: wider });
  const [uuid] = inserted(
    await client.transact([{ op: 'insert', table: 'Child', row: { pair: new Map([['a', 1]]) } }]),
  );
  for (const pair of [new Map([['a', 2]]), new Map([['b', 2]]), new Map()] as readonly Map<string, number>[]) {
    await client.transact([{ op: 'update', table: 'Child', where: [], row: { pair } }]);
    t.same(uuid && client.replica.get('Child', uuid)?.pair, pair);
  }
});

t.test('after a reconnect only what changed comes over the wire', async t => {
  const server = await startServer(t, true);
  const proxy = await startProxy(t, `${server.directory}/db.sock`);
  const other = await startClient(t, { remotes: [server.unix] });
  for (let base = 0; base < 10_000; base += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, i) => ({
      n: base + i,
      name: `child ${base + i}`,
      tags: ['a', 'b'],
    }));
    inserted(await other.transact(rows.map(row => ({ op: 'insert' as const, table: 'Child' as const, row }))));
  }
  const client = await startClient(t, { remotes: [proxy.endpoint], indexes: { Child: [['n']] } });
  t.equal(client.replica.count('Child'), 10_000);
  const whole = proxy.received;
  t.ok(whole > 500_000, `${whole} bytes for everything`);

  const updates: RowChange<Tables>[] = [];
  client.on('update', changes => updates.push(...changes));
  const disconnected = once(client, 'disconnected');
  proxy.drop();
  await disconnected;
  const handshake = await bytesOf(proxy, async () => {
    await client.synced(AbortSignal.timeout(10_000));
  });
  t.same(updates, [], 'nothing had changed');
  t.equal(client.replica.generation, 2);

  const again = once(client, 'disconnected');
  proxy.drop();
  const [change] = [
    await other.transact([
      { op: 'update', table: 'Child', where: [['n', '==', 5_000]], row: { tags: ['b', 'c'] } },
      { op: 'delete', table: 'Child', where: [['n', '==', 5_001]] },
      { op: 'insert', table: 'Child', row: { n: 10_000 } },
    ]),
    await again,
  ];
  t.equal(change.kind, 'committed');
  const resync = await bytesOf(proxy, async () => {
    await client.synced(AbortSignal.timeout(10_000));
    await client.transact([]);
  });
  t.same(updates.map(({ kind }) => kind).sort(), ['delete', 'insert', 'modify']);
  t.same(client.replica.lookup('Child', { n: 5_000 })[0]?.tags, ['b', 'c']);
  t.equal(client.replica.count('Child'), 10_000);
  t.ok(resync < handshake + 1_000, `${resync} bytes, of which the handshake has ${handshake}`);
  t.ok(resync < whole / 100);
  t.comment(`${whole} bytes at first, ${handshake} without a change, ${resync} with three`);
});

async function bytesOf(proxy: ServerProxy, act: () => Promise<void>): Promise<number> {
  proxy.received = 0;
  await act();
  return proxy.received;
}

t.test('a server that has forgotten the last transaction sends everything', async t => {
  const server = await startServer(t, true);
  const client = await startClient(t, { remotes: [server.unix] });
  const other = await startClient(t, { remotes: [server.unix] });
  inserted(await client.transact([{ op: 'insert', table: 'Child', row: { n: 1 } }]));
  const updates: RowChange<Tables>[] = [];
  client.on('update', changes => updates.push(...changes));
  await Promise.all([once(client, 'disconnected'), once(other, 'disconnected'), server.kill()]);
  const changed = other.transact([
    { op: 'delete', table: 'Child', where: [] },
    { op: 'insert', table: 'Child', row: { n: 2 } },
  ]);
  await server.start();
  inserted(await changed);
  await client.transact([]);
  t.same(
    [...client.replica.rows('Child')].map(row => row.n),
    [2],
  );
  t.same(updates.map(({ kind }) => kind).sort(), ['delete', 'insert']);
});

const even: MonitorConditions<Tables> = { Child: [['on', '==', true]] };
const large: MonitorConditions<Tables> = { Child: [['n', '>=', 2]] };

/** Rows 0 to 3, the even ones of which are on, and many that no conditions take: in a small database the server remembers little. */
async function startConditioned(test: Test) {
  const server = await startServer(test, true);
  const proxy = await startProxy(test, `${server.directory}/db.sock`);
  const other = await startClient(test, { remotes: [server.unix] });
  const insert = (row: Partial<Tables['Child']>) => ({ op: 'insert' as const, table: 'Child' as const, row });
  inserted(await other.transact(Array.from({ length: 200 }, () => insert({ n: -1 }))));
  inserted(await other.transact([0, 1, 2, 3].map(n => insert({ n, on: n % 2 === 0 }))));
  const client = await startClient(test, { remotes: [proxy.endpoint], conditions: even });
  const numbers = (): unknown[] => [...client.replica.rows('Child')].map(row => row.n).sort();
  return { proxy, other, client, numbers };
}

t.test('conditions, and their change while running', async t => {
  const { client, numbers, other } = await startConditioned(t);
  t.same(numbers(), [0, 2]);
  const updates: RowChange<Tables>[] = [];
  client.on('update', changes => updates.push(...changes));
  await client.setConditions(large);
  t.same(numbers(), [2, 3]);
  t.same(updates.map(({ kind }) => kind).sort(), ['delete', 'insert']);
  inserted(
    await other.transact([
      { op: 'insert', table: 'Child', row: { n: 9 } },
      { op: 'insert', table: 'Child', row: {} },
    ]),
  );
  await client.transact([]);
  t.same(numbers(), [2, 3, 9]);
  await Promise.all([
    client.setConditions({ Child: false }),
    client.setConditions({ Child: [] }),
    client.setConditions({
      Child: [
        ['n', '==', 9],
        ['n', '==', 1],
      ],
    }),
  ]);
  t.same(numbers(), [1, 9], 'of several wishes the last one holds; conditions are alternatives');
  await client.setConditions({ Child: [] });
  t.same(numbers(), []);
  await client.setConditions({});
  t.equal(numbers().length, 206);
  await t.rejects(client.setConditions({ Child: [['n', '==', 'x' as unknown as number]] }), {
    code: 'OVSDB_BAD_VALUE',
  });
});

t.test('a wish that is refused while connecting gives way to the conditions of before', async t => {
  const server = await startServer(t, true);
  const client = new OvsdbClient<Tables>({ remotes: [server.unix], schema, monitor, conditions: even });
  t.teardown(() => client.close());
  const refused = t.rejects(
    client.setConditions({ Child: [['on', '<', true]] } as unknown as MonitorConditions<Tables>),
    { code: 'OVSDB_RPC_ERROR' },
  );
  client.start();
  await refused;
  await client.synced(AbortSignal.timeout(10_000));
  inserted(
    await client.transact([
      { op: 'insert', table: 'Child', row: { n: 1, on: true } },
      { op: 'insert', table: 'Child', row: { n: 2 } },
    ]),
  );
  t.same(
    Array.from(client.replica.rows('Child'), row => row.n),
    [1],
  );
});

t.test('a monitor that is cancelled while connecting', async t => {
  const server = await startServer(t, true);
  const client = new OvsdbClient<Tables>({ remotes: [server.unix], schema, monitor });
  t.teardown(() => client.close());
  client.start();
  await client.cancelMonitor();
  t.notOk(client.replica.synced);
  inserted(await client.transact([{ op: 'insert', table: 'Child', row: { n: 1 } }]));
  t.equal(client.replica.count('Child'), 0);
});

t.test('a wish that was confirmed is not refused with the next one', async t => {
  const { client, proxy, numbers } = await startConditioned(t);
  proxy.onRequest = () => {};
  const good = client.setConditions(large);
  const bad = client.setConditions({ Child: [['on', '<', true]] } as unknown as MonitorConditions<Tables>);
  t.match(await Promise.allSettled([good, bad]), [{ status: 'fulfilled' }, { status: 'rejected' }]);
  t.same(numbers(), [2, 3]);
});

t.test('a wish that the server refuses takes none along that came after it', async t => {
  const { client, numbers } = await startConditioned(t);
  const settled = await Promise.allSettled([
    client.setConditions({ Child: [['on', '<', true]] } as unknown as MonitorConditions<Tables>),
    client.setConditions(large),
  ]);
  t.match(settled, [{ status: 'rejected', reason: { code: 'OVSDB_RPC_ERROR' } }, { status: 'fulfilled' }]);
  t.same(numbers(), [2, 3]);
  await t.rejects(client.setConditions({ Child: [['on', '<', true]] } as unknown as MonitorConditions<Tables>));
  t.same(numbers(), [2, 3], 'the conditions are those of before');
});

t.test('conditions changed while there is no connection', async t => {
  const { client, proxy, numbers } = await startConditioned(t);
  const gone = once(client, 'disconnected');
  proxy.drop();
  await gone;
  await client.setConditions(large);
  t.same(numbers(), [2, 3]);
});

for (const answered of [false, true]) {
  t.test(`a connection that ends while conditions change, ${answered ? 'after' : 'before'} the update`, async t => {
    const { client, proxy, other, numbers } = await startConditioned(t);
    proxy.onRequest = method => {
      if (method !== 'monitor_cond_change') return;
      proxy.onRequest = () => {};
      proxy.hold = true;
      // The reply is the last message held: without its end it does not count, but the update before it does.
      setTimeout(() => proxy.drop(answered), 200);
    };
    const done = client.setConditions(large);
    await once(client, 'disconnected');
    t.same(numbers(), answered ? [2, 3] : [0, 2]);
    // While the client is away, a row goes that only the new conditions show.
    inserted(await other.transact([{ op: 'delete', table: 'Child', where: [['n', '==', 3]] }]));
    proxy.release();
    await done;
    t.same(numbers(), [2]);
    inserted(await other.transact([{ op: 'update', table: 'Child', where: [['n', '==', 0]], row: { n: 7 } }]));
    await client.transact([]);
    t.same(numbers(), [2, 7]);
  });
}

t.test('a server without conditions has all rows wanted', async t => {
  const { proxy, client, numbers } = await startConditioned(t);
  proxy.refused.add('monitor_cond_since').add('monitor_cond').add('monitor_cond_change');
  const gone = once(client, 'disconnected');
  proxy.drop();
  await gone;
  await client.synced(AbortSignal.timeout(10_000));
  t.equal(numbers().length, 204);
  await client.setConditions(large);
  t.equal(numbers().length, 204);
});
