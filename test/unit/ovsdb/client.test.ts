// The client against a peer whose timing a real server would not show on demand.

import { once } from 'node:events';
import t from 'tap';
import { OvsdbClient, parseSchema, parseUuid, type RowChange } from '../../../src/ovsdb/index.ts';
import { isJsonArray, type Json } from '../../../src/ovsdb/json/json.ts';
import { refuse, reply, startFakePeer } from './fake-peer.ts';

interface Tables {
  readonly T: { readonly n: number; readonly name: string | undefined };
}

const schemaJson: Json = {
  name: 'D',
  version: '1.0.0',
  tables: { T: { columns: { n: { type: 'integer' }, name: { type: { key: 'string', min: 0 } } } } },
};
const schema = parseSchema(schemaJson) as ReturnType<typeof parseSchema> & { tables: { T: never } };
const uuid = parseUuid('00000000-0000-4000-8000-000000000001');

function row(n: number): Json {
  return { n, name: ['set', []] };
}

function update(n: number): string {
  const params = ['replica', { T: { [uuid]: { old: { n: n - 1 }, new: row(n) } } }];
  return JSON.stringify({ id: null, method: 'update', params });
}

t.test('updates right behind the monitor reply, and right before a transact reply, in one chunk each', async t => {
  const peer = await startFakePeer(t, (message, socket) => {
    switch (message.method) {
      case 'get_schema':
        reply(socket, message, schemaJson);
        return;
      case 'monitor':
        socket.write(
          JSON.stringify({ id: message.id ?? null, result: { T: { [uuid]: { new: row(1) } } }, error: null }) +
            update(2) +
            update(3),
        );
        return;
      case 'transact':
        socket.write(update(4) + JSON.stringify({ id: message.id ?? null, result: [{ count: 1 }], error: null }));
        return;
      default:
        refuse(socket, message);
    }
  });
  const client = new OvsdbClient<Tables>({ remotes: [peer.endpoint], schema, monitor: { T: true } });
  t.teardown(() => client.close());
  const seen: unknown[] = [];
  client.on('update', (changes: readonly RowChange<Tables>[]) => {
    for (const change of changes) seen.push([change.kind, change.new?.n, client.replica.get('T', uuid)?.n]);
  });
  client.start();
  await client.synced(AbortSignal.timeout(5_000));
  const result = await client.transact([{ op: 'update', table: 'T', where: [], row: { n: 4 } }]);
  t.same(result, { kind: 'committed', results: [{ kind: 'count', count: 1 }] });
  t.equal(client.replica.get('T', uuid)?.n, 4);
  t.same(seen, [
    ['insert', 1, 1],
    ['modify', 2, 2],
    ['modify', 3, 3],
    ['modify', 4, 4],
  ]);
});

t.test('a cancelled monitor', async t => {
  const peer = await startFakePeer(t, (message, socket) => {
    if (message.method === 'get_schema') reply(socket, message, schemaJson);
    else if (message.method === 'monitor') reply(socket, message, { T: { [uuid]: { new: row(1) } } });
    else if (message.method === 'monitor_cancel') socket.write(update(2), () => reply(socket, message, {}));
    else refuse(socket, message);
  });
  const client = new OvsdbClient<Tables>({
    remotes: [peer.endpoint],
    schema,
    monitor: { T: ['n'] },
    reconnect: { minBackoff: 5 },
  });
  t.teardown(() => client.close());
  client.start();
  await client.synced(AbortSignal.timeout(5_000));
  t.equal(client.replica.synced, true);
  await client.cancelMonitor();
  t.equal(client.replica.synced, false);
  t.equal(client.replica.get('T', uuid)?.n, 1);
  const back = once(client, 'connected');
  peer.sockets[0]?.destroy();
  await back;
  t.equal(peer.received.filter(message => message.method === 'monitor').length, 1, 'not asked for again');
});

