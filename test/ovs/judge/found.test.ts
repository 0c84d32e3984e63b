// What the judge has found, each in its smallest form, as it printed it: model and switch agree on it now.

import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { printChanges, printFound, revive } from '../../judge/print-found.ts';
import { runCase } from '../../judge/run-case.ts';
import { runChanges } from '../../judge/run-changes.ts';
import { replayed } from '../../judge/shrink.ts';
import { Stage } from '../../judge/stage.ts';
import { Lab } from '../../lab/lab.ts';

const folder = new URL('found/', import.meta.url);

t.test('what was found once', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const stage = await Stage.open(lab);
  for (const file of await readdir(folder))
    await t.test(file, async t => {
      const found = revive(await readFile(new URL(file, folder), 'utf8'));
      if ('turns' in found) {
        const result = await runChanges(stage, replayed(found.turns));
        if (result.found) t.fail(printChanges(0, result));
        t.ok(result.pairs + result.probes > 0, 'packets were sent');
        return;
      }
      const { given, sightings } = found;
      const queue = [...sightings];
      const { disagreement, sightings: sent } = await runCase(stage, given, () => queue.shift());
      if (disagreement) t.fail(printFound(0, { given, sightings, disagreement }));
      t.ok(sent.length > 0, 'packets were sent');
    });
});
