// examples/lldp-topology.ts and examples/stateful-firewall.ts do what they say, on real bridges.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { startOvs } from '../../lab/ovs.ts';
import { run } from '../../lab/process.ts';
import { eventually } from '../../lab/wait.ts';

const root = join(import.meta.dirname, '../../..');
const example = (name: string) => join(root, 'examples', name);
const env = { NODE_OPTIONS: '' };

for (const name of ['lldp-topology.ts', 'stateful-firewall.ts']) {
  t.test(`${name} is short`, async t => {
    t.ok((await readFile(example(name), 'utf8')).split('\n').length < 101);
  });
}

t.test('a link is found from both of its ends, and lost', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const netns = await lab.namespace('node');
  const ovs = await startOvs(lab, { netns });
  for (const n of [1, 2]) {
    await ovs.vsctl(
      ...['add-br', `br${n}`, '--', 'set', 'bridge', `br${n}`, 'datapath_type=netdev', 'fail_mode=secure'],
      `other_config:datapath-id=000000000000000${n}`,
    );
  }
  await lab.veth(netns, 'left', netns, 'right', {});
  await ovs.vsctl('add-port', 'br1', 'left', '--', 'set', 'interface', 'left', 'ofport_request=5');
  await ovs.vsctl('add-port', 'br2', 'right', '--', 'set', 'interface', 'right', 'ofport_request=6');
  const program = await lab.start(
    process.execPath,
    ['--import=tsx', example('lldp-topology.ts'), 'ptcp:6653:127.0.0.1'],
    {
      ...{ netns, cwd: root, env },
    },
  );
  await eventually(() => program.stdout().includes('listening on'), { what: 'the controller' });
  for (const n of [1, 2]) await ovs.vsctl('set-controller', `br${n}`, 'tcp:127.0.0.1:6653');
  const links = ['0000000000000001:5 -> 0000000000000002:6', '0000000000000002:6 -> 0000000000000001:5'];
  for (const link of links) await eventually(() => program.stdout().includes(`up: ${link}`), { what: link });
  await run('ip', ['link', 'set', 'left', 'down'], { netns });
  for (const link of links) await eventually(() => program.stdout().includes(`down: ${link}`), { what: `no ${link}` });
  await program.stop();
});

t.test('connections are opened from inside only, but for what is let in', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const netns = await lab.namespace('node');
  const ovs = await startOvs(lab, { netns });
  await ovs.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=netdev', 'fail_mode=secure');
  const hosts: string[] = [];
  for (const n of [1, 2]) {
    const host = await lab.namespace(`h${n}`);
    await lab.veth(netns, `p${n}`, host, 'eth0', {});
    await run('ip', ['addr', 'add', `10.0.0.${n}/24`, 'dev', 'eth0'], { netns: host });
    await ovs.vsctl('add-port', 'br0', `p${n}`, '--', 'set', 'interface', `p${n}`, `ofport_request=${n}`);
    hosts.push(host);
  }
  const firewall = [
    '--import=tsx',
    example('stateful-firewall.ts'),
    `unix:${join(ovs.runDir, 'br0.mgmt')}`,
    '1',
    '2',
    'tcp:22',
  ];
  const { stdout } = await run(process.execPath, firewall, { cwd: root, env });
  t.match(stdout, 'flows installed');
  const ping = (from: number, to: number) =>
    run('ping', ['-c', '2', '-i', '0.2', '-W', '1', `10.0.0.${to}`], { netns: hosts[from - 1] });
  await ping(1, 2);
  await t.rejects(ping(2, 1), 'nothing new from outside');
  const reach = (port: number) =>
    run(process.execPath, ['-e', connect(port)], { netns: hosts[1], cwd: root, env }).then(({ stdout }) =>
      stdout.trim(),
    );
  t.equal(await reach(22), 'ECONNREFUSED', 'let in: the host itself answers');
  t.equal(await reach(23), 'timeout', 'not let in');
});

/** A program that says how a connection to the inner host ends. */
function connect(port: number): string {
  return `const s=require('net').connect(${port},'10.0.0.1');s.on('error',e=>{console.log(e.code);process.exit()});setTimeout(()=>{console.log('timeout');process.exit()},1500)`;
}
