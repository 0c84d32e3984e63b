// Several nodes on one database: who has what stays whole, whoever is faster, dies, or comes back.

import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ChunkNeed } from '../../../src/controller/state/chunk-plan.ts';
import { Store, stateMonitor } from '../../../src/controller/state/store.ts';
import { type PointsmanTables, pointsmanSchema } from '../../../src/ovsdb/generated/pointsman.ts';
import { OvsdbClient } from '../../../src/ovsdb/index.ts';
import type { ChunkAllocation } from '../../../src/policy/allocation.ts';
import { eventually } from '../../lab/wait.ts';
import { Cluster } from '../ovsdb/cluster.ts';
import { connect, node, outerInterface, pool, startLab } from './fixture.ts';

const SCHEMA = join(import.meta.dirname, '../../../schemas/pointsman.ovsschema');
const everyTenant = () => needed;

function overlapping(chunks: readonly ChunkAllocation[]): [ChunkAllocation, ChunkAllocation] | undefined {
  for (const [i, a] of chunks.entries())
    for (const b of chunks.slice(i + 1))
      if (a.address === b.address && a.port < b.port + b.size && b.port < a.port + a.size) return [a, b];
  return undefined;
}

/** What one node writes is on its way to the other when it is answered. */
function sees(store: Store, generation: number): Promise<unknown> {
  return eventually(() => store.view().generation >= generation, { what: `generation ${generation}`, interval: 1 });
}

t.test('two nodes that pull at the same moment, 1,000 times, never share a port', async t => {
  const cluster = await Cluster.start(SCHEMA, 'Pointsman');
  t.teardown(() => cluster.remove());
  const open = async (name: string) => {
    const client = new OvsdbClient<PointsmanTables>({
      remotes: cluster.endpoints,
      schema: pointsmanSchema,
      monitor: stateMonitor,
    });
    t.teardown(() => client.close());
    client.start();
    const store = new Store({ client, node: { ...node, name }, maxAttempts: 100 });
    await store.open(AbortSignal.timeout(20_000));
    return store;
  };
  // The rule's own chunk goes to who writes it; the race is between the other two.
  const first = await open('writer');
  const stores = await Promise.all(['n1', 'n2'].map(open));
  await first.put('interfaces', outerInterface('wan', 30));
  // Room for a handful at a time: chunks that were given back are pulled again.
  const addresses = ['203.0.113.10'];
  await first.put('nat-pools', pool('p', 'wan', { addresses, ports: { min: 1024, max: 1663 }, chunkSize: 64 }));
  for (const name of ['red', 'blue', 'green']) await first.put('tenants', { name });
  let pulled = 0;
  const shared: unknown[] = [];
  for (let round = 0; round < 1000; round++) {
    const tenant = ['red', 'blue', 'green'][round % 3] ?? '';
    const { generation } = await first.put('nat-rules', { name: tenant, tenant, source: '10.0.0.0/24', pool: 'p' });
    await Promise.all(stores.map(store => sees(store, generation)));
    await Promise.all(stores.map(store => store.pullChunks(everyTenant)));
    // What the other one wrote is on its way.
    const chunks = () => first.snapshot().allocations.chunks;
    const ofTenant = () => chunks().filter(chunk => chunk.tenant === tenant).length;
    await eventually(() => ofTenant() === 1 + stores.length, { what: `the chunks of ${tenant}`, interval: 1 });
    pulled += ofTenant() - 1;
    const both = overlapping(chunks());
    if (both) shared.push(both);
    // Two of three stay, so that ranges of all sizes are free.
    const gone = ['red', 'blue', 'green'][(round + 1) % 3] ?? '';
    if (round >= 2) await first.remove('nat-rules', gone);
  }
  t.equal(pulled, 2000, 'each node got one each time');
  t.strictSame(shared, []);
});

/** Two nodes on one server: `client` is the other's. */
const needed = (): ChunkNeed => 'here';

async function twoStores(t: Test) {
  const { store, server } = await startLab(t);
  const client = connect(server);
  t.teardown(() => client.close());
  const other = new Store({ client, node: { ...node, name: 'node2' } });
  await other.open(AbortSignal.timeout(10_000));
  return { store, other, client };
}

