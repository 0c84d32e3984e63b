// The client against a real ovsdb-server: connecting, transactions and their refusals, the replica.

import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import t, { type Test } from 'tap';
import type { ActiveEndpoint } from '../../../src/lib/endpoint.ts';
import { type OpenVSwitchTables, openVSwitchSchema } from '../../../src/ovsdb/generated/open-vswitch.ts';
import {
  formatEndpoint,
  type MonitorSelection,
  namedUuid,
  type Operation,
  OvsdbClient,
  parseActiveEndpoint,
  type RowChange,
  type TransactResult,
  type UntypedTables,
  type Uuid,
} from '../../../src/ovsdb/index.ts';
import { createPrivateServer, type PrivateServer } from './server.ts';

type Tables = OpenVSwitchTables;

async function startServer(test: Test): Promise<PrivateServer> {
  const server = await createPrivateServer();
  test.teardown(() => server.remove());
  await server.start();
  return server;
}

async function startClient(
  test: Test,
  endpoint: ActiveEndpoint,
  monitor: MonitorSelection<Tables> = { Open_vSwitch: true, Bridge: true, Port: true, Interface: true },
): Promise<OvsdbClient<Tables>> {
  const client = new OvsdbClient<Tables>({
    remotes: [endpoint],
    schema: openVSwitchSchema,
    monitor,
    requestTimeout: 10_000,
  });
  test.teardown(() => client.close());
  client.start();
  await client.synced(AbortSignal.timeout(10_000));
  return client;
}

function bridgeOperations(name: string): Operation<Tables>[] {
  return [
    { op: 'insert', table: 'Interface', row: { name, type: 'internal' }, uuidName: 'iface' },
    { op: 'insert', table: 'Port', row: { name, interfaces: [namedUuid('iface')] }, uuidName: 'port' },
    {
      op: 'insert',
      table: 'Bridge',
      row: { name, ports: [namedUuid('port')], external_ids: new Map([['owner', 'test']]), fail_mode: 'secure' },
      uuidName: 'bridge',
    },
    { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['bridges', 'insert', [namedUuid('bridge')]]] },
  ];
}

const root: Operation<Tables> = { op: 'insert', table: 'Open_vSwitch', row: {} };

function insertedUuid(result: TransactResult, index: number): Uuid {
  const at = result.kind === 'committed' ? result.results[index] : undefined;
  if (at?.kind !== 'insert') throw new Error(`no insert at ${index}: ${JSON.stringify(result)}`);
  return at.uuid;
}

for (const kind of ['unix', 'tcp'] as const) {
  t.test(`insert over ${kind}: the replica shows it when transact resolves`, async t => {
    const server = await startServer(t);
    const client = await startClient(t, server[kind]);
    const updates: (readonly RowChange<Tables>[])[] = [];
    client.on('update', changes => updates.push(changes));

    const result = await client.transact([root, ...bridgeOperations('br-a')]);
    const bridge = client.replica.get('Bridge', insertedUuid(result, 3));
    t.equal(bridge?.name, 'br-a');
    t.same(bridge?.external_ids, new Map([['owner', 'test']]));
    t.equal(bridge?.fail_mode, 'secure');
    t.equal(bridge?.datapath_id, undefined);
    t.same(bridge?.ports, [insertedUuid(result, 2)], 'the named uuid became the real one');
    t.equal(updates.length, 1, 'one transaction, one update');
    t.same(updates[0]?.map(change => `${change.kind} ${change.table}`).sort(), [
      'insert Bridge',
      'insert Interface',
      'insert Open_vSwitch',
      'insert Port',
    ]);
    t.equal(client.replica.find('Port', port => port.name === 'br-a')?.tag, undefined);
    t.equal(client.replica.count('Interface'), 1);
    t.same(await client.listDatabases(), ['Open_vSwitch', '_Server']);
    t.same(await client.echo(['x', { y: 1 }]), ['x', { y: 1 }]);
  });
}

const hasIpv6 = Object.values(networkInterfaces()).some(all => all?.some(({ address }) => address === '::1'));

