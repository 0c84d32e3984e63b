// Several nodes on one database: who has what stays whole, whoever is faster, dies, or comes back.

import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ChunkNeed } from '../../../src/controller/state/chunk-plan.ts';
import { restingPorts } from '../../../src/controller/state/retired-numbers.ts';
import { stateMonitor } from '../../../src/controller/state/state-monitor.ts';
import { Store, type StoreOptions } from '../../../src/controller/state/store.ts';
import { type PointsmanTables, pointsmanSchema } from '../../../src/ovsdb/generated/pointsman.ts';
import { OvsdbClient } from '../../../src/ovsdb/index.ts';
import type { ChunkAllocation } from '../../../src/policy/allocation.ts';
import { eventually } from '../../lab/wait.ts';
import { Cluster } from '../ovsdb/cluster.ts';
import { connect, node, outerInterface, pool, startLab, vlanInterface } from './fixture.ts';

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
    const store = new Store({ client, node: { ...node, name }, portRest: 0, maxAttempts: 100 });
    await store.open(AbortSignal.timeout(20_000));
    await store.register();
    return store;
  };
  // The rule's own chunk goes to who writes it; the race is between the other two.
  const first = await open('writer');
  const stores = await Promise.all(['n1', 'n2'].map(open));
  const letGo = () => Promise.all([first, ...stores].map(store => store.letGo(store.view().generation)));
  await first.put('interfaces', outerInterface('wan', 30));
  // Room for a handful at a time: chunks that were given back are pulled again.
  const addresses = ['203.0.113.10'];
  await first.put('nat-pools', pool('p', 'wan', { addresses, ports: { min: 1024, max: 2687 }, chunkSize: 64 }));
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
    if (round % 4 !== 0) continue;
    await Promise.all(stores.map(store => sees(store, first.view().generation)));
    await letGo();
    await eventually(() => first.view().retiredRows.length === 0, { what: 'all to let go', interval: 1 });
  }
  t.equal(pulled, 2000, 'each node got one each time');
  t.strictSame(shared, []);
});

/** Two nodes on one server: `client` is the other's. */
const needed = (): ChunkNeed => 'here';

async function twoStores(t: Test, options: Partial<StoreOptions> = { portRest: 0 }) {
  const { store, server } = await startLab(t, options);
  const client = connect(server);
  t.teardown(() => client.close());
  const other = new Store({ client, node: { ...node, name: 'node2' }, ...options });
  await other.open(AbortSignal.timeout(10_000));
  await other.register();
  await eventually(() => store.view().nodes.size === 2, { what: 'the other', interval: 1 });
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
  t.equal(await store.dropNode('node2', stale, 60), false, 'its heart has beaten since');
  t.equal(chunks().length, 2);
  t.equal(await store.dropNode('node2', stale + 1, 60), true);
  t.match(chunks(), [{ node: 'node1', icmp: true }]);
  t.equal(chunks().length, 1);
  t.not(store.get('nat-rules', 'red')?.etag, etag, 'the rule answers something else now');
  t.strictSame([...store.view().nodes.keys()], ['node1']);
  t.equal(await store.dropNode('node2', stale + 1, 60), false, 'there is nobody to be dropped');

  await eventually(() => !other.view().nodes.has('node2'), { what: 'the bad news', interval: 1 });
  await t.rejects(other.pullChunks(everyTenant), { code: 'STATE_UNAVAILABLE' }, 'taken out: not before it is back');
  await other.register();
  t.strictSame(await other.pullChunks(everyTenant), []);
  await count(2);
  t.match(chunks().at(-1), { node: 'node2', port: 12288 }, 'what it had had nobody has let go of');
  t.match(store.get('nat-rules', 'red')?.document, { pool: 'p' });
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
  t.equal(await store.dropNode('node2', 0, 0), true);
  const left = () => store.snapshot().allocations.chunks.map(({ tenant, node, icmp }) => [tenant, node, icmp]);
  t.strictSame(left(), [['red', 'node1', false]], 'not before the others have let go of it');
  await store.letGo(store.view().generation);
  await store.pullChunks(everyTenant);
  t.ok(left().some(([, , icmp]) => icmp));
});

