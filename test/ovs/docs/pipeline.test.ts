// docs/pipeline.md is true: its example flows are in the demo's switch, and it leaves out no table and no drop reason.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { dropReasons } from '../../../src/policy/cookies.ts';
import { integrationTableNames, physicalTableNames } from '../../../src/policy/pipeline.ts';
import { Lab } from '../../lab/lab.ts';
import { buildWorld } from '../../scenarios/world.ts';

const PAGE = join(import.meta.dirname, '../../../docs/pipeline.md');

t.test('docs/pipeline.md', async t => {
  const page = await readFile(PAGE, 'utf8');
  for (const name of [...physicalTableNames.values(), ...integrationTableNames.values()])
    t.ok(page.includes(`\n### ${name}\n`), `table ${name} has a section`);
  for (const reason of Object.keys(dropReasons)) t.ok(page.includes(`\`${reason}\``), `${reason} is named`);

  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { node } = await buildWorld(lab);
  const dumps = await Promise.all(
    ['br-int', 'br-phy'].map(bridge => node.ofctl('dump-flows', bridge, '--no-stats', '--names')),
  );
  const installed = new Set(dumps.flatMap(dump => dump.split('\n')).map(line => line.trim()));
  const examples = [...page.matchAll(/^ {4}(cookie=0x[0-9a-f]+, table=.*)$/gm)].map(([, line = '']) => line);
  t.ok(examples.length > 20, `${examples.length} examples`);
  for (const example of examples) t.ok(installed.has(example), example);
});
