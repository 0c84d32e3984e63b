// What is long is done in slices: while thousands of objects are judged, written and followed, the event loop turns, and what
// is committed was judged against the state that it is committed on.

import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { BatchItem } from '../../../src/controller/state/batch-plan.ts';
import { Store } from '../../../src/controller/state/store.ts';
import { problems } from '../../../src/policy/facts/problems.ts';
import { eventually } from '../../lab/wait.ts';
import { connect, everythingIn, node, outerInterface, startLab, vlanInterface } from './fixture.ts';

const tenants = 700;
const wan: BatchItem = { kind: 'interfaces', document: outerInterface('wan', 4000) };
const many: readonly BatchItem[] = [
  wan,
  ...Array.from({ length: tenants }, (_, i): readonly BatchItem[] => [
    { kind: 'tenants', document: { name: `t${i}` } },
    { kind: 'interfaces', document: vlanInterface(`i${i}`, i + 10, { tenant: `t${i}` }) },
    {
      kind: 'routes',
      document: {
        name: `r${i}`,
        tenant: `t${i}`,
        destination: '0.0.0.0/0',
        interface: 'wan',
        nextHop: '198.51.100.254',
      },
    },
  ]).flat(),
];

/** Counts how often the loop has turned by the time that `work` is done; each time `look` looks. */
async function turnsOf<T>(work: Promise<T>, look: () => void = () => {}): Promise<{ turns: number; result: T }> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  let turns = 0;
  for (; !isDone; turns++) {
    look();
    await turn();
  }
  return { turns, result: await done };
}

function check(t: Test, { live: { program } }: Store): void {
  t.strictSame(program.audit(10_000_000), [], 'the program is what a fresh one is');
  t.strictSame([...program.rows(problems)], []);
}

t.test('the loop turns while thousands of objects are judged, written and followed', async t => {
  const { store } = await startLab(t, { writeTimeout: 300_000 });
  let isJudged = 0;
  const looked = new Set<number>();
  const look = () => {
    if (!store.live.program.isUnderWay) return;
    isJudged++;
    looked.add(store.live.program.size(problems));
  };
  const planned = await turnsOf(store.preview(many), look);
  t.ok(isJudged > 5, `the loop has turned ${isJudged} times while it was tried`);
  t.equal(store.view().objects.size, 0);
  check(t, store);

  isJudged = 0;
  const { turns, result } = await turnsOf(store.batch(many), look);
  t.ok(isJudged > 10, `${isJudged} of ${turns} turns were while the program was at work`);
  t.strictSame([...looked], [0], 'and nobody saw what was half done');
  t.strictSame(result.results, planned.result.plan.results);
  t.equal(store.view().objects.size, many.length);
  check(t, store);

  isJudged = 0;
  const gone = many.map(({ kind, ...item }) => ({ kind, name: 'document' in item ? item.document.name : item.name }));
  await turnsOf(store.batch(gone), look);
  t.ok(isJudged > 5, `${isJudged} turns of deletes`);
  t.equal(store.view().objects.size, 0);
  check(t, store);
});

t.test('what comes while a batch is judged waits, and what is in its way makes it be judged anew', async t => {
  const { store, server } = await startLab(t, { writeTimeout: 300_000 });
  const client = connect(server);
  t.teardown(() => client.close());
  const other = new Store({ client, node: { ...node, name: 'node2' }, portRest: 0, writeTimeout: 300_000 });
  await other.open(AbortSignal.timeout(10_000));
  await other.register();
  await other.put('tenants', { name: 'red' });
  await other.put('tenants', { name: 'blue' });
  await eventually(() => store.get('tenants', 'blue') !== undefined, { what: 'blue', interval: 1 });
  const some = many.filter(({ kind }) => kind !== 'routes').slice(1, 501);

  // Others that write meanwhile wait for their turn, if it is here; at another node they need not.
  const seen: string[] = [];
  store.on('change', ({ objects }) => seen.push(...objects));
  let isIn: Promise<unknown> | undefined;
  const begin = () => {
    if (isIn || !store.live.program.isUnderWay) return;
    isIn = Promise.all([
      other.put('tenants', { name: 'red', description: 'from elsewhere' }),
      store.put('tenants', { name: 'blue', description: 'from here' }),
    ]);
  };
  const before = store.retries;
  const { result } = await turnsOf(store.batch(some), begin);
  await isIn;
  t.equal(store.retries, before, 'red has nothing to do with the batch');
  t.equal(result.results.length, some.length);
  t.match(store.get('tenants', 'red')?.document, { description: 'from elsewhere' });
  t.match(store.get('tenants', 'blue')?.document, { description: 'from here' });
  t.ok(seen.indexOf('tenants/blue') > seen.indexOf('tenants/t1'), 'the write from here came after the batch');
  check(t, store);

  // Another node takes a VLAN that the batch wants: judged against what was there before, it could be.
  await store.batch(
    some.map(({ kind, ...item }) => ({ kind, name: 'document' in item ? item.document.name : item.name })),
  );
  await eventually(() => other.view().generation === store.view().generation, { what: 'the other', interval: 1 });
  let taken: Promise<unknown> | undefined;
  const take = () => {
    if (!taken && store.live.program.isUnderWay)
      taken = other.put('interfaces', vlanInterface('mine', 200, { tenant: 'red', addresses: ['10.200.0.1/24'] }));
  };
  const refused = await turnsOf(
    store.batch(some).then(
      () => undefined,
      (error: unknown) => error,
    ),
    take,
  );
  await taken;
  t.match(refused.result, { code: 'STATE_BATCH_REJECTED', errors: [{ error: { problems: [{ why: 'conflict' }] } }] });
  t.ok(store.retries > before, 'it was judged anew');
  t.equal(store.get('tenants', 't1'), undefined, 'nothing of it is there');
  for (const each of [store, other]) check(t, each);
  t.strictSame(everythingIn(store.view()), everythingIn(other.view()));
});

t.test('what has waited is taken in before what comes when the program has just ended its work', async t => {
  const { store, client } = await startLab(t);
  await store.put('tenants', { name: 'red' });
  const row = client.replica.find('Tenant', ({ name }) => name === 'red');
  if (!row) throw new Error('there is no tenant');
  const tell = (description: string) =>
    client.emit('update', [
      { table: 'Tenant', uuid: row._uuid, kind: 'modify', old: row, new: { ...row, description } },
    ] as never);
  const inSlices = store.live.inSlices.bind(store.live);
  let isTold = false;
  store.live.inSlices = steps => {
    const done = inSlices(steps);
    if (isTold) return done;
    isTold = true;
    t.equal(store.live.isBusy, true);
    tell('first');
    return done.then(value => {
      t.equal(store.live.isBusy, false);
      tell('second');
      return value;
    });
  };
  const seen: unknown[] = [];
  store.on('change', () => seen.push(store.get('tenants', 'red')?.document.description));
  await store.preview([{ kind: 'tenants', document: { name: 'blue' } }]);
  await eventually(() => seen.length > 0, { what: 'a change', interval: 1 });
  t.equal(store.get('tenants', 'red')?.document.description, 'second');
  t.equal(seen.at(-1), 'second');
});
