// docs/openflow-ts.md is true: its program has the right types, runs against a real switch, and prints what the page says.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../../lab/process.ts';
import { PrivateOvs } from '../openflow/private-ovs.ts';

const root = join(import.meta.dirname, '../../..');
const page = join(root, 'docs/openflow-ts.md');

t.test('docs/openflow-ts.md', async t => {
  const ovs = await PrivateOvs.start('host');
  t.teardown(() => ovs.stop());
  const socket = await ovs.addBridge('br0');

  const blocks = [...(await readFile(page, 'utf8')).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block);
  t.ok(blocks.length > 8, `${blocks.length} blocks`);
  const text = blocks.join('\n').replaceAll('/run/openvswitch/br0.mgmt', socket);
  const program = join(ovs.directory, 'page.mts');
  await writeFile(program, text);
  await writeFile(
    join(ovs.directory, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
      include: [program],
    }),
  );
  // By way of env: the test runner puts its loader hooks into the options of every node that it sees started.
  const node = (...args: readonly string[]) =>
    run('env', ['-u', 'NODE_OPTIONS', 'node', ...args], { cwd: root, timeout: 60_000 });
  await node('node_modules/typescript/bin/tsc', '-p', ovs.directory);
  const { stdout } = await node('--import=tsx', program);
  const promised = [...text.matchAll(/^\/\/: (.*)$/gm)].map(([, line]) => line);
  t.same(stdout.trimEnd().split('\n'), promised);
});
