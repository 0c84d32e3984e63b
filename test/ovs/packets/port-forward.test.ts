// Port forwards: from outside to hosts inside, the source kept; what they begin themselves; and what becomes of streams when one goes.

import t from 'tap';
import { capture } from '../../lab/capture.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, serve, tcpStream, udpEcho } from '../../lab/packets.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { buildWorld } from '../../scenarios/world.ts';

const bytes = 50_000;
const address = '203.0.113.30';

t.test('port forwards', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { pointsman, node, host } = await buildWorld(lab);
  const [red, web, outside] = [host('red-vlan'), host('red-evpn'), host('outside')];
  const forward = async (name: string, protocol: string, port: number, inside: string, insidePort?: number) => {
    const ports = { min: port, max: port };
    const body = { tenant: 'red', interface: 'outside', outside: address, protocol, ports, inside, insidePort };
    const { status, body: answer } = await pointsman.api('PUT', `/v1/port-forwards/${name}?wait=installed`, body);
    if (status >= 300) throw new Error(`PUT ${name}: ${status} ${JSON.stringify(answer)}`);
  };
  const remembered = async (port: number) =>
    (await node.appctl('dpctl/dump-conntrack', 'zone=32768'))
      .split('\n')
      .filter(line => line.includes(`src=${outside.ip},dst=${address}`) && line.includes(`dport=${port})`));
  const peersOf = (peers: readonly string[]) => [...new Set(peers.map(peer => peer.replace(/:\d+$/, '')))];
  // Nothing inside is ever seen there.
  const leaks = await capture(lab, node.netns, NET.uplink, `vlan ${NET.outerVlan} and net 10.0.0.0/8`, {
    direction: 'out',
  });

  await forward('web', 'tcp', 7001, red.ip);
  await forward('moved', 'tcp', 8001, web.ip, 7001);
  await forward('echo', 'udp', 7003, red.ip);
  await forward('neighbour', 'udp', 7004, web.ip);

  await t.test('from outside, whose address is seen, to the same port and to another', async t => {
    const { peers } = await tcpStream(lab, outside, red, bytes, { to: address });
    t.strictSame(peersOf(peers), [outside.ip]);
    await serve(lab, web, 'tcp-digest', 7001);
    const moved = await tcpStream(lab, outside, web, bytes, { to: address, port: 8001 });
    t.strictSame(moved.peers, [], 'nobody came to the port that it was sent to');
    const echo = await udpEcho(lab, outside, red, { to: address, count: 3 });
    t.equal(echo.received, 3);
    t.match(await ping(outside, address, { count: 1, timeout: 300 }), { received: 0 }, 'nothing else gets in');
    const known = (await node.appctl('dpctl/dump-flows')).split('\n').filter(line => /\+est/.test(line));
    t.ok(known.length > 0);
    t.strictSame(
      known.filter(line => /ct_state\([^)]*(new|nat)/.test(line.replace(/actions:.*/, ''))),
      [],
      'an established packet is found by that alone',
    );
  });

  await t.test('what a host begins from a forwarded port has the address of its rule', async t => {
    await forward('own', 'udp', 7005, red.ip);
    const { peers, received } = await udpEcho(lab, red, outside, { localPort: 7005, count: 2 });
    t.equal(received, 2);
    t.strictSame(peersOf(peers.slice(-1)), ['203.0.113.10']);
  });

  await t.test('from inside nobody reaches it', async t => {
    const { received } = await udpEcho(lab, web, red, { to: address, count: 2, timeout: 300 });
    t.equal(received, 0);
  });

  await t.test('deleted under a stream: it ends, and the neighbour’s loses nothing', async t => {
    for (const [to, port] of [[red, 7003] as const, [web, 7004] as const])
      await udpEcho(lab, outside, to, { to: address, port, localPort: port + 40_000, count: 1 });
    const arriving = await capture(lab, red.netns, red.device, 'udp and dst port 7003', { direction: 'in' });
    const [ending, kept] = [[red, 7003] as const, [web, 7004] as const].map(([to, port]) =>
      udpEcho(lab, outside, to, {
        to: address,
        port,
        localPort: port + 40_000,
        count: 100,
        interval: 10,
        timeout: 500,
      }),
    );
    await arriving.waitFor(/47003 >/);
    const { status } = await pointsman.api('DELETE', '/v1/port-forwards/echo?wait=installed');
    t.equal(status, 204);
    const changedAt = Date.now() / 1000;
    t.strictSame(await remembered(7003), [], 'its connections are gone');
    t.ok((await remembered(7004)).length > 0, 'those of the other stand');
    const [gone, stays] = [await ending, await kept];
    t.equal(stays?.received, stays?.sent);
    t.ok((gone?.received ?? 0) < (gone?.sent ?? 0), `${gone?.received} of ${gone?.sent}`);
    t.strictSame(
      (await arriving.stop()).filter(({ time }) => time > changedAt),
      [],
      'nothing comes in once it is said to be gone',
    );
    await eventually(async () => (await pointsman.dropped('unknown-outside-address')) > 0, { what: 'a counted drop' });
  });

  t.strictSame(
    (await leaks.stop()).map(({ text }) => text),
    [],
    'no inside address has left',
  );
});
