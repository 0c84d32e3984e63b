// New connections as policy: counted by interface and direction, held to a rate that what is known never meets, refused by a
// tenant or one of its interfaces while streams that are there go on.

import { readFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { tcp } from '../../lab/frames.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, rawFrames, tcpStream, udpEcho } from '../../lab/packets.ts';
import { eventually } from '../../lab/wait.ts';
import { chunkOf } from '../../scenarios/chunks.ts';
import { buildWorld, DEMO_INTENT } from '../../scenarios/world.ts';

const syn = 2;
const echoPort = 7003;
const closedPort = 7999;

t.test('new connections', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab);
  const { pointsman, node, host } = world;
  const [red, web, outside] = [host('red-vlan'), host('red-evpn'), host('outside')];
  const intent = parse(await readFile(DEMO_INTENT, 'utf8')) as Record<string, { name: string }[]>;
  /** As the demo has it, and `more`. */
  const put = async (kind: string, name: string, more: object) => {
    const { name: _, ...document } = intent[kind]?.find(object => object.name === name) ?? { name };
    const { status, body } = await pointsman.api('PUT', `/v1/${kind}/${name}?wait=installed`, { ...document, ...more });
    if (status !== 200) throw new Error(`PUT ${kind}/${name}: ${status} ${JSON.stringify(body)}`);
  };
  const counters = async () => {
    const { body } = await pointsman.api('GET', '/v1/counters/new-connections');
    return (body as { items: { interface: string; from: string; packets: number }[] }).items;
  };
  const count = async (name: string) => {
    const found = (await counters()).filter(of => of.interface === name);
    if (found.length !== 1) throw new Error(`${name} has ${found.length} counters`);
    return found[0]?.packets ?? Number.NaN;
  };
  /** vswitchd gathers counts in its own time. */
  const grows = async (t: Test, what: string, read: () => Promise<number>, by: number, act: () => Promise<unknown>) => {
    // What came before is counted by the end of a round that has begun after it.
    for (let round = 0; round < 2; round++) await node.appctl('revalidator/wait');
    const before = await read();
    await act();
    let seen = Number.NaN;
    const isThere = async () => {
      seen = (await read()) - before;
      return seen >= by;
    };
    await eventually(isThere, { what: `${what}: ${by}` }).catch(() => undefined);
    t.equal(seen, by, what);
  };
  const exchange = (localPort: number, count = 1, from = red) =>
    udpEcho(lab, from, outside, { port: echoPort, localPort, count, interval: 2, timeout: 500 });

  await ping(red, outside.ip);
  await exchange(30_000);

  await t.test('are counted by interface and direction, and no other packet is', async t => {
    const beforeWeb = await count('red-evpn');
    await grows(
      t,
      'three of UDP and one of TCP',
      () => count('red-vlan'),
      4,
      async () => {
        for (const localPort of [40_001, 40_002, 40_003]) {
          // While vswitchd is at the first, a second one is new as well, and would be counted.
          t.match(await exchange(localPort), { received: 1 }, 'the first');
          t.match(await exchange(localPort, 19), { received: 19 }, 'nineteen more');
        }
        await tcpStream(lab, red, outside, 50_000);
      },
    );
    t.equal(await count('red-evpn'), beforeWeb, 'none of another interface');

    // Nobody answers: the second packet is `new` as well, and belongs to what the first one began.
    const datagrams = () => udpEcho(lab, red, outside, { to: '198.51.100.77', count: 5, interval: 50, timeout: 100 });
    await grows(t, 'one that nobody answers', () => count('red-vlan'), 1, datagrams);

    const port = (await chunkOf(world, 'red-out')).ports.max;
    const stranger = () => udpEcho(lab, outside, outside, { to: '203.0.113.10', port, count: 2, timeout: 100 });
    await grows(t, 'two packets from outside', () => count('outside'), 2, stranger);
    t.match(
      (await counters()).map(({ interface: name, from }) => [name, from]),
      [
        ['blue-evpn', 'inside'],
        ['blue-vlan', 'inside'],
        ['outside', 'outside'],
        ['red-aci', 'inside'],
        ['red-evpn', 'inside'],
        ['red-rep', 'inside'],
        ['red-vlan', 'inside'],
      ],
    );
  });

  await t.test('over the rate they are dropped in the datapath, and what is known is not', async t => {
    const rate = 20;
    const count = 400;
    const pps = 400;
    await put('interfaces', 'red-vlan', { newConnectionRate: rate });
    const frames = Array.from({ length: count }, (_, i) =>
      tcp({
        ...{ source: red.mac, destination: '02:70:6d:00:11:01', sourceIp: red.ip, destinationIp: outside.ip },
        ...{ sourcePort: 20_000 + i, destinationPort: closedPort, flags: syn },
      }),
    );
    const dropped = () => pointsman.dropped('new-connection-rate', 'red-vlan');
    const before = await dropped();
    const began = performance.now();
    const [known] = await Promise.all([exchange(30_000, 300), rawFrames(red.netns, red.device, frames, { pps })]);
    const seconds = (performance.now() - began) / 1000;
    t.equal(known.received, known.sent, 'a stream that is there loses nothing');
    const allowed = Math.ceil(rate * seconds) + 2 * rate;
    let lost = 0;
    const isMost = async () => {
      lost = (await dropped()) - before;
      return lost >= count - allowed;
    };
    await eventually(isMost, { what: `${count - allowed} of ${count} over the rate` });
    t.ok(lost < count, `${lost} of ${count} in ${seconds.toFixed(1)} s`);

    const flows = (await node.appctl('dpctl/dump-flows')).split('\n');
    const hot = flows.filter(line => /ct_state\(\+est/.test(line) || /ct_state\(-new\+est/.test(line));
    t.ok(hot.length > 0, 'flows of what is known');
    t.strictSame(
      hot.filter(line => /meter|\+new|snat/.test(line)),
      [],
      'no meter there',
    );
    await put('interfaces', 'red-vlan', {});
    t.notMatch(await node.ofctl('dump-meters', 'br-int'), /rate=20\b/, 'and none is left without a rate');
  });

  await t.test('an interface refuses them, and what is known goes on', async t => {
    await put('interfaces', 'red-vlan', { newConnections: 'drop' });
    t.match(await exchange(30_000, 20), { received: 20 }, 'the stream that is there');
    const refused = () => pointsman.dropped('new-from-inside', 'red-vlan');
    await grows(t, 'three packets refused', refused, 3, async () => {
      t.match(await exchange(30_001, 3), { received: 0 });
    });
    t.match(await exchange(30_002, 3, web), { received: 3 }, 'another interface of the tenant');
  });

  await t.test('a tenant refuses them, but for an interface that does not', async t => {
    await put('tenants', 'red', { newConnections: 'drop' });
    await put('interfaces', 'red-vlan', { newConnections: 'datapath' });
    const refused = () => pointsman.dropped('new-from-inside', 'red-evpn');
    await grows(t, 'two packets refused', refused, 2, async () => {
      t.match(await exchange(30_003, 2, web), { received: 0 });
    });
    t.match(await exchange(30_002, 3, web), { received: 3 }, 'its stream goes on');
    t.match(await exchange(30_004, 3), { received: 3 }, 'the interface that does not');
    t.match(await exchange(30_005, 3, host('blue-vlan')), { received: 3 }, 'another tenant');
    await put('tenants', 'red', {});
    t.match(await exchange(30_006, 3, web), { received: 3 }, 'and when it does no more');
  });
});
