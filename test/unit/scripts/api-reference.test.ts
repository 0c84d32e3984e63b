// The API reference in docs/api is what the docstrings say, and no export lacks one.

import { join } from 'node:path';
import t from 'tap';
import { run } from '../../lab/process.ts';

const root = join(import.meta.dirname, '../../..');

t.test('docs/api', async t => {
  // By way of env: the test runner puts its loader hooks into the options of every node that it sees started.
  const args = ['-u', 'NODE_OPTIONS', 'node', '--import=tsx', 'scripts/generate-api.ts', '--check'];
  const { code, stderr } = await run('env', args, { cwd: root, timeout: 60_000, allowFailure: true });
  t.equal(stderr, '');
  t.equal(code, 0);
});
