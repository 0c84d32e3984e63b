// Several nodes that write to one database at once: who has nothing to do with the others is not made to try again, and of
// two that cannot both have their way one has.

import assert from 'node:assert/strict';
import t, { type Test } from 'tap';
import type { BatchItem } from '../../../src/controller/state/batch-plan.ts';
import { Store } from '../../../src/controller/state/store.ts';
import { problems } from '../../../src/policy/facts/problems.ts';
import { type DocumentDelete, type DocumentPut, judge } from '../../../src/policy/judge.ts';
import { kinds } from '../../../src/policy/kinds/names.ts';
import { anyDocument, anyName } from '../../fixtures/adversary.ts';
import { Dice } from '../../fixtures/dice.ts';
import { eventually } from '../../lab/wait.ts';
import { connect, everythingIn, node, outerInterface, pool, startLab, vlanInterface } from './fixture.ts';

async function stores(t: Test, count: number): Promise<readonly Store[]> {
  const { store, server } = await startLab(t);
  const all = [store];
  for (let i = 1; i < count; i++) {
    const client = connect(server);
    t.teardown(() => client.close());
    const other = new Store({ client, node: { ...node, name: `node${i + 1}` }, portRest: 0 });
    await other.open(AbortSignal.timeout(10_000));
    await other.register();
    all.push(other);
  }
  for (const each of all) await eventually(() => each.view().nodes.size === count, { what: 'all nodes', interval: 1 });
  return all;
}

/** What is on its way has arrived everywhere. */
async function settle(all: readonly Store[]): Promise<void> {
  const latest = () => Math.max(...all.map(store => store.view().generation));
  await eventually(() => all.every(store => store.view().generation === latest()), {
    what: 'all to see all',
    interval: 1,
  });
}

function checkAll(all: readonly Store[]): void {
  const [first, ...others] = all.map(store => everythingIn(store.view()));
  for (const other of others) assert.deepEqual(other, first);
  for (const store of all) assert.deepEqual(store.live.program.audit(1_000_000), []);
}

t.test('16 writers at each of three nodes, whose objects have nothing to do with each other', async t => {
  const all = await stores(t, 3);
  await all[0]?.put('interfaces', outerInterface('wan', 30));
  await settle(all);
  // Each takes the numbers that it is going to need.
  for (const [i, store] of all.entries()) {
    await store.put('tenants', { name: `first${i}` });
    await store.put('interfaces', vlanInterface(`first${i}`, 100 + i, { tenant: `first${i}` }));
    await settle(all);
  }
  const before = all.map(({ retries }) => retries);
  await Promise.all(
    all.flatMap((store, at) =>
      Array.from({ length: 16 }, async (_, i) => {
        const tenant = `t${at}-${i}`;
        const addresses = [`10.${i}.0.1/24`];
        await store.put('tenants', { name: tenant });
        await store.put('vnis', { name: tenant, tenant, vni: 1000 + at * 100 + i, vtep: 'evpn' });
        const attachment = { type: 'vni', vni: tenant } as const;
        await store.put('interfaces', { ...vlanInterface(tenant, 0), tenant, attachment, addresses });
        await store.put('ports', {
          name: tenant,
          interface: tenant,
          mac: '02:00:00:00:09:01',
          addresses: [`10.${i}.0.9`],
        });
        const hop = { interface: 'wan', nextHop: '198.51.100.254' };
        await store.put('routes', { name: tenant, tenant, destination: '0.0.0.0/0', ...hop });
        await store.remove('ports', tenant);
      }),
    ),
  );
  t.strictSame(
    all.map(({ retries }, i) => retries - (before[i] ?? 0)),
    [0, 0, 0],
  );
  await settle(all);
  checkAll(all);
  const { ids, zones, indexes } = (all[0] as Store).snapshot().allocations;
  t.equal(new Set(ids.values()).size, 1 + 6 + 48 * 4);
  t.equal(new Set(zones.values()).size, 51);
  t.equal(new Set(indexes.values()).size, 1 + 3 + 48);
  t.equal(all[0]?.view().generation, 1 + 6 + 48 * 6);
});

type Write = DocumentPut | DocumentDelete;

function send(store: Store, write: Write): Promise<unknown> {
  return 'document' in write ? store.put(write.kind, write.document as never) : store.remove(write.kind, write.name);
}

function stands(store: Store, writes: readonly Write[]): boolean {
  const { problems, referenced } = judge(store.live.program, writes);
  return problems.length === 0 && referenced.length === 0;
}

function isAbout(write: Write): string {
  return `${write.kind}/${'document' in write ? write.document.name : write.name}`;
}

