// What a client makes of what servers tell of their databases, where a real one cannot be made to say it.

import { once } from 'node:events';
import t, { type Test } from 'tap';
import { type Json, OvsdbClient, parseSchema } from '../../../src/ovsdb/index.ts';
import { type FakePeer, refuse, reply, startFakePeer } from './fake-peer.ts';

const schemaJson = {
  name: 'DB',
  version: '1.0.0',
  tables: { T: { columns: { n: { type: 'integer' } }, isRoot: true } },
};

interface Told {
  readonly model?: string;
  readonly connected?: boolean;
  readonly leader?: boolean;
  readonly index?: Json;
  readonly cluster?: string;
  readonly schema?: Json;
  readonly name?: string;
}

const rowOf = (told: Told): Json => ({
  name: told.name ?? 'DB',
  model: told.model ?? 'clustered',
  connected: told.connected ?? true,
  leader: told.leader ?? true,
  schema: told.schema ?? JSON.stringify(schemaJson),
  cid: ['uuid', told.cluster ?? '11111111-2222-4333-8444-555555555555'],
  index: told.index ?? 1,
});

/** A server that tells this of its databases; each new connection gets the next of `told`, the last one for ever. */
function startServer(t: Test, ...told: readonly Told[]): Promise<FakePeer> {
  let connections = 0;
  return startFakePeer(t, (message, socket) => {
    switch (message.method) {
      case 'set_db_change_aware':
        reply(socket, message, {});
        return;
      case 'monitor': {
        const now = told[Math.min(connections++, told.length - 1)] as Told;
        reply(socket, message, { Database: { '00000000-0000-4000-8000-000000000001': { new: rowOf(now) } } });
        return;
      }
      case 'get_schema':
        reply(socket, message, schemaJson);
        return;
      case 'echo':
        reply(socket, message, []);
        return;
      default:
        refuse(socket, message);
    }
  });
}

function open(
  t: Test,
  peers: readonly FakePeer[],
  options: { readonly leaderOnly?: boolean } = {},
): OvsdbClient<object> {
  const client = new OvsdbClient<object>({
    remotes: peers.map(({ endpoint }) => endpoint),
    shuffleRemotes: false,
    schema: parseSchema(schemaJson),
    reconnect: { minBackoff: 5, maxBackoff: 20 },
    ...options,
  });
  t.teardown(() => client.close());
  client.start();
  return client;
}

const unsuitable: Readonly<Record<string, readonly [told: Told, message: RegExp]>> = {
  'not the leader': [{ leader: false }, /not the leader/],
  'apart from its cluster': [{ connected: false }, /apart from the cluster/],
  'without the database': [{ name: 'Other' }, /no database "DB"/],
  'without a schema yet': [{ schema: ['set', []] }, /yet to learn the schema/],
  'a relay without its source': [{ model: 'relay', connected: false, leader: false }, /apart from the cluster/],
};

for (const [name, [told, message]] of Object.entries(unsuitable)) {
  t.test(`a server ${name} is left for the next`, async t => {
    const bad = await startServer(t, told);
    const good = await startServer(t, {});
    const client = open(t, [bad, good]);
    const why = once(client, 'disconnected');
    await client.synced(AbortSignal.timeout(5_000));
    t.match(await why, [{ code: 'OVSDB_UNSUITABLE_SERVER', message }]);
    t.strictSame(client.remote, good.endpoint);
  });
}

t.test('a server that is good enough', async t => {
  for (const told of [
    { model: 'standalone', leader: true },
    { model: 'relay', leader: false },
  ] satisfies Told[]) {
    const client = open(t, [await startServer(t, told)]);
    await client.synced(AbortSignal.timeout(5_000));
  }
  const follower = open(t, [await startServer(t, { leader: false })], { leaderOnly: false });
  await follower.synced(AbortSignal.timeout(5_000));
  const old = await startFakePeer(t, (message, socket) => {
    if (message.method === 'get_schema') reply(socket, message, schemaJson);
    else refuse(socket, message);
  });
  await open(t, [old]).synced(AbortSignal.timeout(5_000));
});

t.test('a member behind what was seen of its cluster is stale', async t => {
  const newest = 2n ** 60n + 1n;
  // By text: the index has more digits than a number holds.
  const first = await startServer(t, { index: 5 }, { index: 7 }, { index: 9 });
  const second = await startServer(t, { index: 4 }, { index: 6 }, { index: newest });
  const client = open(t, [first, second], { leaderOnly: false });
  await client.synced(AbortSignal.timeout(5_000));
  t.strictSame(client.remote, first.endpoint);
  const reasons: string[] = [];
  client.on('disconnected', ({ message }) => reasons.push(message));
  first.sockets[0]?.destroy();
  await once(client, 'connected');
  t.strictSame(client.remote, first.endpoint, 'the other one was tried in between, and left');
  t.match(reasons.join(), /stale: it is at 4 of "DB", another was at 5/);
});

t.test('another cluster has its own count', async t => {
  const first = await startServer(t, { index: 100 });
  const second = await startServer(t, { index: 1, cluster: '99999999-2222-4333-8444-555555555555' });
  const client = open(t, [first, second]);
  await client.synced(AbortSignal.timeout(5_000));
  const back = once(client, 'connected');
  first.sockets[0]?.destroy();
  await back;
  t.strictSame(client.remote, second.endpoint);
});

t.test('nonsense about databases closes the connection', async t => {
  const peer = await startFakePeer(t, (message, socket) => {
    if (message.method === 'monitor') reply(socket, message, { Database: { x: { new: { name: 5 } } } });
    else reply(socket, message, {});
  });
  const client = open(t, [peer]);
  t.match(await once(client, 'disconnected'), [{ code: 'OVSDB_BAD_MESSAGE', message: /_Server/ }]);
});
