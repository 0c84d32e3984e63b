// What the replica holds changes while the client runs; rows in an order; and what a client tells of its work.

import { once } from 'node:events';
import t, { type Test } from 'tap';
import { type OpenVSwitchTables, openVSwitchSchema } from '../../../src/ovsdb/generated/open-vswitch.ts';
import { OvsdbClient, type OvsdbClientOptions, OvsdbValueError } from '../../../src/ovsdb/index.ts';
import { startProxy } from './proxy.ts';
import { createPrivateServer, type PrivateServer } from './server.ts';

type Client = OvsdbClient<OpenVSwitchTables>;

async function start(t: Test): Promise<PrivateServer> {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  await server.start();
  return server;
}

function open(t: Test, options: Partial<OvsdbClientOptions<OpenVSwitchTables>>): Client {
  const client = new OvsdbClient<OpenVSwitchTables>({ remotes: [], schema: openVSwitchSchema, ...options });
  t.teardown(() => client.close());
  client.start();
  return client;
}

/** A bridge with ports that have these tags. */
async function fill(client: Client, tags: readonly (number | undefined)[]): Promise<void> {
  const { result } = await client.retry(tx => {
    const ports = tags.map((tag, i) => {
      const face = tx.insert('Interface', { name: `p${i}` });
      return tx.insert('Port', { name: `p${i}`, interfaces: [face], ...(tag !== undefined && { tag }) });
    });
    const bridge = tx.insert('Bridge', { name: 'br0', ports });
    tx.insert('Open_vSwitch', { bridges: [bridge] });
  });
  if (result.kind !== 'committed') throw new Error(result.kind);
}

t.test('tables are added to a monitor that runs', async t => {
  const server = await start(t);
  const client = open(t, { remotes: [server.unix], monitor: { Bridge: true }, ordered: { Port: [['tag']] } });
  await client.synced();
  await fill(client, [30, 10, undefined, 20]);
  t.ok(await client.lock('kept'));
  t.throws(() => client.replica.count('Port'), { code: 'OVSDB_NOT_MONITORED' });

  const told: string[] = [];
  client.on('update', changes => {
    for (const { kind, table } of changes) told.push(`${kind} ${table}`);
  });
  let lost = 0;
  client.on('disconnected', () => lost++);

  const added = client.setMonitor({ Bridge: true, Port: ['name', 'tag'] });
  t.equal(client.replica.count('Port'), 0, 'there at once, and empty');
  // What is written meanwhile is not lost, whichever side of the change it falls on.
  const written = client.retry(tx => {
    const [bridge] = [...client.replica.rows('Bridge')];
    if (bridge) tx.update('Bridge', bridge, { fail_mode: 'secure' });
  });
  await added;
  t.equal((await written).result.kind, 'committed');
  t.equal(client.replica.count('Port'), 4);
  t.equal([...client.replica.rows('Bridge')][0]?.fail_mode, 'secure');
  t.same(told.filter(one => one.endsWith('Port')).length, 4);
  t.notOk(told.includes('insert Bridge'), 'rows of tables that stay are not told again');
  t.ok(client.replica.synced);
  t.equal(lost, 0, 'on the same connection');

  t.same(
    client.replica.range('Port', ['tag']).map(({ tag }) => tag),
    [undefined, 10, 20, 30],
  );
  const between = client.replica.range('Port', ['tag'], { from: { tag: 10 }, to: { tag: 20 } });
  t.same(
    between.map(({ name }) => name),
    ['p1', 'p3'],
  );
  await client.retry(tx => {
    const [port] = client.replica.range('Port', ['tag'], { from: { tag: 30 } });
    if (port) tx.update('Port', port, { tag: 5 });
  });
  t.same(
    client.replica.range('Port', ['tag'], { from: { tag: 1 } }).map(({ tag }) => tag),
    [5, 10, 20],
  );
  t.throws(() => client.replica.range('Bridge', ['name']), { code: 'OVSDB_NOT_INDEXED' });

  await client.setMonitor({ Port: true });
  t.throws(() => client.replica.count('Bridge'), { code: 'OVSDB_NOT_MONITORED' });
  t.ok(told.includes('delete Bridge'));
  await client.setConditions({ Port: [['tag', '==', 10]] });
  t.equal(client.replica.count('Port'), 1, 'conditions go on');
  await client.setMonitor({ Port: true, Interface: ['name'] });
  t.equal(client.replica.count('Port'), 1, 'and stay');
  t.equal(client.replica.count('Interface'), 4);
});

t.test('a client without a monitor gets one, and a connection that is lost meanwhile does no harm', async t => {
  const server = await start(t);
  const proxy = await startProxy(t, `${server.directory}/db.sock`);
  const client = open(t, { remotes: [proxy.endpoint], reconnect: { minBackoff: 10, maxBackoff: 20 } });
  await client.synced();
  await fill(client, [1, 2]);
  for (const lostAt of ['', 'monitor_cancel', 'monitor_cond_since', 'monitor_cancel', 'monitor_cond_since']) {
    const withBridges = lostAt === 'monitor_cancel';
    proxy.onRequest = method => {
      if (method !== lostAt) return;
      proxy.onRequest = () => {};
      proxy.drop();
    };
    await client.setMonitor({ Port: true, ...(withBridges && { Bridge: true }) });
    t.equal(client.replica.count('Port'), 2);
    t.ok(client.replica.synced);
    if (withBridges) t.equal(client.replica.count('Bridge'), 1);
    else t.throws(() => client.replica.count('Bridge'));
  }
});

t.test('only columns of one value or none have an order', async t => {
  const options = { remotes: [{ kind: 'unix', path: '/nowhere' }] as const, schema: openVSwitchSchema };
  t.throws(() => new OvsdbClient<OpenVSwitchTables>({ ...options, ordered: { Port: [['trunks']] } }), OvsdbValueError);
});

t.test('calls, updates and states are told', async t => {
  const server = await start(t);
  const seen: string[] = [];
  const client = open(t, {
    remotes: [server.unix],
    monitor: { Bridge: true },
    hooks: {
      onCall: ({ method, milliseconds, error }) => {
        seen.push(`${method} ${milliseconds >= 0} ${error?.name ?? 'done'}`);
      },
      onUpdate: ({ changes }) => seen.push(`update ${changes}`),
      onState: state => seen.push(state),
    },
  });
  await once(client, 'connected');
  t.same(seen, ['connecting', 'handshake', 'update 0', 'ready']);
  seen.length = 0;
  await fill(client, [1]);
  t.same(seen, ['update 1', 'transact true done']);
  seen.length = 0;
  await t.rejects(client.getSchema('none'), { code: 'OVSDB_RPC_ERROR' });
  t.same(seen, ['get_schema true OvsdbRpcError']);
  await client.close();
  t.equal(seen.at(-1), 'closed');
});