t.test('of two that cannot both have their way one has, wherever they ask', async t => {
  const dice = new Dice(7);
  const all = await stores(t, 2);
  const [one, other] = all as [Store, Store];
  const seen = { apart: 0, against: 0 };
  for (let round = 0; round < 80; round++) {
    // What stands in the way of everything else goes, now and then.
    if (round % 12 === 0) {
      const items = kinds.flatMap(kind =>
        one.list(kind, { limit: 100 }).items.map(({ document }): BatchItem => ({ kind, name: document.name })),
      );
      await one.batch(items);
      for (const name of ['red', 'blue', 'green']) await one.put('tenants', { name });
      await one.put('interfaces', outerInterface('out', 30));
      await settle(all);
    }
    const writes = Array.from({ length: 120 }, (): Write => {
      const kind = dice.pick(kinds);
      return dice.chance(6)
        ? { kind, name: anyName(dice, kind) }
        : ({ kind, document: anyDocument(dice, kind) } as DocumentPut);
    }).filter(write => {
      const isThere = one.view().objects.has(isAbout(write));
      return ('document' in write || isThere) && stands(one, [write]);
    });
    // Of one object the last writer wins; whether it may be is for If-Match to say.
    const pairs = Array.from({ length: 100 }, () => [dice.pick(writes), dice.pick(writes)] as const).filter(
      ([a, b]) => a && b && isAbout(a) !== isAbout(b),
    );
    const pair = (dice.chance(3) ? undefined : pairs.find(pair => !stands(one, pair))) ?? pairs[0];
    if (!pair) continue;
    const [a, b] = pair;
    const isAgainst = !stands(one, pair);
    seen[isAgainst ? 'against' : 'apart']++;
    const results = await Promise.allSettled([send(one, a), send(other, b)]);
    const won = results.filter(({ status }) => status === 'fulfilled').length;
    assert.equal(won, isAgainst ? 1 : 2, `round ${round}: ${JSON.stringify([a, b, results])}`);
    await settle(all);
    assert.deepEqual([...one.live.program.rows(problems)], [], `round ${round}: ${JSON.stringify([a, b])}`);
  }
  checkAll(all);
  t.ok(seen.against >= 15 && seen.apart >= 5, JSON.stringify(seen));
});

t.test('chunks of one pool, and of one address', async t => {
  const all = await stores(t, 3);
  await all[0]?.put('interfaces', outerInterface('wan', 30));
  const ports = { min: 1024, max: 4095 };
  await all[0]?.put(
    'nat-pools',
    pool('p', 'wan', { addresses: ['203.0.113.10', '203.0.113.11'], ports, chunkSize: 64 }),
  );
  for (let i = 0; i < 30; i++) await all[0]?.put('tenants', { name: `t${i}` });
  await settle(all);
  await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      all[i % 3]?.put('nat-rules', { name: `t${i}`, tenant: `t${i}`, source: '10.0.0.0/8', pool: 'p' }),
    ),
  );
  await settle(all);
  checkAll(all);
  const { chunks } = (all[0] as Store).snapshot().allocations;
  t.equal(chunks.length, 30);
  t.equal(new Set(chunks.map(({ address, port }) => `${address} ${port}`)).size, 30);
  t.equal(chunks.filter(({ icmp }) => icmp).length, 2, 'one on each address');
});

t.test('writers of one node share transactions, and are judged each by itself', async t => {
  const { store, client } = await startLab(t);
  let transactions = 0;
  client.on('update', () => transactions++);
  const puts = (count: number, of: (i: number) => Promise<unknown>) =>
    Promise.allSettled(Array.from({ length: count }, (_, i) => of(i)));
  const kindsOf = (results: readonly PromiseSettledResult<unknown>[]) =>
    results.map(result => (result.status === 'fulfilled' ? 'done' : (result.reason as { code: string }).code));
  const all = kindsOf(await puts(64, i => store.put('tenants', { name: `t${i}` })));
  t.strictSame(all, Array(64).fill('done'));
  t.ok(transactions < 16, `${transactions} transactions for 64 tenants`);
  t.equal(store.view().generation, 64, 'each counts');
  const { zones, ids } = store.snapshot().allocations;
  t.equal(new Set(zones.values()).size, 64);
  t.equal(new Set(ids.values()).size, 64);

  // Of a VNI that many want one gets it, and who is not concerned is none the worse for it.
  const vnis = kindsOf(
    await puts(16, i => store.put('vnis', { name: `v${i}`, tenant: `t${i}`, vni: i < 8 ? 7 : 100 + i, vtep: 'evpn' })),
  );
  t.equal(vnis.slice(0, 8).filter(kind => kind === 'done').length, 1, vnis.join());
  t.strictSame(vnis.slice(8), Array(8).fill('done'));
  // One object, many versions: each is written on the one before.
  const same = kindsOf(await puts(16, i => store.put('tenants', { name: 't0', description: `${i}` })));
  t.strictSame(same, Array(16).fill('done'));
  t.equal(store.view().objects.get('tenants/t0')?.revision, 17);
  const gone = kindsOf(
    await puts(4, i =>
      i === 0
        ? store.remove('tenants', 't20')
        : store.put('vnis', { name: `w${i}`, tenant: 't20', vni: 900 + i, vtep: 'evpn' }),
    ),
  );
  t.strictSame(gone, ['done', ...Array(3).fill('STATE_INTENT_REJECTED')]);
  // A bad one does not take the others along.
  const mixed = kindsOf(
    await puts(12, i =>
      store.put('vnis', { name: `x${i}`, tenant: i === 5 ? 'nobody' : `t${i + 30}`, vni: 800 + i, vtep: 'evpn' }),
    ),
  );
  t.strictSame(
    mixed.filter((_, i) => i !== 5),
    Array(11).fill('done'),
  );
  t.equal(mixed[5], 'STATE_INTENT_REJECTED');
  assert.deepEqual(store.live.program.audit(1_000_000), []);
  assert.deepEqual([...store.live.program.rows(problems)], []);
});
