// Static NAT, 1:1: both ways without connection tracking, beside source NAT, between hosts inside, for two tenants with the same inside
// addresses; and what becomes of streams when it comes and goes.

import t from 'tap';
import { capture } from '../../lab/capture.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, tcpStream, udpEcho } from '../../lab/packets.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { buildWorld } from '../../scenarios/world.ts';

const bytes = 50_000;

t.test('static NAT', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { pointsman, node, host } = await buildWorld(lab);
  const [red, web, blue, outside] = [host('red-vlan'), host('red-evpn'), host('blue-vlan'), host('outside')];
  const put = async (path: string, body: object) => {
    const { status, body: answer } = await pointsman.api('PUT', `/v1/${path}?wait=installed`, body);
    if (status >= 300) throw new Error(`PUT ${path}: ${status} ${JSON.stringify(answer)}`);
  };
  const remove = async (path: string) => {
    const { status, body } = await pointsman.api('DELETE', `/v1/${path}?wait=installed`);
    if (status !== 204) throw new Error(`DELETE ${path}: ${status} ${JSON.stringify(body)}`);
  };
  const put1to1 = (name: string, tenant: string, inside: string, address: string) =>
    put(`static-nats/${name}`, { tenant, interface: 'outside', inside, outside: address });
  const connections = async (inside: string) =>
    (await node.appctl('dpctl/dump-conntrack', 'zone=32768'))
      .split('\n')
      .filter(line => line.includes(`src=${inside}`));
  const peersOf = (peers: readonly string[]) => [...new Set(peers.map(peer => peer.replace(/:\d+$/, '')))];
  // Nothing inside is ever seen there.
  const leaks = await capture(
    lab,
    node.netns,
    NET.uplink,
    `vlan ${NET.outerVlan} and (net 10.0.0.0/8 or net fd00:1::/64 or net fd00:2::/64)`,
    { direction: 'out' },
  );

  await put('interfaces/outside', {
    role: 'outer',
    attachment: { type: 'vlan', port: NET.uplink, vlan: NET.outerVlan },
    mac: '02:70:6d:00:30:01',
    addresses: [`${NET.outerAddress}/24`, 'fd00:30::1/64'],
    hosts: [{ mac: outside.mac, addresses: [outside.ip, 'fd00:30::fe'] }],
  });

  await t.test('connections of source NAT end when it comes, and others do not', async t => {
    for (const from of [red, web]) await udpEcho(lab, from, outside, { localPort: 40_000, count: 1 });
    t.equal((await connections(red.ip)).length, 1);
    const kept = udpEcho(lab, web, outside, { localPort: 40_000, count: 60, interval: 10, timeout: 500 });
    await put1to1('red-vlan', 'red', red.ip, '203.0.113.50');
    t.strictSame(await connections(red.ip), [], 'its own is gone');
    t.equal((await connections(web.ip)).length, 1, 'another’s stands');
    const { sent, received } = await kept;
    t.equal(received, sent, 'and loses nothing');
  });

  await put1to1('red-evpn', 'red', web.ip, '198.51.100.51');
  await put1to1('blue-vlan', 'blue', blue.ip, '203.0.113.52');
  await put1to1('red-vlan-6', 'red', red.ip6 ?? '', 'fd00:30::50');
  await put1to1('red-evpn-6', 'red', web.ip6 ?? '', 'fd00:30::51');
  const known = [
    [red, '203.0.113.50', 'fd00:30::50'],
    [web, '198.51.100.51', 'fd00:30::51'],
    [blue, '203.0.113.52', undefined],
  ] as const;

  await t.test('from outside and from inside, whoever begins', async t => {
    for (const [inside, address, address6] of known) {
      t.match(await ping(outside, address), { received: 3 }, `outside pings ${address}`);
      const into = await tcpStream(lab, outside, inside, bytes, { to: address });
      t.strictSame(peersOf(into.peers.slice(-1)), [outside.ip], 'who comes in is seen as he is');
      const out = await tcpStream(lab, inside, outside, bytes);
      t.strictSame(peersOf(out.peers.slice(-1)), [address], `${inside.name} is ${address}`);
      if (address6 === undefined) continue;
      t.match(await ping(outside, address6), { received: 3 }, `outside pings ${address6}`);
      await tcpStream(lab, outside, inside, bytes, { to: address6 });
      const out6 = await tcpStream(lab, inside, outside, bytes, { to: 'fd00:30::fe' });
      t.match(out6.peers.at(-1), address6);
    }
    t.strictSame(
      [...(await connections(red.ip)), ...(await connections(web.ip)).filter(line => line.startsWith('tcp'))],
      [],
      'no connection is tracked',
    );
    const flows = (await node.appctl('dpctl/dump-flows'))
      .split('\n')
      .filter(line => /203\.0\.113\.5|fd00:30::5/.test(line) && /proto=6/.test(line));
    t.ok(flows.length > 0);
    t.strictSame(
      flows.filter(line => /recirc\(|ct\(|userspace/.test(line)),
      [],
      'each packet is looked up once',
    );
  });

  await t.test('inside hosts reach each other by outside addresses, another tenant’s too', async t => {
    for (const [from, to, address, seen] of [
      [red, web, '198.51.100.51', '203.0.113.50'],
      [web, red, '203.0.113.50', '198.51.100.51'],
      [red, blue, '203.0.113.52', '203.0.113.50'],
      [red, web, 'fd00:30::51', 'fd00:30::50'],
      [web, red, 'fd00:30::50', 'fd00:30::51'],
    ] as const) {
      const { peers } = await tcpStream(lab, from, to, bytes, { to: address });
      t.match(peers.at(-1), seen, `${from.name} → ${address}`);
      t.match(await ping(from, address), { received: 3 });
    }
    t.match(await ping(red, '203.0.113.50'), { received: 3 }, 'and itself');
  });

  await t.test('an error that quotes does not leave, nor what is cut', async t => {
    const dropped = () => pointsman.dropped('untranslatable');
    const before = await dropped();
    // Nobody listens there: port unreachable.
    const { received } = await udpEcho(lab, outside, outside, { to: '203.0.113.50', port: 9, count: 2, timeout: 200 });
    t.equal(received, 0);
    await eventually(async () => (await dropped()) > before, { what: 'a drop' });
    const pieces = await dropped();
    await udpEcho(lab, red, outside, { size: 4000, count: 1, timeout: 200 });
    await eventually(async () => (await dropped()) >= pieces + 3, { what: 'three pieces dropped' });
    const six = await udpEcho(lab, red, outside, { to: 'fd00:30::fe', size: 4000, count: 1, timeout: 500 });
    t.equal(six.received, 1, 'of IPv6 pieces pass');
  });

  await t.test('deleted under a stream: source NAT takes over, nothing leaves untranslated', async t => {
    const stream = udpEcho(lab, red, outside, { localPort: 40_002, count: 100, interval: 10, timeout: 500 });
    const wire = await capture(lab, node.netns, NET.uplink, `vlan ${NET.outerVlan} and udp`, { direction: 'out' });
    await wire.waitFor(/203\.0\.113\.50\.40002 >/);
    await remove('static-nats/red-vlan');
    const changedAt = Date.now() / 1000;
    await wire.waitFor(/203\.0\.113\.10\.\d+ > 198\.51\.100\.254\.7003/);
    const { sent, received } = await stream;
    t.ok(received > sent / 2, `${received} of ${sent}`);
    const after = (await wire.stop()).filter(({ time }) => time > changedAt + 1);
    t.strictSame(
      after.filter(({ text }) => text.includes('203.0.113.50')),
      [],
    );
    t.match(await ping(outside, '203.0.113.50', { count: 1, timeout: 300 }), { received: 0 });
  });

  t.strictSame(
    (await leaks.stop()).map(({ text }) => text),
    [],
    'no inside address has left',
  );
});
