// The view that is kept, against what a database may do to it that no pointsman does.

import assert from 'node:assert/strict';
import t from 'tap';
import type { Taken } from '../../../src/controller/program/live-program.ts';
import { LiveView } from '../../../src/controller/state/live-view.ts';
import { everythingIn, startLab } from './fixture.ts';

t.test('a row that takes the place of another of its name, in one transaction', async t => {
  const { store, client } = await startLab(t);
  await store.put('tenants', { name: 'red' });
  // Which of the two is told first hangs on their UUIDs.
  for (let i = 1; i <= 20; i++) {
    const id = 1_000 + i;
    await client.transact([
      { op: 'delete', table: 'Tenant', where: [['name', '==', 'red']] },
      { op: 'insert', table: 'Tenant', row: { name: 'red', id, revision: 1, zone: 40_000 + i } },
    ]);
    assert.deepEqual(everythingIn(store.view()), everythingIn(new LiveView(client.replica)));
    assert.ok(store.live.program.faults.length === 0);
    t.equal(store.get('tenants', 'red')?.document.name, 'red');
  }
});

t.test('what was handed over and not brought about is handed over again, with what came meanwhile', async t => {
  const { store } = await startLab(t);
  const { live } = store;
  await store.put('tenants', { name: 'red' });
  const handed: string[][] = [];
  const known: boolean[] = [];
  const work = (isDone: boolean) => async (taken: Taken) => {
    handed.push([...taken.tenants].sort());
    known.push(taken.flows.physical !== undefined);
    return isDone;
  };
  t.notOk(await live.handOver(work(false)));
  const meanwhile = live.handOver(async taken => {
    await store.put('tenants', { name: 'blue' });
    await work(false)(taken);
    throw new Error('the switch is gone');
  });
  await t.rejects(meanwhile, { message: 'the switch is gone' });
  t.ok(await live.handOver(work(true)));
  t.strictSame(handed, [['red'], ['red'], ['blue', 'red']]);
  t.strictSame(known, [false, false, false], 'what the switch holds is not known before the first time');

  handed.length = 0;
  await store.put('tenants', { name: 'green' });
  t.notOk(await live.handOver(work(false)));
  await store.put('tenants', { name: 'grey' });
  t.ok(await live.handOver(work(true)));
  t.ok(await live.handOver(work(true)));
  t.strictSame(handed, [['green'], ['green', 'grey'], []]);
  t.strictSame(known.slice(3), [true, true, true]);
});
