// What the gateway itself answers, and what it does not let through.

import t from 'tap';
import { tcp } from '../../lab/frames.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, rawFrames } from '../../lab/packets.ts';
import { run } from '../../lab/process.ts';
import { eventually } from '../../lab/wait.ts';
import { buildWorld } from '../../scenarios/world.ts';

t.test('the gateway', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab);
  const { pointsman } = world;
  const inside = ['red-vlan', 'red-evpn', 'red-aci', 'red-rep', 'blue-vlan', 'blue-evpn'];

  await t.test('answers pings of its own addresses, IPv4 and IPv6', async t => {
    for (const name of inside) {
      const { gateway, gateway6 } = world.host(name).spec;
      t.match(await ping(world.host(name), gateway ?? ''), { sent: 3, received: 3 }, `${name} → ${gateway}`);
      t.match(await ping(world.host(name), gateway6 ?? ''), { sent: 3, received: 3 }, `${name} → ${gateway6}`);
    }
  });

  await t.test('answers neighbour solicitations: IPv6 is routed between VLAN, VNIs and a representor', async t => {
    for (const [from, to] of [
      ['red-vlan', 'red-evpn'],
      ['red-evpn', 'red-aci'],
      ['red-aci', 'red-rep'],
      ['red-rep', 'red-vlan'],
    ] as const) {
      await run('ip', ['-6', 'neigh', 'flush', 'dev', 'eth0'], { netns: world.host(from).netns });
      t.match(await ping(world.host(from), world.host(to).ip6 ?? ''), { received: 3 }, `${from} → ${to}`);
    }
  });

  await t.test('does not route between tenants', async t => {
    // Blue has no 10.3.0.0/24, red has.
    const refused = () => pointsman.dropped('icmp-owned-by-other-tenant');
    const before = await refused();
    t.match(await ping(world.host('blue-vlan'), '10.3.0.10', { count: 2, timeout: 300 }), { received: 0 });
    await eventually(async () => (await refused()) === before + 2, { what: 'two drops on the way out' });
    t.pass('both went the way to the outside, and ended there');
  });

  await t.test('drops a packet whose TTL is used up, and counts it', async t => {
    const red = world.host('red-vlan');
    const frame = tcp({
      source: red.mac,
      destination: '02:70:6d:00:11:01',
      sourceIp: red.ip,
      destinationIp: world.host('red-evpn').ip,
      sourcePort: 1,
      destinationPort: 2,
      flags: 2,
      ttl: 1,
    });
    await rawFrames(red.netns, red.device, [frame], { count: 5, pps: 100 });
    await eventually(async () => (await pointsman.dropped('ttl-exceeded')) === 5, { what: '5 drops' });
    t.pass('5 counted');
  });

  await t.test('routes only what is addressed to its MAC', async t => {
    const red = world.host('red-vlan');
    const frame = tcp({
      source: red.mac,
      destination: '02:00:00:00:99:99',
      sourceIp: red.ip,
      destinationIp: world.host('red-evpn').ip,
      sourcePort: 1,
      destinationPort: 2,
      flags: 2,
    });
    const before = await pointsman.dropped('not-for-gateway');
    await rawFrames(red.netns, red.device, [frame], { count: 5, pps: 100 });
    await eventually(async () => (await pointsman.dropped('not-for-gateway')) >= before + 5, { what: '5 drops' });
    t.pass('5 counted');
  });
});
