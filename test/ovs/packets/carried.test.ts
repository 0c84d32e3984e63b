// A state carried over with its numbers: the switch that was programmed from the old one holds what the new one says, and a
// connection keeps its port; a switch that is new gets the same flows, byte for byte.

import { rm, writeFile } from 'node:fs/promises';
import t from 'tap';
import { agentOf } from '../../lab/host-agent.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, serve } from '../../lab/packets.ts';
import { eventually } from '../../lab/wait.ts';
import { buildWorld } from '../../scenarios/world.ts';
import { notReady, programOn, ready } from '../bridges/one-node.ts';

t.test('an export with its allocations, put into a new state', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab);
  const { pointsman, node } = world;
  const [red, outside] = [world.host('red-evpn'), world.host('outside')];
  const program = () => programOn(node);
  const reaches = async () => (await ping(red, outside.ip, { count: 3, interval: 20, timeout: 300 })).received;
  /** The outside ports of the connections to a port. */
  const translated = async (port: number) =>
    (await node.appctl('dpctl/dump-conntrack'))
      .split('\n')
      .filter(line => line.includes(`dport=${port},`) || line.includes(`dport=${port})`))
      .map(line => /reply=\(.*dport=(\d+)/.exec(line)?.[1])
      .sort();

  // Objects that came and went: no number is the first that is free, and the NAT chunk of a tenant is not its pool's first.
  const put = async (path: string, body: object) => {
    const { status } = await pointsman.api('PUT', `/v1/${path}?wait=installed`, body);
    t.ok(status < 300, `${path}: ${status}`);
  };
  const rules = (await pointsman.api('GET', '/v1/nat-rules')).body as { items: { name: string; tenant: string }[] };
  const ofRed = rules.items.filter(({ tenant }) => tenant === 'red');
  t.not(ofRed.length, 0);
  for (const { name } of ofRed)
    t.equal((await pointsman.api('DELETE', `/v1/nat-rules/${name}?wait=installed`)).status, 204);
  await put('tenants/extra', { labels: { of: 'test' } });
  await put('nat-rules/extra', { tenant: 'blue', source: '10.99.0.0/16', pool: 'internet' });
  for (const { name, ...rule } of ofRed) await put(`nat-rules/${name}`, { ...rule, name, labels: { of: 'test' } });
  t.equal((await pointsman.api('DELETE', '/v1/tenants/extra')).status, 204);

  await serve(lab, outside, 'tcp-echo', 7002);
  const stream = await (await agentOf(lab, red)).openTcp(outside.ip, 7002);
  t.equal(await stream.exchange('before\n'), 'before\n');
  const before = await program();
  const ports = await translated(7002);
  t.equal(ports.length, 1, 'a connection is translated');
  const file = lab.path('carried.yaml');
  const exported = await pointsman.cli('export', '--with-allocations');
  await writeFile(file, exported);
  const nextId = Number(/nextId: (\d+)/.exec(exported)?.[1]);
  t.ok(nextId > (exported.match(/allocation:/g)?.length ?? 0) + 1, 'numbers that a new state would not give out');

  const empty = async () => {
    await pointsman.kill();
    await rm(lab.path('state'), { recursive: true });
  };
  await t.test('on the switch that has it already: nothing is sent, connections keep their ports', async t => {
    await empty();
    await pointsman.startUnready();
    await notReady(pointsman, /this is another state database/);
    t.match(await pointsman.cli('import', '-f', file), /^\d+ objects imported, at generation 1\n$/);
    t.match(await pointsman.cli('adopt'), /adopted/);
    await ready(pointsman);
    t.strictSame(pointsman.logged('flows installed'), [], 'no flow was sent');
    t.strictSame(await program(), before);
    t.strictSame(await translated(7002), ports, 'the connection is remembered');
    t.equal(await stream.exchange('after\n'), 'after\n', 'and goes on');
    t.strictSame(await translated(7002), ports);
    t.equal(await reaches(), 3);
    const [first] = exported.split('nextId');
    t.equal((await pointsman.cli('export', '--with-allocations')).split('nextId')[0], first);
  });

  await t.test('on a switch that is new', async t => {
    await empty();
    for (const bridge of ['br-int', 'br-phy']) await node.vsctl('del-br', bridge);
    await pointsman.startUnready();
    await pointsman.cli('import', '-f', file);
    await ready(pointsman);
    t.strictSame(await program(), before, `${before.length} flows, groups and meters, byte for byte`);
    await eventually(async () => (await reaches()) === 3, { what: 'pings through the new switch' });
    // What rests does so for whole seconds.
    const withoutTimes = (text: string) => text.replace(/until: .*/g, '');
    const again = await pointsman.cli('export', '--with-allocations');
    t.equal(withoutTimes(again), withoutTimes(exported), 'and it says the same of itself');
  });
});
