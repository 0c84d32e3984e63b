// A real ovsdb-server that dies, comes back, falls asleep.

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type OpenVSwitchTables, openVSwitchSchema } from '../../../src/ovsdb/generated/open-vswitch.ts';
import { OvsdbClient, parseSchema, type RowChange, type UntypedTables } from '../../../src/ovsdb/index.ts';
import { createPrivateServer, type PrivateServer, vswitchSchema } from './server.ts';

type Tables = OpenVSwitchTables;

t.test('after a restart consumers see the differences, and nothing else', async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  const client = new OvsdbClient<Tables>({
    remotes: [server.unix],
    schema: openVSwitchSchema,
    monitor: { Open_vSwitch: true, QoS: true },
    reconnect: { minBackoff: 10, maxBackoff: 50 },
  });
  t.teardown(() => client.close());
  client.start();

  // Sent before there is a server: waits for it.
  const first = client.transact([
    { op: 'insert', table: 'Open_vSwitch', row: { external_ids: new Map([['k', '1']]) } },
    { op: 'insert', table: 'QoS', row: { type: 'stays' } },
    { op: 'insert', table: 'QoS', row: { type: 'goes' } },
  ]);
  await server.start();
  t.equal((await first).kind, 'committed');
  t.equal(client.replica.generation, 1);

  const disconnected = once(client, 'disconnected');
  await server.kill();
  t.match(await disconnected, [{ code: 'OVSDB_DISCONNECTED' }]);
  t.equal(client.replica.synced, false);
  t.equal(client.replica.count('QoS'), 2, 'the last state seen stays readable');

  const updates: (readonly RowChange<Tables>[])[] = [];
  client.on('update', changes => updates.push(changes));
  await server.start();
  await client.synced(AbortSignal.timeout(10_000));
  t.equal(client.replica.generation, 2);
  t.same(updates, [], 'nothing was different');

  // Changed behind the client's back, while it is away.
  await Promise.all([once(client, 'disconnected'), server.kill()]);
  const endpoint = { kind: 'unix', path: `${server.directory}/db.sock` } as const;
  const other = new OvsdbClient<Tables>({ remotes: [endpoint], schema: openVSwitchSchema });
  t.teardown(() => other.close());
  const changed = other.transact([
    { op: 'delete', table: 'QoS', where: [['type', '==', 'goes']] },
    { op: 'insert', table: 'QoS', row: { type: 'comes' } },
    { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['external_ids', 'insert', new Map([['l', '2']])]] },
  ]);
  other.start();
  await server.start();
  t.equal((await changed).kind, 'committed');
  await client.synced(AbortSignal.timeout(10_000));
  await client.transact([{ op: 'comment', comment: 'a barrier' }]);
  t.same(
    updates
      .flat()
      .map(change => `${change.kind} ${change.table}`)
      .sort(),
    ['delete QoS', 'insert QoS', 'modify Open_vSwitch'],
  );
  const modify = updates.flat().find(change => change.table === 'Open_vSwitch');
  t.same([modify?.old?.external_ids.size, modify?.new?.external_ids.size], [1, 2]);
});

function convertToDoca(server: PrivateServer): void {
  const schema = JSON.parse(readFileSync(vswitchSchema, 'utf8'));
  const overlay = JSON.parse(readFileSync(new URL('../../../schemas/ovs-doca-columns.json', import.meta.url), 'utf8'));
  Object.assign(schema.tables.Open_vSwitch.columns, overlay.tables.Open_vSwitch.columns);
  const file = join(server.directory, 'doca.ovsschema');
  writeFileSync(file, JSON.stringify(schema));
  server.ovsdbClient('convert', file);
}

t.test('conditions on columns and tables that the server lacks hold for no row, until it has them', async t => {
  const server = await createPrivateServer(vswitchSchema, { clustered: true });
  t.teardown(() => server.remove());
  await server.start();
  const known = JSON.parse(readFileSync(vswitchSchema, 'utf8'));
  known.tables.Open_vSwitch.columns.later = { type: 'boolean' };
  known.tables.Later = { columns: { later: { type: 'boolean' } } };
  const client = new OvsdbClient<UntypedTables>({
    remotes: [server.unix],
    schema: parseSchema(known),
    monitor: { Open_vSwitch: ['db_version'], Later: true },
    conditions: { Open_vSwitch: [['later', '==', false]], Later: [['later', '==', true]] },
    reconnect: { minBackoff: 10, maxBackoff: 50 },
    requestTimeout: 10_000,
  });
  t.teardown(() => client.close());
  client.start();
  await client.transact([{ op: 'insert', table: 'Open_vSwitch', row: { db_version: '1' } }]);
  t.equal(client.replica.count('Open_vSwitch'), 0);
  await client.setConditions({
    Open_vSwitch: [
      ['later', '==', false],
      ['db_version', '==', '1'],
    ],
    Later: false,
  });
  t.equal(client.replica.count('Open_vSwitch'), 1);
  await client.setConditions({ Open_vSwitch: [['later', '==', false]] });
  t.equal(client.replica.count('Open_vSwitch'), 0);
  await client.setConditions({ Open_vSwitch: [['later', '==', false]], Later: [] });

  const file = join(server.directory, 'later.ovsschema');
  writeFileSync(file, JSON.stringify(known));
  const updated = once(client, 'update');
  server.ovsdbClient('convert', file);
  t.match(await updated, [[{ kind: 'insert', new: { db_version: '1' } }]]);
});

