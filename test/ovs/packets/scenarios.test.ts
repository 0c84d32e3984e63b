// The packets of the demo, each scenario a test.

import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { scenarios } from '../../scenarios/all.ts';
import { buildWorld } from '../../scenarios/world.ts';

t.test('packets get through', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab);
  for (const { title, run } of scenarios) {
    await t.test(title, async t => {
      const checks = await run(world);
      t.ok(checks.length > 0, 'the scenario checks something');
      for (const { what, ok, seen } of checks) t.ok(ok, `${what}: ${seen}`);
    });
  }
  await t.test('nothing is wrong in status', async t => {
    const { body } = await world.pointsman.api('GET', '/v1/status');
    const { warnings, interfaces, lastError } = body as {
      warnings: string[];
      interfaces: { error?: string }[];
      lastError?: string;
    };
    t.strictSame(warnings, []);
    t.strictSame(
      interfaces.filter(({ error }) => error !== undefined),
      [],
    );
    t.equal(lastError, undefined);
  });
});
