// `pointsman ovsdb` beside ovsdb-client, on one real server.

import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runCli } from '../../../src/controller/cli/program.ts';
import { startProcess } from '../../lab/process.ts';
import { eventually } from '../../lab/wait.ts';
import { createPrivateServer } from '../ovsdb/server.ts';

const main = fileURLToPath(new URL('../../../src/controller/main.ts', import.meta.url));

async function cli(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const output = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const code = await runCli(['ovsdb', ...args], { output, env: {}, version: '0', run: async () => {} });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

t.test('pointsman ovsdb', async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  await server.start();
  if (server.unix.kind !== 'unix') throw new Error('no socket');
  const remote = `unix:${server.unix.path}`;
  const bridge = {
    name: 'br "0"',
    external_ids: [
      'map',
      [
        ['plain', 'a b'],
        ['n', '1'],
      ],
    ],
    protocols: ['set', ['OpenFlow13', 'OpenFlow15']],
  };
  const operations = [
    { op: 'insert', table: 'Bridge', row: bridge, 'uuid-name': 'b' },
    { op: 'insert', table: 'Open_vSwitch', row: { bridges: ['named-uuid', 'b'], db_version: '8.4.0' } },
  ];
  const done = await cli('transact', remote, 'Open_vSwitch', JSON.stringify(operations));
  t.equal(done.code, 0);
  t.match(done.out, /^\[\{"uuid":\["uuid","[-0-9a-f]{36}"\]\},\{"uuid":/);

  for (const tables of [['Bridge'], ['Open_vSwitch'], []]) {
    // ovsdb-client takes one table, or all.
    const theirs = server.ovsdbClient('dump', 'Open_vSwitch', ...tables).trimEnd();
    const { code, out } = await cli('dump', remote, 'Open_vSwitch', ...tables);
    t.equal(code, 0);
    t.equal(out, theirs, tables.join() || 'all tables');
  }

  const long = '[{"op":"update","table":"Open_vSwitch","where":[],"row":{"next_cfg":9007199254740993}}]';
  t.equal((await cli('transact', remote, 'Open_vSwitch', long)).code, 0);
  t.match(server.ovsdbClient('dump', 'Open_vSwitch', 'Open_vSwitch'), /\b9007199254740993\b/, 'integers have 64 bits');

  const refused = await cli('transact', remote, 'Open_vSwitch', '[{"op":"delete","table":"Nine","where":[]}]');
  t.equal(refused.code, 1);
  t.match(refused.out, /No table named Nine/);
  t.match(await cli('transact', remote, 'Open_vSwitch', '{}'), { code: 2, err: /must be a JSON array/ });
  t.match(await cli('transact', remote, 'Open_vSwitch', '['), { code: 2, err: /not JSON/ });
  t.match(await cli('dump', remote, 'Open_vSwitch', 'Nine'), { code: 2, err: /no table "Nine"; it has: .*Bridge/ });
  t.match(await cli('dump', remote, 'Nine', '--timeout', '2'), { code: 3, err: /no database "Nine"/ });
  t.match(await cli('dump', 'unix:/nonexistent', 'DB', '--timeout', '0.5'), { code: 3, err: /ENOENT/ });
  t.match(await cli('dump', 'nonsense', 'DB'), { code: 1, err: /bad endpoint "nonsense"/ });

  const watcher = await startProcess(
    process.execPath,
    ['--import=tsx', main, 'ovsdb', 'monitor', remote, 'Open_vSwitch', 'Bridge'],
    { env: { NODE_OPTIONS: '' } },
  );
  t.teardown(() => watcher.kill());
  await eventually(() => watcher.stdout().includes('initial Bridge'), { what: 'the first rows', timeout: 20_000 });
  server.ovsdbClient(
    'transact',
    '["Open_vSwitch",{"op":"update","table":"Bridge","where":[],"row":{"fail_mode":"secure"}}]',
  );
  await eventually(() => /^modify Bridge [-0-9a-f]{36} fail_mode=secure$/m.test(watcher.stdout()), {
    what: 'the change',
  });
  watcher.signal('SIGINT');
  t.match(await watcher.exited, { code: 0 });
});