t.test('replies that do not fit close the connection', async t => {
  const answers: readonly Json[] = ['x', [], [{}], [{ uuid: ['uuid', 'x'] }], [null]];
  for (const answer of answers) {
    const peer = await startFakePeer(t, (message, socket) => {
      if (message.method === 'get_schema') reply(socket, message, schemaJson);
      else if (message.method === 'transact') reply(socket, message, answer);
      else refuse(socket, message);
    });
    const client = new OvsdbClient<Tables>({ remotes: [peer.endpoint], schema, reconnect: { minBackoff: 5 } });
    t.teardown(() => client.close());
    const disconnected = once(client, 'disconnected');
    client.start();
    await t.rejects(client.transact([{ op: 'insert', table: 'T', row: { n: 1 } }]), { code: 'OVSDB_BAD_MESSAGE' });
    t.match(await disconnected, [{ code: 'OVSDB_BAD_MESSAGE' }], JSON.stringify(answer));
  }
});

t.test('a bad operation is a rejection, and nothing is sent', async t => {
  const peer = await startFakePeer(t, (message, socket) => {
    if (message.method === 'get_schema') reply(socket, message, schemaJson);
    else refuse(socket, message);
  });
  const client = new OvsdbClient<Tables>({ remotes: [peer.endpoint], schema });
  t.teardown(() => client.close());
  client.start();
  await client.synced(AbortSignal.timeout(5_000));
  const bad = { code: 'OVSDB_BAD_VALUE' };
  await t.rejects(client.transact([{ op: 'insert', table: 'X' as 'T', row: {} }]), bad);
  await t.rejects(client.transact([{ op: 'insert', table: 'T', row: { x: 1 } as object }]), bad);
  await t.rejects(client.transact([{ op: 'delete', table: 'T', where: [['n', '==', 'a' as unknown as number]] }]), bad);
  await t.rejects(
    client.transact([{ op: 'mutate', table: 'T', where: [], mutations: [['n', '+=', 'a' as unknown as number]] }]),
    bad,
  );
  t.same(
    peer.received.map(message => message.method),
    ['set_db_change_aware', 'get_schema'],
  );
  t.ok(peer.received.every(message => isJsonArray(message.params)));
});

t.test('a column of another type under the same name reads as undefined', async t => {
  const other: Json = {
    name: 'D',
    version: '0.1.0',
    tables: { T: { columns: { n: { type: 'integer' }, name: { type: 'integer' } } } },
  };
  const peer = await startFakePeer(t, (message, socket) => {
    if (message.method === 'get_schema') reply(socket, message, other);
    else if (message.method === 'monitor') reply(socket, message, { T: { [uuid]: { new: { n: 1 } } } });
    else if (message.method === 'transact') reply(socket, message, [{ rows: [{ n: 1, name: 7 }] }]);
    else refuse(socket, message);
  });
  const client = new OvsdbClient<Tables>({ remotes: [peer.endpoint], schema, monitor: { T: true } });
  t.teardown(() => client.close());
  client.start();
  await client.synced(AbortSignal.timeout(5_000));
  t.equal(client.hasColumn('T', 'name'), false);
  t.equal(client.hasColumn('T', 'n'), true);
  t.equal(client.replica.get('T', uuid)?.name, undefined);
  t.same(await client.transact([{ op: 'select', table: 'T', where: [] }]), {
    kind: 'committed',
    results: [{ kind: 'select', rows: [{ n: 1 }] }],
  });
});

t.test('a listener that throws does not break the connection', async t => {
  const peer = await startFakePeer(t, (message, socket) => {
    if (message.method === 'get_schema') reply(socket, message, schemaJson);
    else if (message.method === 'monitor') reply(socket, message, { T: { [uuid]: { new: row(1) } } });
    else refuse(socket, message);
  });
  const client = new OvsdbClient<Tables>({ remotes: [peer.endpoint], schema, monitor: { T: true } });
  t.teardown(() => client.close());
  const uncaught = new Promise<unknown>(resolve => {
    process.once('uncaughtException', resolve);
  });
  let others = 0;
  client.once('update', () => {
    throw new Error('a bug of the consumer');
  });
  client.on('update', () => {
    others++;
  });
  client.start();
  await client.synced(AbortSignal.timeout(5_000));
  t.match(await uncaught, { message: 'a bug of the consumer' });
  t.equal(others, 1);
  t.equal(client.listenerCount('update'), 1, 'once means once');
  t.equal(client.state.kind, 'ready');
});