t.test('over IPv6', { skip: !hasIpv6 && 'this host has no ::1' }, async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  // The port that is kept for TLS.
  const remote = `tcp:[::1]:${server.tls.port}`;
  await server.start(`--remote=ptcp:${server.tls.port}:[::1]`);
  const client = await startClient(t, parseActiveEndpoint(remote, 6640));
  t.equal((await client.transact([root])).kind, 'committed');
  t.equal(client.replica.count('Open_vSwitch'), 1);
  t.equal(client.remote && formatEndpoint(client.remote), remote);
});

t.test('ovsdb-client sees what the replica sees', async t => {
  const server = await startServer(t);
  const client = await startClient(t, server.unix);
  await client.transact([root]);
  for (const name of ['br-a', 'br-b', 'br-c']) await client.transact(bridgeOperations(name));
  const dump = JSON.parse(
    server.ovsdbClient('dump', '--format=json', 'Open_vSwitch', 'Bridge', '_uuid', 'name', 'ports', 'external_ids'),
  ) as { headings: string[]; data: unknown[][] };
  const at = (heading: string): number => dump.headings.indexOf(heading);
  t.same(
    new Map(dump.data.map(row => [row[at('name')], [row[at('_uuid')], row[at('external_ids')]]])),
    new Map(
      Array.from(client.replica.rows('Bridge'), row => [
        row.name,
        [
          ['uuid', row._uuid],
          ['map', [...row.external_ids]],
        ],
      ]),
    ),
  );
  t.equal(dump.data.length, 3);
});

t.test('update, mutate, select, delete', async t => {
  const server = await startServer(t);
  const client = await startClient(t, server.unix);
  await client.transact([root, ...bridgeOperations('br-a')]);
  const where = [['name', '==', 'br-a']] as const;

  t.same(
    await client.transact([
      { op: 'update', table: 'Bridge', where, row: { fail_mode: undefined, flood_vlans: [7, 3] } },
      {
        op: 'mutate',
        table: 'Bridge',
        where,
        mutations: [
          ['external_ids', 'insert', new Map([['k', 'v']])],
          ['external_ids', 'delete', ['owner']],
          ['flood_vlans', 'delete', [7]],
          ['datapath_id', 'insert', ['00000000000000aa']],
        ],
      },
      { op: 'mutate', table: 'Open_vSwitch', where: [['next_cfg', '<', 5]], mutations: [['next_cfg', '+=', 3]] },
      { op: 'select', table: 'Bridge', where, columns: ['_uuid', 'name', 'flood_vlans'] },
      { op: 'comment', comment: 'a test' },
      { op: 'commit', durable: true },
    ]),
    {
      kind: 'committed',
      results: [
        { kind: 'count', count: 1 },
        { kind: 'count', count: 1 },
        { kind: 'count', count: 1 },
        {
          kind: 'select',
          rows: [{ _uuid: client.replica.find('Bridge', () => true)?._uuid, name: 'br-a', flood_vlans: [3] }],
        },
        { kind: 'none' },
        { kind: 'none' },
      ],
    },
  );
  const bridge = client.replica.find('Bridge', row => row.name === 'br-a');
  t.equal(bridge?.fail_mode, undefined);
  t.same(bridge?.external_ids, new Map([['k', 'v']]));
  t.equal(bridge?.datapath_id, '00000000000000aa');
  t.equal(client.replica.find('Open_vSwitch', () => true)?.next_cfg, 3);

  const updated = once(client, 'update');
  await client.transact([
    { op: 'update', table: 'Open_vSwitch', where: [], row: { bridges: [] } },
    { op: 'delete', table: 'Bridge', where },
  ]);
  const [changes] = (await updated) as [readonly RowChange<Tables>[]];
  t.same(changes.map(change => `${change.kind} ${change.table}`).sort(), [
    'delete Bridge',
    'delete Interface',
    'delete Port',
    'modify Open_vSwitch',
  ]);
  t.equal(client.replica.count('Interface'), 0, 'unreferenced rows are collected in the same update');
});

