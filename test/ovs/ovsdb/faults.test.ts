// Servers that die at the worst moment, files that end too early, and peers that do not read.

import { once } from 'node:events';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { OvsdbClient, OvsdbError, parseSchema } from '../../../src/ovsdb/index.ts';
import { eventually } from '../../lab/wait.ts';
import { createPrivateServer, type PrivateServer } from './server.ts';

interface Tables {
  /** `left` and `right` of one name always hold the same number: every transaction writes both. */
  readonly Half: { readonly name: string; readonly side: string; readonly n: number; readonly ballast: string };
}

const schemaJson = {
  name: 'Faults',
  version: '1.0.0',
  tables: {
    Half: {
      columns: {
        name: { type: 'string' },
        side: { type: 'string' },
        n: { type: { key: { type: 'integer', minInteger: 0, maxInteger: 1_000_000 } } },
        ballast: { type: 'string' },
      },
      indexes: [['name', 'side']],
      isRoot: true,
    },
  },
};
const schema = parseSchema(schemaJson) as ReturnType<typeof parseSchema> & {
  readonly tables: { readonly Half: never };
};

async function startServer(t: Test): Promise<PrivateServer> {
  const directory = t.testdir({ 'faults.ovsschema': JSON.stringify(schemaJson) });
  const server = await createPrivateServer(join(directory, 'faults.ovsschema'));
  t.teardown(() => server.remove());
  await server.start();
  return server;
}

function open(t: Test, server: PrivateServer): OvsdbClient<Tables> {
  const client = new OvsdbClient<Tables>({
    remotes: [server.unix],
    schema,
    monitor: { Half: true },
    indexes: { Half: [['name']] },
    reconnect: { minBackoff: 10, maxBackoff: 50, probeInterval: 2_000 },
  });
  t.teardown(() => client.close());
  client.start();
  return client;
}

const pair = (name: string, n: number, ballast = '') =>
  (['left', 'right'] as const).map(side => ({ op: 'insert', table: 'Half', row: { name, side, n, ballast } }) as const);

/** Complains of every update that shows one half without the other. */
function watchHalves(client: OvsdbClient<Tables>): () => readonly string[] {
  const torn: string[] = [];
  client.on('update', changes => {
    for (const name of new Set(changes.map(({ new: now, old }) => (now ?? old)?.name ?? ''))) {
      const halves = client.replica.lookup('Half', { name });
      const numbers = new Set(halves.map(({ n }) => n));
      if ((halves.length !== 2 && halves.length !== 0) || numbers.size > 1) torn.push(`${name}: ${[...numbers]}`);
    }
  });
  return () => torn;
}

/** Kills the server, does something to it, and waits until the client is back. */
async function restart(client: OvsdbClient<Tables>, server: PrivateServer, meanwhile = async () => {}): Promise<void> {
  const gone = once(client, 'disconnected');
  await server.kill();
  await gone;
  await meanwhile();
  await server.start();
  await client.synced(AbortSignal.timeout(20_000));
}

/** What ovsdb-client says there is. */
function witnessed(server: PrivateServer): Map<string, number> {
  const query = '["Faults",{"op":"select","table":"Half","where":[["side","==","left"]],"columns":["name","n"]}]';
  const [{ rows }] = JSON.parse(server.ovsdbClient('transact', query)) as [{ rows: { name: string; n: number }[] }];
  return new Map(rows.map(({ name, n }) => [name, n]));
}

const replicated = (client: OvsdbClient<Tables>) =>
  new Map([...client.replica.rows('Half')].filter(({ side }) => side === 'left').map(({ name, n }) => [name, n]));

