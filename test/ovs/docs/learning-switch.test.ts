// examples/learning-switch.ts switches: hosts reach each other through a real bridge that has no flows of its own.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { startOvs } from '../../lab/ovs.ts';
import { run } from '../../lab/process.ts';
import { eventually } from '../../lab/wait.ts';

const root = join(import.meta.dirname, '../../..');
const example = join(root, 'examples/learning-switch.ts');

const mac = (n: number) => `02:00:00:00:00:0${n}`;
const address = (n: number) => `10.0.0.${n}`;

t.test('examples/learning-switch.ts', async t => {
  t.ok((await readFile(example, 'utf8')).split('\n').length < 80);
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const netns = await lab.namespace('node');
  const ovs = await startOvs(lab, { netns });
  await ovs.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=netdev', 'fail_mode=secure');
  const hosts: string[] = [];
  for (const n of [1, 2, 3]) {
    const host = await lab.namespace(`h${n}`);
    await lab.veth(netns, `p${n}`, host, 'eth0', { macB: mac(n) });
    await run('ip', ['addr', 'add', `${address(n)}/24`, 'dev', 'eth0'], { netns: host });
    await ovs.vsctl('add-port', 'br0', `p${n}`, '--', 'set', 'interface', `p${n}`, `ofport_request=${n}`);
    hosts.push(host);
  }
  const ping = (from: number, to: number) =>
    run('ping', ['-c', '3', '-i', '0.2', '-W', '2', address(to)], { netns: hosts[from - 1] });
  await t.rejects(ping(1, 2), 'without a controller there is no way');

  const controller = await lab.start(process.execPath, ['--import=tsx', example, 'ptcp:6653:127.0.0.1'], {
    netns,
    cwd: root,
    env: { NODE_OPTIONS: '' },
  });
  await eventually(() => controller.stdout().includes('listening on ptcp:6653:127.0.0.1'), { what: 'the controller' });
  await ovs.vsctl('set-controller', 'br0', 'tcp:127.0.0.1:6653');
  const flows = () => ovs.ofctl('dump-flows', 'br0', '--no-stats');
  await eventually(async () => (await flows()).includes('actions=CONTROLLER'), { what: 'its flow' });

  await ping(1, 2);
  await ping(3, 1);
  t.match(await flows(), `in_port=1,dl_src=${mac(1)},dl_dst=${mac(2)} actions=output:2`);
  t.match(await flows(), `in_port=2,dl_src=${mac(2)},dl_dst=${mac(1)} actions=output:1`);
  t.match(controller.stdout(), `${mac(3)} is behind port 3`);

  // Host 2 moves behind the port of host 3.
  await run('ip', ['link', 'set', 'eth0', 'address', mac(9)], { netns: hosts[1] });
  await run('ip', ['addr', 'flush', 'dev', 'eth0'], { netns: hosts[1] });
  await run('ip', ['link', 'set', 'eth0', 'address', mac(2)], { netns: hosts[2] });
  await run('ip', ['addr', 'add', `${address(2)}/24`, 'dev', 'eth0'], { netns: hosts[2] });
  await ping(3, 1);
  t.match(controller.stdout(), `${mac(2)} is behind port 3`);
  t.notMatch(await flows(), 'actions=output:2', 'nothing is sent to where it was');

  await controller.stop();
  t.match(controller.stdout(), /is gone/);
});
