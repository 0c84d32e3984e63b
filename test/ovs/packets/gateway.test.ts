// What the gateway itself answers, and what it does not let through.

import t from 'tap';
import { parseIp } from '../../../src/lib/address.ts';
import { capture } from '../../lab/capture.ts';
import { BROADCAST, ethernet, icmp6, tcp } from '../../lab/frames.ts';
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

  await t.test('answers nobody who cannot have asked', async t => {
    const red = world.host('red-vlan');
    const ends = { source: red.mac, destination: '33:33:ff:00:00:01', hopLimit: 255 };
    /** With the source link-layer address. */
    const ask = (sourceIp: string, more: object = {}) =>
      icmp6({ ...ends, sourceIp, destinationIp: 'ff02::1:ff00:1', ...more }, 135, 0, solicitationOf(red.mac));
    const heard = await capture(lab, red.netns, red.device, 'icmp6 and ip6[40] = 136', { direction: 'in' });
    const gatewayMac = '02:70:6d:00:11:01';
    await rawFrames(red.netns, red.device, [
      ...['ff02::1', '::1', '::', 'fd00:1::1', 'fd00:2::10'].map(source => ask(source)),
      ask('fd00:1::10', { source: gatewayMac }),
      ask('fd00:1::10', { hopLimit: 64 }),
      // Answered, and so behind all that was before it.
      ask('fd00:1::10'),
    ]);
    await heard.waitFor(/fd00:1::1 > fd00:1::10/);
    t.equal((await heard.stop()).length, 1, 'one advertisement, to who asks as he should');

    const arp = (senderMac: string, sender: string) =>
      ethernet({ source: red.mac, destination: BROADCAST }, 0x0806, arpQuestion(senderMac, sender, '10.1.0.1'));
    const replies = await capture(lab, red.netns, red.device, 'arp[6:2] = 2', { direction: 'in' });
    const drops = async () => [await pointsman.dropped('bad-source-mac'), await pointsman.dropped('martian-source')];
    const before = await drops();
    const martians = ['224.0.0.1', '127.0.0.1', '255.255.255.255'];
    await rawFrames(red.netns, red.device, [
      ...[BROADCAST, '01:00:5e:00:00:01'].map(mac => arp(mac, red.ip)),
      ...martians.map(sender => arp(red.mac, sender)),
      arp(red.mac, '0.0.0.0'),
    ]);
    await replies.waitFor(/10\.1\.0\.1 is-at 02:70:6d:00:11:01/);
    t.equal((await replies.stop()).length, 1, 'one ARP reply, to who has no address yet');
    await eventually(async () => {
      const [mac = 0, martian = 0] = await drops();
      return mac - (before[0] ?? 0) === 2 && martian - (before[1] ?? 0) === martians.length;
    });
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

/** Who has fd00:1::1? RFC 4861 section 4.3, behind the checksum. */
function solicitationOf(mac: string): Buffer {
  const target = Buffer.from(parseIp('fd00:1::1').value.toString(16).padStart(32, '0'), 'hex');
  return Buffer.concat([Buffer.alloc(4), target, Buffer.from([1, 1]), bytesOf(mac)]);
}

/** RFC 826. */
function arpQuestion(senderMac: string, sender: string, target: string): Buffer {
  const ip = (text: string) => Buffer.from(text.split('.').map(Number));
  const head = Buffer.from('0001080006040001', 'hex');
  return Buffer.concat([head, bytesOf(senderMac), ip(sender), Buffer.alloc(6), ip(target)]);
}

function bytesOf(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}
