// Who is alive, by the clock of who looks.

import t from 'tap';
import { Leases } from '../../../src/controller/membership/leases.ts';

t.test('a heart that stands still for a lease is dead, and one that beats is not', async t => {
  const leases = new Leases(60);
  const see = (now: number, beats: Record<string, number>) => leases.observe(new Map(Object.entries(beats)), now);
  see(0, { a: 1, b: 7 });
  see(50, { a: 2, b: 7 });
  t.strictSame([...leases.expired(59)], []);
  t.strictSame([...leases.expired(60)], [['b', 7]], 'and the beat it died with');
  t.equal(leases.silence('b', 60), 60);
  t.equal(leases.silence('a', 60), 10);
  t.equal(leases.silence('c', 60), undefined);

  see(70, { a: 2, b: 8 });
  t.strictSame([...leases.expired(110)], [['a', 2]], 'who was late lives on');
  see(115, { b: 8 });
  t.strictSame([...leases.expired(120)], [], 'who is gone is forgotten');
  see(125, { a: 2, b: 8 });
  t.strictSame([...leases.expired(184)], [['b', 8]], 'and starts anew');
});

t.test('a time in which nothing could be seen counts against nobody', async t => {
  const leases = new Leases(60);
  leases.observe(new Map([['a', 1]]), 0);
  leases.renew(100);
  t.strictSame([...leases.expired(159)], []);
  t.strictSame([...leases.expired(160)], [['a', 1]]);
});