t.test("a schema that gains OVS-DOCA's columns under a running client", async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  await server.start();
  const client = new OvsdbClient<Tables>({
    remotes: [server.unix],
    schema: openVSwitchSchema,
    monitor: { Open_vSwitch: ['ovs_version', 'doca_initialized', 'doca_version'] },
    reconnect: { minBackoff: 10, maxBackoff: 50 },
  });
  t.teardown(() => client.close());
  client.start();
  await client.transact([{ op: 'insert', table: 'Open_vSwitch', row: {} }]);
  t.equal(client.hasColumn('Open_vSwitch', 'doca_initialized'), false);

  const updated = once(client, 'update');
  convertToDoca(server);
  t.match(await updated, [[{ kind: 'modify', new: { doca_initialized: false, doca_version: undefined } }]]);
  t.equal(client.hasColumn('Open_vSwitch', 'doca_initialized'), true);
  const row = { doca_initialized: true, doca_version: '2.9.1' };
  t.match(await client.transact([{ op: 'update', table: 'Open_vSwitch', where: [], row }]), { kind: 'committed' });
  t.match(
    client.replica.find('Open_vSwitch', () => true),
    row,
  );
});

t.test('another connection, and other remotes, without a wait', async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  await server.start();
  const nowhere = { kind: 'unix', path: `${server.directory}/nobody` } as const;
  const client = new OvsdbClient<Tables>({
    remotes: [nowhere],
    schema: openVSwitchSchema,
    monitor: { Open_vSwitch: true },
    // A wait of this length would be the end of the test.
    reconnect: { minBackoff: 60_000, maxBackoff: 60_000 },
    requestTimeout: 10_000,
  });
  t.teardown(() => client.close());
  client.reconnect();
  t.equal(client.state.kind, 'idle', 'not before start');
  client.start();
  while (client.state.kind !== 'backoff') await sleep(5);
  client.setRemotes([server.unix]);
  await client.synced();

  let lost = 0;
  client.on('disconnected', () => lost++);
  client.setRemotes([nowhere, server.tcp, server.unix]);
  t.equal(client.state.kind, 'ready', 'the remote is still among them');
  t.same(client.remote, server.unix);
  t.equal(lost, 0);
  client.setRemotes([server.tcp]);
  t.equal(lost, 1);
  await client.synced();
  t.same(client.remote, server.tcp);
  client.reconnect();
  t.equal(client.replica.synced, false);
  await client.synced();
  t.same([lost, client.replica.generation], [2, 3]);

  t.throws(() => client.setRemotes([]), RangeError);
  await client.close();
  t.throws(() => client.reconnect(), { code: 'OVSDB_CLOSED' });
  t.throws(() => client.setRemotes([server.unix]), { code: 'OVSDB_CLOSED' });
});

t.test('a server that hangs is noticed by its silence', async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  await server.start();
  const client = new OvsdbClient<Tables>({
    remotes: [server.tcp],
    schema: openVSwitchSchema,
    monitor: { Open_vSwitch: true },
    reconnect: { minBackoff: 10, maxBackoff: 50, probeInterval: 100, connectTimeout: 1_000 },
  });
  t.teardown(() => client.close());
  client.start();
  await client.synced(AbortSignal.timeout(10_000));
  server.signal('SIGSTOP');
  const lost = client.transact([{ op: 'insert', table: 'Open_vSwitch', row: {} }]);
  await t.rejects(lost, { code: 'OVSDB_OUTCOME_UNKNOWN' });
  server.signal('SIGCONT');
  await client.synced(AbortSignal.timeout(10_000));
  t.equal(client.state.kind, 'ready');
});

t.test('many writers: every update is whole', async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  await server.start();
  const open = (): OvsdbClient<Tables> => {
    const client = new OvsdbClient<Tables>({
      remotes: [server.unix],
      schema: openVSwitchSchema,
      monitor: { QoS: ['type', 'other_config', 'queues'], Queue: ['dscp'] },
    });
    t.teardown(() => client.close());
    client.start();
    return client;
  };
  const reader = open();
  await reader.synced(AbortSignal.timeout(10_000));
  // Each transaction moves a unit between two rows: seen whole, the sum never changes.
  const writer = open();
  const other = open();
  await writer.transact([
    { op: 'insert', table: 'Queue', row: { dscp: 30 } },
    { op: 'insert', table: 'Queue', row: { dscp: 31 } },
  ]);
  let broken = 0;
  let seen = 0;
  reader.on('update', () => {
    seen++;
    let sum = 0;
    for (const row of reader.replica.rows('Queue')) sum += row.dscp ?? 0;
    if (sum !== 61) broken++;
  });
  const uuids = [...writer.replica.rows('Queue')].map(row => row._uuid);
  const [a, b] = uuids;
  if (!a || !b) throw new Error('two rows were inserted');
  await Promise.all(
    Array.from({ length: 200 }, (_, i) => {
      const [from, to] = i % 2 ? [a, b] : [b, a];
      return (i % 3 ? writer : other).transact([
        { op: 'mutate', table: 'Queue', where: [['_uuid', '==', from]], mutations: [['dscp', '-=', 1]] },
        { op: 'mutate', table: 'Queue', where: [['_uuid', '==', to]], mutations: [['dscp', '+=', 1]] },
      ]);
    }),
  );
  await reader.transact([]);
  t.ok(seen > 0);
  t.equal(broken, 0);
});
