// Batches against a real ovsdb-server: one transaction, whatever refers to what.

import t from 'tap';
import type { BatchItem } from '../../../src/controller/state/batch-plan.ts';
import { BatchRejected } from '../../../src/controller/state/errors.ts';
import { LiveView } from '../../../src/controller/state/live-view.ts';
import { Store } from '../../../src/controller/state/store.ts';
import { OvsdbOutcomeUnknownError } from '../../../src/ovsdb/errors.ts';
import { eventually } from '../../lab/wait.ts';
import { connect, everythingIn, node, outerInterface, pool, startLab, vlanInterface } from './fixture.ts';

/** A tenant with a wire and a rule of its own: five objects. */
function tenant(number: number, vlan = 100 + number): BatchItem[] {
  const name = `t${number}`;
  return [
    { kind: 'nat-rules', document: { name, tenant: name, source: '10.0.0.0/8', pool: 'p' } },
    {
      kind: 'routes',
      document: { name, tenant: name, destination: '0.0.0.0/0', interface: 'wan', nextHop: '198.51.100.254' },
    },
    { kind: 'interfaces', document: vlanInterface(name, vlan, { tenant: name }) },
    { kind: 'vnis', document: { name, tenant: name, vni: 1000 + number, vtep: 'evpn' } },
    { kind: 'tenants', document: { name } },
  ];
}

const shared: BatchItem[] = [
  { kind: 'nat-pools', document: pool('p', 'wan', { chunkSize: 256 }) },
  { kind: 'interfaces', document: outerInterface('wan', 30) },
];

t.test('a thousand objects, one transaction', async t => {
  const { store, client } = await startLab(t);
  const items = [...Array.from({ length: 200 }, (_, number) => tenant(number)).flat(), ...shared];
  const began = performance.now();
  const made = await store.batch(items);
  t.comment(`${items.length} objects in ${Math.round(performance.now() - began)} ms`);
  t.equal(made.generation, 1);
  t.ok(made.results.every(({ outcome }) => outcome === 'created'));
  const { ids, zones, indexes, chunks } = store.snapshot().allocations;
  const different = (numbers: Iterable<number>) => new Set(numbers).size;
  t.equal(different(ids.values()), items.length);
  t.equal(different(zones.values()), 200);
  t.equal(different(indexes.values()), 201);
  t.equal(different(chunks.map(({ port }) => port)), 200, 'each tenant has ports of its own');
  t.equal(chunks.filter(({ icmp }) => icmp).length, 1);
  t.equal(store.view().nextId, items.length + 1);
  t.equal(store.view().lastIndex, 201);
  t.equal(store.view().lastPorts.get('p')?.size, 1, 'the new pool knows what it gave out');
  t.strictSame(store.live.problems, []);
  t.strictSame(everythingIn(store.view()), everythingIn(new LiveView(client.replica)));

  const again = await store.batch(items);
  t.equal(again.generation, 1);
  t.ok(again.results.every(({ outcome }) => outcome === 'unchanged'));
  t.strictSame(
    again.results.map(({ etag }) => etag),
    made.results.map(({ etag }) => etag),
  );

  // What goes with what comes: zones and indexes that go are nobody's yet.
  const before = store.snapshot().allocations;
  const exchange: BatchItem[] = [
    ...(['nat-rules', 'routes', 'interfaces', 'vnis', 'tenants'] as const).map(kind => ({ kind, name: 't7' })),
    ...tenant(207, 107),
  ];
  const { results } = await store.batch(exchange);
  t.strictSame(
    results.map(({ outcome }) => outcome),
    [...Array(5).fill('deleted'), ...Array(5).fill('created')],
    'the wire of the one is that of the other now',
  );
  const after = store.snapshot().allocations;
  t.not(after.zones.get('t207'), before.zones.get('t7'));
  t.not(after.indexes.get('interfaces/t207'), before.indexes.get('interfaces/t7'));
  const portsOf = (tenant: string, of: typeof after) => of.chunks.find(chunk => chunk.tenant === tenant)?.port;
  t.ok(portsOf('t207', after));
  t.not(portsOf('t207', after), portsOf('t7', before));

  // A pool that changes takes its rules with it, those of the batch and those that are not in it.
  const larger = await store.batch([
    { kind: 'nat-pools', document: pool('p', 'wan', { chunkSize: 128, addresses: ['203.0.113.10', '203.0.113.11'] }) },
    ...tenant(1),
    { kind: 'nat-rules', document: { name: 't2', tenant: 't2', source: '10.0.0.0/9', pool: 'p' } },
  ]);
  for (const { kind, name, etag } of larger.results) t.equal(store.get(kind, name)?.etag, etag, `${kind}/${name}`);
  t.ok(store.snapshot().allocations.chunks.every(({ size }) => size === 128));
  t.strictSame(everythingIn(store.view()), everythingIn(new LiveView(client.replica)));

  await t.rejects(store.batch([...tenant(300), { kind: 'tenants', name: 't3' }]), BatchRejected);
  t.equal(store.get('tenants', 't300'), undefined);
  t.equal(store.view().generation, larger.generation);
});

