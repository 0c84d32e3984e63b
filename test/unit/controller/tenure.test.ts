// Whether a node still takes part, by its own clock.

import t from 'tap';
import { fenceOf } from '../../../src/controller/membership/fence.ts';
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

t.test('a fence ends before the lease does', async t => {
  t.same(
    [5, 10, 60].map(lease => fenceOf(lease * 1000)),
    [3, 7, 45],
  );
});
