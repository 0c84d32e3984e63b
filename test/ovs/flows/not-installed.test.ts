// What the switch does not hold is not said to be there: what it refuses, what others have changed, and what it was never asked.

import t from 'tap';
import { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { notReady, openNode, ready } from '../bridges/one-node.ts';

t.test('readiness, and answers that wait', async t => {
  const { lab, ovs } = await openNode(t);
  const pointsman = await LabPointsman.prepare(lab, ovs);
  await pointsman.start();
  const put = (path: string, body: object, query = 'wait=installed') =>
    pointsman.api('PUT', `/v1/${path}?${query}`, body);
  const vlan = (vlan: number) => ({
    role: 'inner',
    tenant: 'red',
    attachment: { type: 'vlan', port: NET.uplink, vlan },
    mac: '02:00:00:00:0a:01',
    addresses: [`10.0.${vlan}.1/24`],
  });
  const warnings = async () => ((await pointsman.api('GET', '/v1/status')).body as { warnings: string[] }).warnings;
  t.match(await put('tenants/red', {}), { status: 201 });
  t.match(await put('interfaces/vlan10', vlan(10)), { status: 201 });

  await t.test('what the switch refuses is told to whoever wrote it, and to nobody else', async t => {
    await ovs.ofctl('add-meter', 'br-int', 'meter=8,kbps,band=type=drop,rate=7');
    const theirs = /meter 8 of interfaces\/vlan11 is somebody else's/;
    t.match(await put('interfaces/vlan11', vlan(11)), {
      status: 502,
      body: { type: 'urn:pointsman:problem:install-failed', detail: theirs },
    });
    await notReady(pointsman, theirs);
    t.match((await warnings()).join('\n'), theirs);
    t.match(await put('interfaces/vlan12', vlan(12)), { status: 201 }, 'others are well');
    const item = (name: string, number: number) => ({
      op: 'put',
      kind: 'interfaces',
      document: { name, ...vlan(number) },
    });
    const batch = (...items: object[]) => pointsman.api('POST', '/v1/batch?wait=installed', { items });
    t.match(await batch(item('vlan12', 12), item('vlan13', 13)), { status: 200 });
    t.match(await batch(item('vlan11', 11), item('vlan14', 14)), { status: 502 });
    t.match(await ovs.ofctl('dump-flows', 'br-int'), /dl_vlan=14/);
    t.match(await ovs.ofctl('dump-meters', 'br-int'), /meter=8 kbps/);
    await ovs.ofctl('del-meter', 'br-int', 'meter=8');
    await ready(pointsman);
    t.match(await put('interfaces/vlan11', { ...vlan(11), arpRate: 77 }), { status: 200 });
    t.match(await ovs.ofctl('dump-meters', 'br-int'), /meter=8 pktps/);
    t.match(await pointsman.api('DELETE', '/v1/interfaces/vlan11?wait=installed'), { status: 204 });
  });

  await t.test('a node whose bridge was flushed by vswitchd is ready when all of it is back', async t => {
    const meters = await ovs.ofctl('dump-meters', 'br-int');
    const count = async () => (await ovs.ofctl('dump-flows', 'br-int')).split('\n').length;
    const flows = await count();
    await ovs.vsctl('set-controller', 'br-int', 'tcp:127.0.0.1:1');
    await ready(pointsman);
    await ovs.vsctl('set-fail-mode', 'br-int', 'standalone');
    await eventually(async () => (await count()) === flows);
    await ready(pointsman);
    t.equal(await ovs.ofctl('dump-meters', 'br-int'), meters);
    t.match(await put('interfaces/vlan15', vlan(15)), { status: 201 });
  });

  await t.test('a port of ours that passes nothing on is told', async t => {
    for (const [bridge, port, setting] of [
      ['br-phy', NET.uplink, 'no-forward'],
      ['br-int', `int-${NET.uplink}`, 'no-receive'],
      ['br-int', NET.representor, 'no-packet-in'],
    ] as const) {
      await ovs.ofctl('mod-port', bridge, port, setting);
      const why = new RegExp(`port ${port} of bridge ${bridge} is set to ${setting}`);
      await notReady(pointsman, why);
      t.match((await warnings()).join('\n'), why);
      await ovs.ofctl('mod-port', bridge, port, setting.replace('no-', ''));
      await ready(pointsman);
    }
  });

  await t.test('a switch that hangs holds nothing for sure', async t => {
    const pid = ovs.vswitchdPid as number;
    process.kill(pid, 'SIGSTOP');
    t.teardown(() => process.kill(pid, 'SIGCONT'));
    await new Promise(resolve => setTimeout(resolve, 600));
    const began = performance.now();
    t.match(await put('tenants/red', { description: 'no flow changes' }, 'wait=installed&timeout=1'), { status: 504 });
    t.match(await pointsman.api('GET', '/readyz'), { status: 503 });
    t.ok(performance.now() - began < 4500, 'long before the connection is given up');
    process.kill(pid, 'SIGCONT');
    await ready(pointsman);
    t.match(await put('tenants/red', { description: 'neither' }), { status: 200 });
  });
});
