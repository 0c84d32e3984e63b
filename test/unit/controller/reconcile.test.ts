import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { planZones, unaccountedZones } from '../../../src/controller/conntrack/zones.ts';
import { InstalledGeneration } from '../../../src/controller/reconcile/generation.ts';
import { CoalescingLoop } from '../../../src/lib/coalescing-loop.ts';
import { silentLogger } from '../../../src/lib/logger.ts';

function loopOf(work: () => Promise<void>): CoalescingLoop {
  return new CoalescingLoop({ name: 'work', work, logger: silentLogger, settle: 1, minRetry: 1, maxRetry: 4 });
}

t.test('requests coalesce, none is lost, and one run goes at a time', async t => {
  let runs = 0;
  let running = 0;
  const loop = loopOf(async () => {
    t.equal(++running, 1);
    runs++;
    await sleep(20);
    running--;
  });
  for (let i = 0; i < 100; i++) loop.request();
  await sleep(10);
  t.equal(runs, 1, 'one run for a hundred requests');
  for (let i = 0; i < 100; i++) loop.request();
  await sleep(60);
  t.equal(runs, 2, 'and one more for those that came during it');
  await loop.stop();
  loop.request();
  await sleep(10);
  t.equal(runs, 2, 'none after the stop');
});

t.test('a run that fails is tried again until it does not, and says why meanwhile', async t => {
  let runs = 0;
  const loop = loopOf(async () => {
    if (++runs < 4) throw new Error(`attempt ${runs}`);
  });
  loop.request();
  await sleep(5);
  t.match(loop.lastError, /attempt/);
  await sleep(60);
  t.equal(runs, 4);
  t.equal(loop.lastError, undefined);
  await loop.stop();
});

t.test('waiters are told when their generation is installed, or that it is not', async t => {
  const generation = new InstalledGeneration();
  const long = new AbortController().signal;
  const told: number[] = [];
  const waits = [3, 5].map(number => generation.wait(number, long).then(() => told.push(number)));
  const late = new AbortController();
  const tooLate = generation.wait(9, late.signal);
  generation.advance(4);
  await waits[0];
  t.strictSame(told, [3]);
  generation.advance(5);
  await Promise.all(waits);
  await generation.wait(5, long);
  late.abort();
  await t.rejects(tooLate, { code: 'NOT_INSTALLED' });
  await t.rejects(generation.wait(9, AbortSignal.abort()), { code: 'NOT_INSTALLED' });
});

t.test('a zone is flushed when it is given to another tenant, and only then', async t => {
  const red = { name: 'red', id: 7, zone: 1 };
  const planned = (
    tenants: Parameters<typeof planZones>[0],
    ids: Record<string, string>,
    lost: readonly number[] = [],
  ) => planZones(tenants, new Map(Object.entries(ids)), zone => lost.includes(zone));
  const plan = (ids: Record<string, string>, lost?: readonly number[]) =>
    planned({ tenants: [red], isAll: true }, ids, lost);
  const nothing = { flush: [], isInUse: false, ended: [], remove: [], insert: new Map() };
  const given = new Map([['pointsman-ct-zone-1', '7 red']]);
  t.strictSame(plan({ 'pointsman-ct-zone-1': '7 red', other: 'x' }), nothing);
  t.strictSame(plan({}), { ...nothing, flush: [1], insert: given });
  const two = { 'pointsman-ct-zone-1': '6', 'pointsman-ct-zone-2': '8' };
  const remove = ['pointsman-ct-zone-1', 'pointsman-ct-zone-2'];
  const another = { ...nothing, flush: [1], isInUse: true, remove, insert: given };
  t.strictSame(plan(two), another);
  t.strictSame(plan(two, [2]), { ...another, ended: [2] }, 'nobody else ends it');
  const without = planned({ tenants: [{ ...red, zone: undefined }], isAll: true }, { 'pointsman-ct-zone-1': '7' });
  t.strictSame(without, { ...nothing, remove: ['pointsman-ct-zone-1'] }, 'flushed when it is back');
  const written = { ...nothing, remove: ['pointsman-ct-zone-1'], insert: given };
  t.strictSame(plan({ 'pointsman-ct-zone-1': '7' }), written, 'as an earlier version has it, and not flushed');
  t.strictSame(plan({ 'pointsman-ct-zone-1': '7 blue' }), { ...written, flush: [1], isInUse: true });
  const strange = (ids: Record<string, string>, isOfThisState = true) =>
    unaccountedZones([red], new Map(Object.entries(ids)), isOfThisState);
  t.equal(strange({ 'pointsman-ct-zone-1': '7 red', other: 'x' }, false), 0);
  t.equal(strange({ 'pointsman-ct-zone-1': '7 blue', 'pointsman-ct-zone-2': '7 red' }), 2);
  t.equal(strange({ 'pointsman-ct-zone-1': '7' }), 0);
  t.equal(strange({ 'pointsman-ct-zone-1': '7' }, false), 1, 'of another state the number says nothing');
  const one = planned({ tenants: [red], isAll: false }, { 'pointsman-ct-zone-2': '8' }, [2]);
  t.strictSame(one, { ...nothing, flush: [1], insert: given }, 'of others nothing is said');
});