t.test('a rule that lost its chunk stands in nobody’s way', async t => {
  const { store, other } = await twoStores(t);
  await other.put('interfaces', outerInterface('wan', 30));
  const room = { ports: { min: 1024, max: 2047 }, chunkSize: 1024 };
  await other.put('nat-pools', pool('p', 'wan', room));
  for (const name of ['red', 'blue', 'green']) await other.put('tenants', { name });
  const rule = (name: string) => ({ name, tenant: name, source: '10.0.0.0/24', pool: 'p' });
  const { generation } = await other.put('nat-rules', rule('red'));
  await sees(store, generation);
  t.equal(await store.dropNode('node2', 0, 60), true);
  const { outcome } = await store.put('nat-rules', rule('blue'));
  t.equal(outcome, 'created', 'a rule for which there will be room is no conflict');
  const chunks = () => store.snapshot().allocations.chunks;
  t.strictSame(chunks(), [], 'it waits');
  await store.letGo(store.view().generation);
  const waiting = [{ pool: 'p', waitsFor: ['node2'] }];
  const needs = (of: string) => () => (tenant: string) => (tenant === of ? 'here' : 'elsewhere') as ChunkNeed;
  t.strictSame(await store.pullChunks(needs('blue')), waiting, 'for the node that is no more');
  t.equal(await store.releaseNode('node2', 1), false, 'that is not when it ended');
  t.equal(await store.releaseNode('node2'), true);
  t.equal(await store.releaseNode('node2'), false, 'once');
  t.strictSame(await store.pullChunks(needs('blue')), []);
  t.match(chunks(), [{ tenant: 'blue', node: 'node1' }]);
  t.strictSame(await store.pullChunks(everyTenant), [{ pool: 'p', waitsFor: [] }], 'the pool is used up');
  await t.rejects(store.put('nat-rules', { ...rule('red'), name: 'more', source: '10.0.1.0/24', tenant: 'green' }), {
    code: 'STATE_INTENT_REJECTED',
  });
  await store.remove('nat-rules', 'blue');
  await store.letGo(store.view().generation);
  await store.pullChunks(needs('red'));
  t.match(chunks(), [{ tenant: 'red', node: 'node1' }], 'who waits gets what is free');
});

t.test('ports rest when every node has let go of them, and are their tenant’s meanwhile', async t => {
  const { store, other } = await twoStores(t, { portRest: 120, now: () => 1_000_000 });
  await store.put('interfaces', outerInterface('wan', 30));
  await store.put('nat-pools', pool('p', 'wan', { ports: { min: 1024, max: 2047 }, chunkSize: 1024 }));
  for (const name of ['red', 'blue']) await store.put('tenants', { name });
  const rule = (name: string) => ({ name, tenant: name, source: '10.0.0.0/24', pool: 'p' });
  const chunks = () => store.snapshot().allocations.chunks.map(({ tenant, node, port }) => [tenant, node, port]);
  const retired = () => store.snapshot().allocations.retired;
  const poolEtag = store.get('nat-pools', 'p')?.etag;
  await store.put('nat-rules', rule('red'));
  t.equal(store.get('nat-pools', 'p')?.etag, poolEtag, 'what a pool gave out is no change of it');
  const tenantId = store.view().objects.get('tenants/red')?.id;
  const { generation } = await store.remove('nat-rules', 'red');
  await sees(other, generation);
  await store.put('nat-rules', rule('blue'));
  t.strictSame(chunks(), []);
  t.strictSame(await store.pullChunks(everyTenant), [{ pool: 'p', waitsFor: ['node1', 'node2'] }]);
  await store.letGo(store.view().generation);
  await sees(other, store.view().generation);
  await other.letGo(other.view().generation);
  await eventually(() => retired()[0]?.holders.length === 0, { what: 'all to have let go', interval: 1 });
  const range = { kind: 'ports', address: '203.0.113.10', port: 1024, size: 1024, icmp: true } as const;
  t.strictSame(retired(), [{ ...range, tenantId, holders: [], until: 1_120_000 }]);
  t.strictSame(await store.pullChunks(everyTenant), [{ pool: 'p', waitsFor: [], until: 1_120_000 }]);
  t.strictSame(chunks(), [], 'not blue’s yet');

  await store.put('nat-rules', rule('red'));
  t.strictSame(chunks(), [['red', 'node1', 1024]], 'red has it back');
  t.ok(store.snapshot().allocations.chunks[0]?.icmp, 'with the ICMP');
  await store.remove('nat-rules', 'red');
  t.equal(retired().length, 1, 'given up again, once');
  t.strictSame(retired()[0]?.holders, ['node1', 'node2']);
  t.strictSame(await store.pullChunks(everyTenant), [{ pool: 'p', waitsFor: ['node1', 'node2'] }]);
  await store.letGo(store.view().generation);
  await sees(other, store.view().generation);
  await other.letGo(other.view().generation);
  await eventually(() => restingPorts(store.view()).length === 1, { what: 'it to rest', interval: 1 });

  const [old] = restingPorts(store.view());
  await store.remove('nat-rules', 'blue');
  await store.remove('tenants', 'red');
  await store.put('tenants', { name: 'red' });
  await store.put('nat-rules', rule('red'));
  t.strictSame(chunks(), [], 'another of red’s name is another');
  await store.endRest(new Set([{ ...(old as NonNullable<typeof old>) }]));
  t.equal(restingPorts(store.view()).length, 1, 'a row that is not there');
  await store.endRest(new Set(restingPorts(store.view())));
  t.strictSame(await store.pullChunks(everyTenant), []);
  t.strictSame(chunks(), [['red', 'node1', 1024]]);
});

