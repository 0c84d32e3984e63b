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

  await t.test('a port of ours that somebody has set to pass nothing on is set back, and told', async t => {
    const settings = async (bridge: string, port: string) =>
      /config: +(.*)/.exec(await ovs.ofctl('dump-ports-desc', bridge, port))?.[1];
    const drift = async () => {
      const { body } = await pointsman.api('GET', '/v1/status');
      return (body as { bridges: { drift: number }[] }).bridges.reduce((sum, bridge) => sum + bridge.drift, 0);
    };
    const before = await drift();
    const all = [
      ['br-phy', NET.uplink, 'no-forward'],
      ['br-int', `int-${NET.uplink}`, 'no-receive'],
      ['br-int', NET.representor, 'no-packet-in'],
    ] as const;
    // By itself: nobody asks whether it is ready.
    for (const [bridge, port, setting] of all) {
      await ovs.ofctl('mod-port', bridge, port, setting);
      await eventually(async () => (await settings(bridge, port)) === '0', { what: `${port} of ${bridge}` });
    }
    await ready(pointsman);
    t.equal(await drift(), before + all.length);
    const { body } = await pointsman.api('GET', '/v1/events');
    const told = (body as { items: { reason: string; object: unknown; message: string }[] }).items.filter(
      ({ reason }) => reason === 'port-restored',
    );
    t.match(
      new Map(told.map(({ object, message }) => [(object as { name: string }).name, message])),
      new Map(
        all.map(([bridge, port, setting]) => [port, new RegExp(`set the port to ${setting} on bridge ${bridge}`)]),
      ),
    );

    // A port of somebody else on our bridge is theirs.
    await ovs.vsctl('add-port', 'br-int', 'theirs', '--', 'set', 'Interface', 'theirs', 'type=internal');
    await ovs.ofctl('mod-port', 'br-int', 'theirs', 'no-forward');
    await ovs.ofctl('mod-port', 'br-int', NET.representor, 'no-receive');
    await eventually(async () => (await settings('br-int', NET.representor)) === '0', { what: 'ours' });
    t.match(await settings('br-int', 'theirs'), /NO_FWD/);
    await ready(pointsman);
    await ovs.vsctl('del-port', 'br-int', 'theirs');
  });

  await t.test('what was set while pointsman was away is set back at its start', async t => {
    await pointsman.stop();
    await ovs.ofctl('mod-port', 'br-phy', NET.uplink, 'no-forward');
    await pointsman.start();
    t.notMatch(await ovs.ofctl('dump-ports-desc', 'br-phy', NET.uplink), /NO_FWD/);
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