const sorted = (map: ReadonlyMap<string, number>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

t.test('a server that is killed again and again under writes', async t => {
  const server = await startServer(t);
  const client = open(t, server);
  const torn = watchHalves(client);
  await client.synced();
  const outcomes = new Map<string, string>();
  let running = true;
  const writers = Array.from({ length: 4 }, async (_, w) => {
    for (let i = 0; running; i++) {
      const name = `w${w}-${i}`;
      try {
        const operations = [...pair(name, i), { op: 'commit', durable: true } as const];
        outcomes.set(name, (await client.transact(operations, { timeout: 10_000 })).kind);
      } catch (error) {
        if (!(error instanceof OvsdbError)) throw error;
        outcomes.set(name, error.code);
      }
    }
  });
  for (let kills = 0; kills < 5; kills++) {
    await sleep(150);
    await restart(client, server);
  }
  running = false;
  await Promise.all(writers);
  await client.synced(AbortSignal.timeout(10_000));
  const there = witnessed(server);
  const of = (kind: string) => [...outcomes].filter(([, one]) => one === kind).map(([name]) => name);
  t.ok(of('committed').length > 100, `${of('committed').length} committed`);
  t.ok(of('OVSDB_OUTCOME_UNKNOWN').length >= 1, `${of('OVSDB_OUTCOME_UNKNOWN').length} unknown`);
  t.same(
    of('committed').filter(name => !there.has(name)),
    [],
    'what was acknowledged as durable is there',
  );
  const honest = new Set([...of('committed'), ...of('OVSDB_OUTCOME_UNKNOWN')]);
  t.same(
    [...there.keys()].filter(name => !honest.has(name)),
    [],
    'what is there was not reported as failed',
  );
  t.same(sorted(replicated(client)), sorted(there), 'the replica is what the server has');
  t.same(torn(), [], 'nobody saw a half');
});

t.test('a server that is killed while a large update is on its way', async t => {
  const server = await startServer(t);
  const client = open(t, server);
  const torn = watchHalves(client);
  const writer = open(t, server);
  await Promise.all([client.synced(), writer.synced()]);
  const names = Array.from({ length: 3_000 }, (_, i) => `row-${i}`);
  await writer.transact(names.flatMap(name => pair(name, 1, 'x'.repeat(500))));
  for (let n = 2; n < 7; n++) {
    const change = { op: 'update', table: 'Half', where: [], row: { n, ballast: String(n).repeat(500) } } as const;
    const done = writer.transact([change], { timeout: 10_000 }).catch((error: unknown) => error);
    // Earlier and later, until somewhere in the middle of it.
    await sleep(10 * n);
    await restart(client, server);
    await done;
    // It may have been sent only after the restart: what came before a reply has been told.
    await client.transact([{ op: 'comment', comment: 'caught up' }]);
    t.same(sorted(replicated(client)), sorted(witnessed(server)), `${10 * n} ms`);
  }
  t.same(torn(), []);
});

t.test('a log whose last record is cut off', async t => {
  const server = await startServer(t);
  const client = open(t, server);
  const torn = watchHalves(client);
  await client.synced();
  for (let i = 0; i < 20; i++) await client.transact([...pair(`row-${i}`, i), { op: 'commit', durable: true }]);
  const file = join(server.directory, 'conf.db');
  await restart(client, server, async () => truncate(file, (await readFile(file)).length - 25));
  const there = witnessed(server);
  t.equal(there.size, 19, 'the last transaction is gone as a whole');
  t.same(sorted(replicated(client)), sorted(there));
  t.equal((await client.transact(pair('row-20', 20))).kind, 'committed', 'and it goes on');

  // Nonsense behind the last record is no record.
  await restart(client, server, () => writeFile(file, 'OVSDB JSON 100 ', { flag: 'a' }));
  t.same(sorted(replicated(client)), sorted(witnessed(server)));
  t.equal(replicated(client).size, 20);
  t.same(torn(), []);
});

t.test('a client that stops reading harms nobody else', async t => {
  const server = await startServer(t);
  const client = open(t, server);
  await client.synced();
  await client.transact(Array.from({ length: 500 }, (_, i) => pair(`row-${i}`, 0, 'x'.repeat(1_000))).flat());
  if (server.unix.kind !== 'unix') throw new Error('no socket');
  const deaf = connect({ path: server.unix.path });
  t.teardown(() => deaf.destroy());
  deaf.on('error', () => {});
  await once(deaf, 'connect');
  deaf.pause();
  deaf.write(JSON.stringify({ id: 1, method: 'monitor', params: ['Faults', 'deaf', { Half: [{}] }] }));
  for (let n = 1; n <= 30; n++) {
    const row = { n, ballast: String(n % 10).repeat(1_000) };
    t.equal((await client.transact([{ op: 'update', table: 'Half', where: [], row }])).kind, 'committed');
  }
  t.equal(new Set(replicated(client).values()).size, 1);
  t.equal(replicated(client).get('row-7'), 30);
});

t.test('a consumer that is slow holds the socket, and catches up', async t => {
  const server = await startServer(t);
  const client = open(t, server);
  const torn = watchHalves(client);
  const writer = open(t, server);
  await Promise.all([client.synced(), writer.synced()]);
  client.on('update', () => {
    // Busy, as a consumer with work of its own is.
    const end = performance.now() + 20;
    while (performance.now() < end);
  });
  await writer.transact(Array.from({ length: 200 }, (_, i) => pair(`row-${i}`, 0)).flat());
  for (let n = 1; n <= 100; n++) {
    await writer.transact([{ op: 'update', table: 'Half', where: [], row: { n } }]);
  }
  await eventually(() => [...replicated(client).values()].every(n => n === 100), { what: 'the last update' });
  t.same(torn(), []);
});