t.test('a zone and an index are not given out while a node may use them', async t => {
  const { store, other } = await twoStores(t);
  const allocations = () => store.snapshot().allocations;
  for (const name of ['red', 'blue']) await store.put('tenants', { name });
  const zone = allocations().zones.get('red') ?? 0;
  const leg = (name: string, tenant: string, vlan: number) =>
    store.put('interfaces', vlanInterface(name, vlan, { tenant }));
  await leg('a', 'red', 11);
  await leg('b', 'red', 12);
  await store.remove('interfaces', 'b');
  await leg('c', 'blue', 13);
  t.equal(allocations().indexes.get('interfaces/c'), 3);
  await leg('a', 'blue', 11);
  t.equal(allocations().indexes.get('interfaces/a'), 4, 'an interface that changes hands gets another');
  const retired = () => allocations().retired.map(({ kind, holders }) => [kind, ...holders]);
  t.strictSame(retired().sort(), [
    ['index', 'node1', 'node2'],
    ['index', 'node1', 'node2'],
  ]);
  await store.remove('tenants', 'red');
  await store.put('tenants', { name: 'green' });
  t.equal(allocations().zones.get('green'), zone + 2);
  await store.letGo(store.view().generation);
  t.strictSame(retired(), [
    ['index', 'node2'],
    ['index', 'node2'],
    ['zone', 'node2'],
  ]);
  await sees(other, store.view().generation);
  await other.letGo(other.view().generation - 2);
  await eventually(() => retired().length === 1, { what: 'what went before', interval: 1 });
  await other.letGo(other.view().generation);
  await eventually(() => retired().length === 0, { what: 'the rest', interval: 1 });
  await store.put('tenants', { name: 'yellow' });
  t.equal(allocations().zones.get('yellow'), zone);
  await leg('d', 'green', 14);
  t.equal(allocations().indexes.get('interfaces/d'), 5, 'what was given up comes last');
});