t.test('what is expected to go wrong comes back as data', async t => {
  const server = await startServer(t);
  const client = await startClient(t, server.unix);
  await client.transact([root, ...bridgeOperations('br-a')]);
  const comment: Operation<Tables> = { op: 'comment', comment: 'x' };

  t.same(
    await client.transact([
      comment,
      { op: 'wait', table: 'Bridge', where: [], columns: ['name'], until: '==', rows: [], timeout: 0 },
    ]),
    { kind: 'try_again', index: 1 },
  );
  t.equal(
    (
      await client.transact([
        {
          op: 'wait',
          table: 'Bridge',
          where: [],
          columns: ['name'],
          until: '==',
          rows: [{ name: 'br-a' }],
          timeout: 0,
        },
      ])
    ).kind,
    'committed',
  );
  t.same(await client.transact([comment, { op: 'abort' }, comment]), { kind: 'aborted' });
  t.match(await client.transact([comment, { op: 'update', table: 'Port', where: [], row: { tag: 5000 } }]), {
    kind: 'constraint_violation',
    index: 1,
    error: 'constraint violation',
    details: String,
  });
  t.match(
    await client.transact(bridgeOperations('br-a')),
    { kind: 'constraint_violation', index: undefined, details: /br-a/ },
    'a unique index is checked at commit',
  );
  t.match(
    await client.transact([{ op: 'insert', table: 'Open_vSwitch', row: {} }]),
    { kind: 'constraint_violation', index: undefined },
    'maxRows is checked at commit',
  );
  t.match(
    await client.transact([
      {
        op: 'mutate',
        table: 'Open_vSwitch',
        where: [],
        mutations: [['bridges', 'insert', ['00000000-0000-4000-8000-000000000000' as Uuid]]],
      },
    ]),
    { kind: 'referential_integrity_violation', index: undefined },
  );
  t.match(await client.transact([{ op: 'assert', lock: 'nobody' }]), { kind: 'not_owner', index: 0 });
  t.match(
    await client.transact([{ op: 'update', table: 'Open_vSwitch', where: [], row: { doca_initialized: true } }]),
    { kind: 'unknown_column', index: 0 },
    'upstream has no such column',
  );
  t.match(
    await client.transact([{ op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '/=', 0]] }]),
    { kind: 'domain_error', index: 0 },
  );
  await t.rejects(
    client.transact([{ op: 'update', table: 'Bridge', where: [], row: { name: 7 as unknown as string } }]),
    { code: 'OVSDB_BAD_VALUE', message: /Bridge\.name/ },
  );
  t.equal(client.state.kind, 'ready', 'none of it cost the connection');
});

t.test('columns the server lacks are left out of the monitor', async t => {
  const server = await startServer(t);
  const client = await startClient(t, server.unix);
  t.equal(client.hasColumn('Open_vSwitch', 'doca_initialized'), false);
  t.equal(client.hasColumn('Open_vSwitch', 'dpdk_initialized'), true);
  await client.transact([root]);
  const row = client.replica.find('Open_vSwitch', () => true);
  t.equal(row?.doca_initialized, undefined);
  t.equal(row?.dpdk_initialized, false);
  t.throws(() => client.replica.rows('QoS'), { code: 'OVSDB_NOT_MONITORED' });
});

t.test('locks', async t => {
  const server = await startServer(t);
  const a = await startClient(t, server.unix, {});
  const b = await startClient(t, server.unix, {});
  t.equal(await a.lock('one'), true);
  t.equal(await b.lock('one'), false);
  const locked = once(b, 'locked');
  await a.unlock('one');
  t.same(await locked, ['one']);
  t.equal((await b.transact([{ op: 'assert', lock: 'one' }])).kind, 'committed');
  const stolen = once(b, 'stolen');
  t.equal(await a.steal('one'), true);
  t.same(await stolen, ['one']);
});

t.test('a schema known only at run time', async t => {
  const server = await startServer(t);
  const typed = await startClient(t, server.unix, {});
  const schema = await typed.getSchema('Open_vSwitch');
  const client = new OvsdbClient<UntypedTables>({ remotes: [server.unix], schema, monitor: { QoS: true } });
  t.teardown(() => client.close());
  client.start();
  const row = { type: 'ä€😀 "\\\n', external_ids: new Map([['€', '😀']]) };
  t.equal((await client.transact([{ op: 'insert', table: 'QoS', row }])).kind, 'committed');
  t.match(
    client.replica.find('QoS', () => true),
    row,
    'every character comes back',
  );
  await t.rejects(typed.getSchema('Nope'), { code: 'OVSDB_RPC_ERROR', error: 'unknown database' });
});
