// Another state database over a switch that forwards: what is there goes on, packet by packet, until somebody says what becomes of
// it; what is not ours is never touched.

import { rm } from 'node:fs/promises';
import t from 'tap';
import { agentOf } from '../../lab/host-agent.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, serve } from '../../lab/packets.ts';
import { LabPointsman } from '../../lab/pointsman.ts';
import { eventually } from '../../lab/wait.ts';
import { buildWorld, DEMO_INTENT } from '../../scenarios/world.ts';
import { notReady, programOn, ready, whyNotReady } from '../bridges/one-node.ts';

t.test('a new database over a programmed switch', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab);
  const { pointsman, node } = world;
  const [red, outside] = [world.host('red-evpn'), world.host('outside')];
  const foreign = 'cookie=0x1234,table=0,priority=65000,dl_vlan=4000,actions=drop';
  await node.ofctl('add-flow', 'br-int', foreign);
  await node.ofctl('add-meter', 'br-int', 'meter=4001,pktps,band=type=drop,rate=9');

  const program = () => programOn(node);
  const ids = async () => await node.vsctl('get', 'Bridge', 'br-int', 'external_ids');
  const conntrack = async () =>
    (await node.appctl('dpctl/dump-conntrack')).split('\n').filter(line => /zone=/.test(line));
  /** Of the stream; pings are forgotten after a while. */
  const translations = async () =>
    (await conntrack()).filter(line => line.includes('dport=7002')).map(line => line.replace(/,protoinfo=.*/, ''));
  /** One that comes late on a busy machine counts as lost. */
  const passes = () =>
    eventually(async () => (await ping(red, outside.ip, { count: 1 })).received === 1, { what: 'a ping' });
  const status = async () =>
    (await pointsman.api('GET', '/v1/status')).body as {
      generation: { intent: number; installed: number };
      state: {
        unaccounted?: { flows: number; byKind: Record<string, number>; groups: number; meters: number; zones: number };
      };
    };
  const empty = async () => {
    await pointsman.kill();
    await rm(lab.path('state'), { recursive: true });
  };
  const another = /this is another state database/;

  await serve(lab, outside, 'tcp-echo', 7002);
  const stream = await (await agentOf(lab, red)).openTcp(outside.ip, 7002);
  t.equal(await stream.exchange('before\n'), 'before\n');
  const before = await program();
  await eventually(async () => /pointsman-installed="\S+ [1-9]/.test(await ids()), {
    what: 'the memory of the switch',
  });

  await t.test('it is held: nothing is sent, and nothing says installed', async t => {
    await empty();
    const idsBefore = await ids();
    await pointsman.startUnready();
    await notReady(pointsman, another);
    t.match(
      await notReady(pointsman, /the switch holds \d+ flows \(.*\), .*conntrack zones that the state database/),
      /\d/,
    );
    const { unaccounted } = (await status()).state;
    t.match(unaccounted, { groups: 0, zones: 2 });
    for (const kind of ['interfaces', 'routes', 'nat-rules', 'nat-pools'])
      t.ok((unaccounted?.byKind[kind] ?? 0) > 0, `flows of ${kind}`);
    t.ok((unaccounted?.meters ?? 0) > 0);
    t.match(await pointsman.api('PUT', '/v1/tenants/red?wait=installed', {}), {
      status: 502,
      body: { type: /:install-failed$/, detail: another },
    });
    t.equal((await pointsman.api('DELETE', '/v1/tenants/red')).status, 204);
    t.equal((await status()).generation.installed, 0);
    t.match(JSON.stringify((await pointsman.api('GET', '/v1/events')).body), /state-held.*this is another/);
    t.strictSame(await program(), before, 'the switch keeps what it has');
    t.equal(await ids(), idsBefore, 'and what it remembers');
    t.ok(await passes());
    t.equal(await stream.exchange('held\n'), 'held\n');
    t.match(await pointsman.cli('adopt').catch(String), /does not account for; only "adopt --discard"/);
    t.strictSame(await program(), before);
  });

  await t.test('filled in another order: its tenants have the numbers of each other, and are others', async t => {
    await empty();
    await pointsman.startUnready();
    await notReady(pointsman, another);
    for (const name of ['blue', 'red']) t.equal((await pointsman.api('PUT', `/v1/tenants/${name}`, {})).status, 201);
    await pointsman.cli('apply', '-f', DEMO_INTENT);
    t.match((await pointsman.api('GET', '/v1/export?allocations=true')).body, {
      objects: {
        tenants: [
          { name: 'blue', allocation: { id: 1, zone: 32768 } },
          { name: 'red', allocation: { id: 2, zone: 32769 } },
        ],
      },
    });
    t.match(await pointsman.cli('adopt').catch(String), /2 conntrack zones that the state database does not account/);
    t.strictSame(await program(), before);
    t.equal(await stream.exchange('other numbers\n'), 'other numbers\n');
  });

  await t.test('filled with the same intent, it is adopted without a change: connections go on', async t => {
    // From the first number on, as the first database was: an export with its numbers would do the same.
    await empty();
    await pointsman.startUnready();
    await notReady(pointsman, another);
    await pointsman.cli('apply', '-f', DEMO_INTENT);
    await eventually(async () => (await status()).state.unaccounted?.flows === 0, { what: 'all is accounted for' });
    t.match(await whyNotReady(pointsman), /accounts for all that the switch holds of pointsman/);
    t.strictSame(await program(), before);
    const translated = await translations();
    t.match(await pointsman.cli('adopt'), /adopted; the state goes on at generation \d{4}/);
    await ready(pointsman);
    t.strictSame(pointsman.logged('flows installed'), [], 'no flow was sent');
    t.strictSame(await program(), before);
    t.equal(await stream.exchange('after\n'), 'after\n', 'the connection stands');
    t.ok(translated.length > 0);
    t.strictSame(await translations(), translated, 'as it was translated before');
    t.ok(await passes());
    const { intent, installed } = (await status()).generation;
    t.equal(installed, intent);
  });

  await t.test(
    'discarded, here by the configuration: the old program and its connections are gone, what is not ours stays',
    async t => {
      t.ok(await passes());
      t.ok((await conntrack()).length > 0);
      await empty();
      const unattended = await LabPointsman.prepare(lab, node, { adopt: 'discard' });
      await unattended.start();
      t.equal(
        (await ping(red, outside.ip, { count: 3, interval: 20, timeout: 1_000 })).received,
        0,
        'no packet passes',
      );
      t.strictSame(await conntrack(), [], 'no connection is remembered');
      const after = (await program()).join('\n');
      t.notMatch(after, /cookie=0x706d0[1-9]/, 'no flow of an object');
      t.match(after, /cookie=0x1234/, 'a flow of somebody else');
      t.strictSame(
        [...after.matchAll(/meter=(\d+)/g)].map(([, number]) => number),
        ['4001'],
        'and no meter but theirs',
      );
      t.notMatch(await ids(), /pointsman-ct-zone/);
      const events = JSON.stringify((await unattended.api('GET', '/v1/events')).body);
      t.match(events, /state-held.*this is another.*state-released/);
      await stream.close();
    },
  );
});
