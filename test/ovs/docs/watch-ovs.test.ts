// examples/watch-ovs.ts tells what ovs-vsctl does to a real switch.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { startOvs } from '../../lab/ovs.ts';
import { eventually } from '../../lab/wait.ts';

const root = join(import.meta.dirname, '../../..');
const example = join(root, 'examples/watch-ovs.ts');

t.test('examples/watch-ovs.ts', async t => {
  t.ok((await readFile(example, 'utf8')).split('\n').length < 60);
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const netns = await lab.namespace('node');
  const ovs = await startOvs(lab, { netns });
  const watcher = await lab.start(process.execPath, ['--import=tsx', example, ovs.dbEndpoint], {
    cwd: root,
    env: { NODE_OPTIONS: '' },
  });
  const says = (line: RegExp) => eventually(() => line.test(watcher.stdout()), { what: String(line) });
  await says(/^connected$/m);
  await ovs.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=netdev', 'external_ids:owner=me');
  await says(/^insert Bridge br0 datapath_type: netdev external_ids: owner=me$/m);
  await says(/^modify Interface br0 .*ofport: - -> 65534/m);
  await ovs.vsctl('set', 'bridge', 'br0', 'fail_mode=secure');
  await says(/^modify Bridge br0 fail_mode: - -> secure$/m);
  await ovs.restartServer();
  await says(/^disconnected: [\s\S]*^connected$/m);
  await ovs.vsctl('del-br', 'br0');
  await says(/^delete Bridge br0$/m);
  t.equal(watcher.stdout().match(/^insert Bridge/gm)?.length, 1, 'a reconnect tells nothing twice');
});
