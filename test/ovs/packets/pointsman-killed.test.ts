// kill -9 of pointsman in the middle of traffic: the switch forwards on, and the restart sends nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { agentOf } from '../../lab/host-agent.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, serve } from '../../lab/packets.ts';
import { buildWorld, type World } from '../../scenarios/world.ts';

/** Identity, content and age of every flow of a bridge; a flow that is sent again is young again. */
async function flows({ node }: World, bridge: string): Promise<{ text: string; age: number }[]> {
  const dump = await node.ofctl('dump-flows', bridge, '--no-names');
  return dump.split('\n').flatMap(line => {
    const [, cookie, duration, table, rest] =
      /cookie=(\S+), duration=([\d.]+)s, table=(\d+), n_packets=\d+, n_bytes=\d+, (.*)/.exec(line) ?? [];
    if (!rest) return [];
    return [{ text: `${cookie} ${table} ${rest.replace(/(idle|hard)_age=\d+, /g, '')}`, age: Number(duration) }];
  });
}

t.test('kill -9 of pointsman during a TCP stream and a ping', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab);
  const { pointsman, node } = world;
  const [red, outside] = [world.host('red-evpn'), world.host('outside')];
  await ping(red, outside.ip);
  await serve(lab, outside, 'tcp-echo', 7002);
  const held = await (await agentOf(lab, red)).openTcp(outside.ip, 7002);
  t.equal(await held.exchange('before\n'), 'before\n');
  const before = await flows(world, 'br-int');

  const pinging = ping(red, outside.ip, { count: 150, interval: 40 });
  let done = false;
  // Steady, and well below what the userspace datapath carries: what is lost then is lost by somebody's fault.
  const streaming = (async () => {
    const line = `${'x'.repeat(8_000)}\n`;
    let lines = 0;
    for (; !done; lines++) {
      if ((await held.exchange(line)) !== line) throw new Error('the stream came back changed');
      await sleep(5);
    }
    return lines;
  })();
  await sleep(500);
  await pointsman.kill();
  t.notOk(pointsman.running, 'pointsman is dead');
  await sleep(500);
  const started = Date.now();
  await pointsman.start();
  const { sent, received } = await pinging;
  done = true;
  t.equal(received, sent, 'no ping lost');
  t.ok((await streaming) > 100, 'the stream went on throughout');
  await held.close();

  const after = await flows(world, 'br-int');
  t.strictSame(after.map(({ text }) => text).sort(), before.map(({ text }) => text).sort(), 'the same flows');
  const sinceRestart = (Date.now() - started) / 1000;
  t.strictSame(
    after.filter(({ age }) => age < sinceRestart).map(({ text }) => text),
    [],
    'none is younger than the restart: no flow was sent again',
  );
  t.strictSame(pointsman.logged('flows installed'), [], 'pointsman says so too');
  t.match(
    pointsman.logged('switch database changed').map(({ changes }) => changes),
    [[/^change bridge br-int: external_ids:pointsman-holder=pid \d+ on [^;]+$/]],
    'the database has heard who holds it now, and nothing else',
  );
  t.match(await node.appctl('dpctl/dump-conntrack'), /tcp/, 'conntrack was not flushed');
});

t.test('what was acknowledged before a kill -9 is there after', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { pointsman } = await buildWorld(lab);
  const acknowledged: string[] = [];
  const writes = Array.from({ length: 200 }, async (_, i) => {
    const { status } = await pointsman.api('PUT', `/v1/tenants/t${i}`, {});
    if (status === 201) acknowledged.push(`t${i}`);
    // In the middle of the writes.
    if (acknowledged.length === 20) await pointsman.kill();
  });
  const outcomes = await Promise.allSettled(writes);
  t.ok(acknowledged.length >= 20, `${acknowledged.length} writes were acknowledged`);
  t.ok(
    outcomes.some(({ status }) => status === 'rejected'),
    'and others were cut off',
  );
  await pointsman.start();
  for (const name of acknowledged)
    t.equal((await pointsman.api('GET', `/v1/tenants/${name}`)).status, 200, `${name} is there`);
});
