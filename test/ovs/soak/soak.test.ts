// A minute of `npm run soak`: see test/soak/main.ts.

import t from 'tap';
import { Dice } from '../../fixtures/dice.ts';
import { runSoak } from '../../soak/run-soak.ts';
import { everyStep } from '../../soak/step.ts';

/** Enough for all of them on a quiet machine; on one that is not there are fewer. */
const time = 25_000;
const least = 6;
const seed = 1;

t.test(`each kind of step on a node with traffic, seed ${seed}`, async t => {
  const report = await runSoak({
    steps: everyStep(new Dice(seed)),
    time,
    least,
    say: line => t.comment(line),
  });
  t.strictSame(report.found, [], `after ${JSON.stringify(report.taken)}`);
  t.equal(report.lost, 0);
  t.ok(report.taken.length >= least && report.sent > 0, `${report.taken.length} steps, ${report.sent} packets`);
});