t.test('a dead node gives back what it had, and nothing that it has since come back for', async t => {
  const { store, other, client } = await twoStores(t);
  await store.put('tenants', { name: 'red' });
  await store.put('interfaces', outerInterface('wan', 30));
  await store.put('nat-pools', pool('p', 'wan'));
  const { generation } = await store.put('nat-rules', { name: 'red', tenant: 'red', source: '10.0.0.0/24', pool: 'p' });
  await sees(other, generation);
  t.strictSame(await other.pullChunks(everyTenant), []);
  const chunks = () => store.snapshot().allocations.chunks;
  const count = (expected: number) =>
    eventually(() => chunks().length === expected, { what: `${expected} chunks`, interval: 1 });
  await count(2);
  t.match(
    chunks(),
    [
      { node: 'node1', port: 4096, icmp: true },
      { node: 'node2', port: 8192, icmp: false },
    ],
    'one at each node',
  );
  const etag = store.get('nat-rules', 'red')?.etag;

  const stale = store.view().nodes.get('node2')?.row.heartbeat ?? 0;
  await client.retry(draft => {
    const row = client.replica.find('Node', each => each.name === 'node2');
    if (row) draft.mutate('Node', row, ['heartbeat', '+=', 1]);
  });
  const heartbeat = () => store.view().nodes.get('node2')?.row.heartbeat;
  await eventually(() => heartbeat() === stale + 1, { what: 'the heartbeat', interval: 1 });
  t.equal(await store.dropNode('node2', stale), false, 'its heart has beaten since');
  t.equal(chunks().length, 2);
  t.equal(await store.dropNode('node2', stale + 1), true);
  t.match(chunks(), [{ node: 'node1', icmp: true }]);
  t.equal(chunks().length, 1);
  t.not(store.get('nat-rules', 'red')?.etag, etag, 'the rule answers something else now');
  t.strictSame([...store.view().nodes.keys()], ['node1']);
  t.equal(await store.dropNode('node2', stale + 1), false, 'there is nobody to be dropped');

  await eventually(() => !other.view().nodes.has('node2'), { what: 'the bad news', interval: 1 });
  await t.rejects(other.pullChunks(everyTenant), { code: 'STATE_UNAVAILABLE' }, 'taken out: not before it is back');
  await other.open(AbortSignal.timeout(10_000));
  t.strictSame(await other.pullChunks(everyTenant), []);
  await count(2);
  t.match(chunks().at(-1), { node: 'node2', port: 8192 });
});

t.test('the ICMP of an address passes to who is left on it', async t => {
  const { store, other } = await twoStores(t);
  await other.put('interfaces', outerInterface('wan', 30));
  await other.put('nat-pools', pool('p', 'wan'));
  for (const name of ['red', 'blue']) {
    await other.put('tenants', { name });
    const { generation } = await other.put('nat-rules', { name, tenant: name, source: '10.0.0.0/24', pool: 'p' });
    await sees(store, generation);
  }
  // Red is at both nodes, blue at the other alone, which has the ICMP.
  await store.pullChunks(
    () =>
      (tenant): ChunkNeed =>
        tenant === 'red' ? 'here' : 'elsewhere',
  );
  t.strictSame(
    store.snapshot().allocations.chunks.map(({ tenant, node, icmp }) => [tenant, node, icmp]),
    [
      ['blue', 'node2', false],
      ['red', 'node1', false],
      ['red', 'node2', true],
    ],
  );
  t.equal(await store.dropNode('node2', 0), true);
  t.strictSame(
    store.snapshot().allocations.chunks.map(({ tenant, node, icmp }) => [tenant, node, icmp]),
    [['red', 'node1', true]],
  );
});

t.test('a rule that lost its chunk stands in nobody’s way', async t => {
  const { store, other } = await twoStores(t);
  await other.put('interfaces', outerInterface('wan', 30));
  const room = { ports: { min: 1024, max: 2047 }, chunkSize: 1024 };
  await other.put('nat-pools', pool('p', 'wan', room));
  for (const name of ['red', 'blue']) await other.put('tenants', { name });
  const rule = (name: string) => ({ name, tenant: name, source: '10.0.0.0/24', pool: 'p' });
  const { generation } = await other.put('nat-rules', rule('red'));
  await sees(store, generation);
  t.equal(await store.dropNode('node2', 0), true);
  await store.put('nat-rules', rule('blue'));
  t.match(store.snapshot().allocations.chunks, [{ tenant: 'blue' }]);
  await store.put('tenants', { name: 'green' });
  t.strictSame(await store.pullChunks(everyTenant), ['p'], 'the pool is used up');
  await store.remove('nat-rules', 'blue');
  t.match(store.snapshot().allocations.chunks, [{ tenant: 'red', node: 'node1' }], 'who waits gets what is free');
});

t.test('a zone is not given out while a node may have entries in it', async t => {
  const lab = await startLab(t);
  const { store, client } = lab;
  await store.put('tenants', { name: 'red' });
  await store.remove('tenants', 'red');
  await store.put('tenants', { name: 'blue' });
  t.strictSame([...store.snapshot().allocations.zones], [['blue', 2]]);
  const [zone] = client.replica.rows('Conntrack_Zone');
  await client.retry(draft => {
    if (zone) draft.update('Conntrack_Zone', zone, { holders: [] });
  });
  await store.put('tenants', { name: 'green' });
  t.equal(store.snapshot().allocations.zones.get('green'), 1);
  t.equal(client.replica.count('Conntrack_Zone'), 0, 'the row goes when the zone is somebody’s again');
});
