import t from 'tap';
import { PortRests } from '../../../src/controller/membership/port-rests.ts';

const second = 1_000;

t.test('what begins to rest is timed by the steady clock, whatever is done to the other', t => {
  const rests = new PortRests();
  rests.observe([], { steady: 0, wall: 0 });
  t.equal(rests.next(0), undefined);
  // Another node's clock, or this one's, may be years off.
  for (const freed of [0, 1_700_000_000 * second]) {
    const row = { freed, rest: 120 };
    rests.observe([row], { steady: 10 * second, wall: 50 * second });
    t.equal(rests.next(30 * second), 100 * second);
    rests.observe([row], { steady: 129 * second, wall: 1_800_000_000 * second });
    t.equal(rests.rested(129.9 * second).size, 0);
    t.ok(rests.rested(130 * second).has(row));
  }
  t.end();
});

t.test('what rested before a start goes on from the time that was written down', t => {
  const wall = 1_700_000_000 * second;
  const at = (freed: number, rest = 120) => {
    const rests = new PortRests();
    rests.observe([{ freed, rest }], { steady: 7 * second, wall });
    return rests.next(7 * second);
  };
  t.equal(at(wall - 50 * second), 70 * second);
  t.equal(at(wall - 500 * second), 0);
  t.equal(at(wall + 500 * second), 120 * second, 'a clock that went back makes it rest anew, and no longer');
  t.end();
});
