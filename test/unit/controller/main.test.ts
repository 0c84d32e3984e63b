// The program itself, as a process: the exit codes come through.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const program = fileURLToPath(new URL('../../../src/controller/main.ts', import.meta.url));

function pointsman(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import=tsx', program, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}

t.test('exit codes', async t => {
  t.match(pointsman('--version'), { status: 0, stdout: /^\d+\.\d+\.\d+\n$/ });
  t.match(pointsman('--help'), { status: 0, stdout: /Exit codes:/ });
  t.match(pointsman('status', '--server', 'unix:/nonexistent/api.sock'), { status: 3, stderr: /cannot reach/ });
  t.match(pointsman('frobnicate'), { status: 2, stderr: /unknown command/ });
  t.match(pointsman('run', '--config', '/nonexistent/node.yaml'), { status: 1, stderr: /nonexistent/ });
});
