// Model and switch on intents, packets and changes by chance. `npm run judge` is the long form.

import t from 'tap';
import { holdChangesCourt, holdCourt } from '../../judge/hold-court.ts';
import { testSeed } from '../../judge/judge-seed.ts';
import { printChanges, printFound } from '../../judge/print-found.ts';
import { Stage } from '../../judge/stage.ts';
import { Lab } from '../../lab/lab.ts';

const pairs = 2000;
const changes = 60;

t.test('model and switch', async t => {
  const seed = testSeed();
  t.comment(`seed ${seed}: JUDGE_SEED=${seed} does the same again`);
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const stage = await Stage.open(lab);

  await t.test('what comes out is what the model says', async t => {
    const result = await holdCourt(stage, {
      ...{ seed, pairs, stopAtFirst: true },
      onFound: (at, found) => t.comment(printFound(at, found)),
    });
    for (const { seed: at, found } of result.found) t.fail(printFound(at, found));
    t.ok(result.pairs >= pairs, `${result.pairs} pairs of ${result.cases} intents`);
  });

  await t.test('a change disturbs nothing that it is not about, and ends what it ends', async t => {
    const result = await holdChangesCourt(stage, {
      ...{ seed, changes, stopAtFirst: true },
      onFound: (at, found) => t.comment(printChanges(at, found)),
    });
    for (const { seed: at, result: found } of result.found) t.fail(printChanges(at, found));
    t.ok(result.changes >= changes, `${result.changes} changes, ${result.probes} probes`);
    t.ok(result.probes > changes, 'most changes had something to disturb');
  });
});