t.test('who joins says so first, and waits for its switch', async t => {
  const { store, server } = await startLab(t);
  const client = connect(server);
  t.teardown(() => client.close());
  const other = new Store({ client, node: { ...node, name: 'node2' }, portRest: 0 });
  await other.open(AbortSignal.timeout(10_000));
  t.equal(await other.register(-1), false);
  const said = other.view().generation;
  await eventually(() => store.view().generation === said, { what: 'what it said', interval: 1 });
  await store.put('tenants', { name: 'red' });
  const { generation } = await store.remove('tenants', 'red');
  t.strictSame(store.snapshot().allocations.retired, [{ kind: 'zone', number: 0x8000, holders: ['node1', 'node2'] }]);
  await sees(other, generation);
  t.equal(await other.register(said - 1), false);
  t.notOk(other.view().nodes.has('node2'));
  t.equal(await other.register(said), true);
  await other.letGo(said);
  t.strictSame(other.snapshot().allocations.retired, [{ kind: 'zone', number: 0x8000, holders: ['node1', 'node2'] }]);
});

t.test('a node is believed to be fenced when its switch is', async t => {
  const { store, server } = await startLab(t);
  const start = async (fence: number | undefined) => {
    const client = connect(server);
    t.teardown(() => client.close());
    const other = new Store({ client, node: { ...node, name: 'node2', fence }, portRest: 0 });
    await other.open(AbortSignal.timeout(10_000));
    return other;
  };
  const said = async (fence: number) => {
    const found = () => store.view().nodes.get('node2')?.row.fence;
    await eventually(() => found() === fence, { what: `a fence of ${fence} s`, interval: 1 }).catch(() => {});
    t.equal(found(), fence);
  };
  await (await start(undefined)).register();
  await said(0);
  const fenced = await start(45);
  t.equal(await fenced.register(-1), true, 'it takes part as it did');
  await said(0);
  await fenced.register(1);
  await said(45);
  await (await start(90)).register(-1);
  await said(90);
  await (await start(45)).register(-1);
  await said(90);
  await (await start(undefined)).register(-1);
  await said(0);
});

t.test('what a lost part of the state may have given out waits for all', async t => {
  const { store, other } = await twoStores(t);
  await store.put('interfaces', outerInterface('wan', 30));
  await store.put('nat-pools', pool('p', 'wan', { addresses: ['203.0.113.10'], ports: { min: 1024, max: 65535 } }));
  for (const name of ['red', 'blue', 'green']) await store.put('tenants', { name });
  const rule = (name: string) => store.put('nat-rules', { name, tenant: name, source: '10.0.0.0/24', pool: 'p' });
  const chunkOf = (tenant: string) => store.snapshot().allocations.chunks.find(chunk => chunk.tenant === tenant);
  await rule('red');
  const kept = chunkOf('red');
  await store.put('interfaces', vlanInterface('a', 11, { tenant: 'red' }));
  const from = store.view();
  const found = store.mark();
  if (!found) throw new Error('a mark');
  const { index = 0 } = { index: from.allocations.indexes.get('interfaces/a') };
  const to = { generation: found.generation + 1003, nextId: found.nextId + 1003 };
  await store.goOn(found, to);
  t.strictSame(chunkOf('red'), kept, 'connections go on');
  await store.put('interfaces', vlanInterface('b', 12, { tenant: 'blue' }));
  t.ok((store.snapshot().allocations.indexes.get('interfaces/b') ?? 0) > index + 1003);
  await rule('blue');
  t.equal(chunkOf('blue'), undefined, 'who knows who has it');
  await sees(other, store.view().generation);
  await store.letGo(store.view().generation);
  await other.letGo(found.generation + 3);
  await store.pullChunks(everyTenant);
  t.equal(chunkOf('blue'), undefined, 'the other’s switch holds what the lost part said');
  await other.letGo(to.generation);
  await eventually(() => store.view().retiredRows.length === 0, { what: 'all to let go', interval: 1 });
  await store.pullChunks(everyTenant);
  t.ok(chunkOf('blue'));
  // Ranges are named by where they begin: that of a whole address must not be in the way of a chunk's.
  const mark = store.mark();
  if (!mark) throw new Error('a mark');
  await store.goOn(mark, { generation: mark.generation + 1000, nextId: mark.nextId });
  await store.goOn(
    { ...mark, generation: mark.generation + 1000 },
    { generation: mark.generation + 2000, nextId: mark.nextId },
  );
  for (const name of ['red', 'blue']) await store.remove('nat-rules', name);
});