t.test('who comes first in a batch is served first, whatever the names', async t => {
  const { store } = await startLab(t);
  const rule = (name: string): BatchItem[] => [
    { kind: 'nat-rules', document: { name, tenant: name, source: '10.0.0.0/8', pool: 'p' } },
    { kind: 'tenants', document: { name } },
  ];
  await store.batch([...rule('red'), ...rule('blue'), ...rule('amber'), ...shared]);
  const { chunks } = store.snapshot().allocations;
  t.strictSame(
    [...chunks].sort((a, b) => a.port - b.port).map(({ tenant, icmp }) => [tenant, icmp]),
    [
      ['red', true],
      ['blue', false],
      ['amber', false],
    ],
    'the ICMP of an address, too, as if they had been put one after the other',
  );
});

t.test('a pool without room refuses all, and tells of each rule', async t => {
  const { store } = await startLab(t);
  const small: BatchItem = {
    kind: 'nat-pools',
    document: pool('p', 'wan', { ports: { min: 1024, max: 1535 }, chunkSize: 256 }),
  };
  const error = await store
    .batch([small, ...shared.slice(1), ...[1, 2, 3, 4].flatMap(number => tenant(number))])
    .catch((error: unknown) => error);
  t.match(error, {
    code: 'STATE_BATCH_REJECTED',
    errors: [3, 4].map(number => ({
      item: 2 + (number - 1) * 5,
      error: { problems: [{ kind: 'nat-rules', name: `t${number}`, pointer: '/pool', why: 'conflict' }] },
    })),
  });
  t.equal(store.view().generation, 0);
});

t.test('batches at once, of two writers', async t => {
  const { server, store } = await startLab(t);
  const client = connect(server);
  t.teardown(() => client.close());
  const second = new Store({ client, node: { ...node, name: 'node2' }, portRest: 0 });
  await second.open(AbortSignal.timeout(10_000));
  await second.register();
  await store.batch(shared);
  await eventually(() => second.view().generation === 1, { what: 'the other to see it', interval: 1 });
  const numbers = Array.from({ length: 12 }, (_, number) => number);
  await Promise.all(numbers.map(number => (number % 2 ? store : second).batch(tenant(number))));
  // What the other wrote is on its way.
  await eventually(() => store.view().generation === 13, { what: 'all of them', interval: 1 });
  const { ids, zones, indexes } = store.snapshot().allocations;
  for (const [given, size] of [
    [ids, 62],
    [zones, 12],
    [indexes, 13],
  ] as const)
    t.equal(new Set(given.values()).size, size);
});

t.test('a batch whose answer is lost is done once', async t => {
  const { store, client } = await startLab(t);
  const { commit } = client;
  let lost = 0;
  client.commit = async (...args) => {
    const result = await commit.apply(client, args);
    if (result.kind !== 'committed' || lost > 0) return result;
    lost++;
    return { kind: 'outcome_unknown', error: new OvsdbOutcomeUnknownError('transact', undefined) };
  };
  const items = [...shared, ...tenant(1)].map(item => ({ ...item, ifNoneMatch: '*' as const }));
  const { results, generation } = await store.batch(items);
  t.equal(lost, 1);
  t.equal(generation, 1);
  t.equal(store.view().generation, 1);
  t.ok(results.every(({ outcome }) => outcome === 'created'));
  await t.rejects(store.batch(items), { errors: items.map((_, item) => ({ item })) });
});
