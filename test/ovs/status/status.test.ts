// What `status` says when the switch cannot do what it should.

import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { startOvs } from '../../lab/ovs.ts';
import { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';

interface Status {
  readonly ovs: {
    readonly datapathInUse?: string;
    readonly offload: { readonly active: boolean; readonly reason: string };
  };
  readonly interfaces: readonly { readonly name: string; readonly error?: string }[];
  readonly warnings: readonly string[];
}

async function statusOf(pointsman: LabPointsman): Promise<Status> {
  return (await pointsman.api('GET', '/v1/status')).body as Status;
}

async function node(lab: Lab) {
  const netns = await lab.namespace('node');
  const peer = await lab.namespace('peer');
  await lab.veth(netns, NET.uplink, peer, 'eth0');
  return { netns, peer, ovs: await startOvs(lab, { netns }) };
}

t.test('an interface that vswitchd cannot open shows up by name, and heals', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { netns, peer, ovs } = await node(lab);
  const pointsman = await LabPointsman.prepare(lab, ovs);
  await pointsman.start();
  const errorOf = async () =>
    (await statusOf(pointsman)).interfaces.find(({ name }) => name === NET.representor)?.error;
  t.match(await eventually(errorOf, { what: 'an error' }), /No such device/);
  await lab.veth(netns, NET.representor, peer, 'eth1');
  await eventually(async () => (await errorOf()) === undefined, { what: 'the error to go' });
  t.match(await pointsman.cli('status'), new RegExp(`${NET.representor} +on br-int, port \\d+`));
});

t.test('doca on a switch without it is refused, and says why', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { ovs } = await node(lab);
  const pointsman = await LabPointsman.prepare(lab, ovs, { datapath: '{ type: doca }' });
  await pointsman.startUnready();
  const unready = async () => JSON.stringify((await pointsman.api('GET', '/readyz')).body);
  await eventually(async () => /offers .*netdev.*not doca/.test(await unready()), { what: 'the reason' });
  const { warnings, ovs: seen } = await statusOf(pointsman);
  t.match(warnings.join('\n'), /offers .*netdev.*not doca/);
  t.equal(seen.offload.active, false);
  t.equal(await ovs.vsctl('--bare', '--columns=name', 'list', 'Bridge'), '', 'no bridge was made');
  t.equal(pointsman.logged('switch').length, 1, 'logged once');
});

t.test('doca with fallback: netdev works without offload, and says so', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { ovs } = await node(lab);
  const pointsman = await LabPointsman.prepare(lab, ovs, { datapath: '{ type: doca, fallback: netdev }' });
  await pointsman.start();
  const { warnings, ovs: seen } = await statusOf(pointsman);
  t.match(warnings.join('\n'), /using the fallback netdev/);
  t.match(seen, { datapathInUse: 'netdev', offload: { active: false, reason: /fell back to netdev/ } });
});

t.test('bridges of a node with another name keep what they have, as after a change of node.name', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { ovs } = await node(lab);
  const pointsman = await LabPointsman.prepare(lab, ovs);
  await pointsman.start();
  const flows = async () => (await ovs.ofctl('--no-stats', 'dump-flows', 'br-int')).split('\n').sort();
  const before = await flows();
  const config = await readFile(pointsman.configFile, 'utf8');
  await pointsman.stop();
  await writeFile(pointsman.configFile, config.replace(/name: lab\b/, 'name: renamed'));
  await pointsman.startUnready();
  const reason = await eventually(
    async () => {
      const { body } = await pointsman.api('GET', '/readyz');
      return /bridge br-\w+ belongs to pointsman's node lab/.exec(JSON.stringify(body))?.[0];
    },
    { what: 'the reason' },
  );
  t.ok(reason);
  t.match((await pointsman.api('GET', '/v1/status')).body, {
    node: 'renamed',
    warnings: [/keeps its flows/, /br-int/],
  });
  t.strictSame(await flows(), before);
  await pointsman.kill();
  await writeFile(pointsman.configFile, config);
  await pointsman.start();
  t.strictSame(await flows(), before);
});
