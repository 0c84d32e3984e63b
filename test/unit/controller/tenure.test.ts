// Whether a node still takes part, by its own clock.

import t from 'tap';
import { fenceOf, leftOfFence } from '../../../src/controller/membership/fence.ts';
import { Tenure } from '../../../src/controller/membership/tenure.ts';

t.test('a lease lasts from when the last confirmed heartbeat was sent', async t => {
  const tenure = new Tenure(60);
  t.notOk(tenure.isHeld(0), 'nothing was confirmed yet');
  t.equal(tenure.silence(0), undefined);
  tenure.confirm(10);
  t.ok(tenure.isHeld(69));
  t.notOk(tenure.isHeld(70), 'a process that was frozen knows when it looks');
  tenure.confirm(5);
  t.equal(tenure.silence(70), 60, 'an answer that comes late says nothing new');
  tenure.confirm(65);
  t.ok(tenure.isHeld(70));
});

t.test('one that stood still beyond its lease stands down, until a heartbeat of after that is confirmed', async t => {
  const tenure = new Tenure(60);
  const wake = (now: number) => {
    tenure.wake(now, 24);
    return tenure.standsDown;
  };
  t.notOk(wake(0), 'nothing was confirmed yet: it reads the state before it does anything');
  tenure.confirm(1);
  t.notOk(wake(12));
  t.notOk(wake(50), 'it stood still within its lease');
  for (const now of [62, 74, 86, 96]) t.notOk(wake(now), 'it works, and does not reach the state');
  t.ok(wake(130), 'it stood still');
  t.ok(wake(142), 'and has read nothing yet');
  tenure.confirm(96);
  t.ok(tenure.standsDown, 'an answer to what was sent before says nothing');
  tenure.confirm(131);
  t.notOk(tenure.standsDown);
});

t.test('a fence ends before the lease does', async t => {
  t.same(
    [5, 10, 60].map(lease => fenceOf(lease * 1000)),
    [3, 7, 45],
  );
});

t.test('what is left of it counts from when the node was seen alive', async t => {
  t.same(
    [0, 24_100, 49_999, 50_000, 600_000].map(silence => leftOfFence(45, silence)),
    [50, 26, 1, 0, 0],
  );
});
