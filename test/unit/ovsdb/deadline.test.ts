import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Deadline } from '../../../src/ovsdb/rpc/deadline.ts';

t.test('ends by its time, or by the signal, whichever comes first', async t => {
  const timed = await new Promise(resolve => new Deadline(10, new AbortController().signal).wait(resolve));
  t.match(timed, { message: 'no answer within 10 ms' });
  const controller = new AbortController();
  const deadline = new Deadline(60_000, controller.signal);
  t.equal(deadline.over, undefined);
  t.ok(deadline.left > 59_000 && deadline.left <= 60_000);
  const stopped = new Promise(resolve => deadline.wait(resolve));
  controller.abort('enough');
  t.equal(await stopped, 'enough');
  t.same(deadline.over, { reason: 'enough' });
  t.equal(deadline.left, 0);
});

t.test('is over at once without time, or with a signal that has fired', async t => {
  t.match(new Deadline(0).over, { reason: { message: 'no answer within 0 ms' } });
  t.same(new Deadline(undefined, AbortSignal.abort('before')).over, { reason: 'before' });
});

t.test('what no timer can wait is no limit, and what is no number is refused', async t => {
  for (const timeout of [Number.POSITIVE_INFINITY, 2 ** 31, undefined]) {
    const deadline = new Deadline(timeout);
    await sleep(10);
    t.equal(deadline.over, undefined, String(timeout));
    deadline.clear();
  }
  t.throws(() => new Deadline(Number.NaN), RangeError);
});

t.test('calls nobody who has left, or after it was cleared', async t => {
  let calls = 0;
  const left = new Deadline(5);
  left.wait(() => calls++);
  left.leave();
  const cleared = new Deadline(5);
  cleared.wait(() => calls++);
  cleared.clear();
  await sleep(20);
  t.equal(calls, 0);
  t.ok(left.over);
  t.equal(cleared.over, undefined);
});
