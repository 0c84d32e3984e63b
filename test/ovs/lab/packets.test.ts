import { type Test, test } from 'tap';
import { internetChecksum } from '../../../src/openflow/packet/checksum.ts';
import { capture, parseCaptureLine } from '../../lab/capture.ts';
import { tcp, udp } from '../../lab/frames.ts';
import { agentOf } from '../../lab/host-agent.ts';
import { addHost, type LabHost } from '../../lab/hosts.ts';
import { Lab } from '../../lab/lab.ts';
import { arpFlood, ping, rawFrames, serve, tcpStream, udpEcho } from '../../lab/packets.ts';
import { startTor } from '../../lab/tor.ts';
import { eventually } from '../../lab/wait.ts';

interface Pair {
  readonly lab: Lab;
  readonly a: LabHost;
  readonly b: LabHost;
}

/** Two hosts on one VLAN. */
async function twoHosts(t: Test): Promise<Pair> {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const tor = await startTor(lab);
  const [a, b] = await Promise.all(
    (['a', 'b'] as const).map((name, index) =>
      addHost(
        lab,
        { tor, nodeNetns: tor.netns },
        { kind: 'vlan', name, vlan: 5, mac: `02:00:00:00:05:0${index}`, address: `10.5.0.${index + 1}/24` },
      ),
    ),
  );
  if (!a || !b) throw new Error('two hosts were added');
  return { lab, a, b };
}

test('a capture sees frames with their addresses', async t => {
  const { lab, a, b } = await twoHosts(t);
  const listener = await capture(lab, b.netns, b.device, 'arp or icmp');
  t.equal((await ping(a, b.ip)).received, 3);
  t.match(await listener.waitFor(/ARP.*who-has 10\.5\.0\.2/), {
    sourceMac: a.mac,
    destinationMac: 'ff:ff:ff:ff:ff:ff',
  });
  await eventually(() => listener.matching(/ICMP echo request/).length === 3, { what: 'three requests' });
  t.equal((await listener.stop()).filter(({ text }) => /ICMP echo reply/.test(text)).length, 3);
  await t.rejects(capture(lab, b.netns, 'nothere'), /tcpdump on nothere/);
});

test('a captured VLAN tag is read', async t => {
  const line =
    '1732140000.123456 02:00:00:00:05:00 > ff:ff:ff:ff:ff:ff, ethertype 802.1Q (0x8100), length 46: vlan 30, p 0, ethertype ARP (0x0806), Request who-has 10.5.0.2 tell 10.5.0.1, length 28';
  t.match(parseCaptureLine(line), { vlan: 30, length: 46, sourceMac: '02:00:00:00:05:00' });
  t.equal(parseCaptureLine('        0x0000:  4500'), undefined);
});

test('an ARP flood is as long and as fast as asked for', async t => {
  const { lab, a, b } = await twoHosts(t);
  const listener = await capture(lab, b.netns, b.device, 'arp', { direction: 'in' });
  const started = performance.now();
  t.equal(await arpFlood(a, b.ip, 100, 200), 100);
  t.ok(performance.now() - started > 450, '100 at 200 a second take half a second');
  await eventually(() => listener.matching(/who-has 10\.5\.0\.2/).length === 100, { what: '100 requests' });
  await t.rejects(rawFrames(a.netns, a.device, [Buffer.alloc(60)], { count: 2_000_000 }), /more than/);
});

test('frames built by hand are what they say', async t => {
  const { lab, a, b } = await twoHosts(t);
  const listener = await capture(lab, b.netns, b.device, 'tcp or udp', { direction: 'in' });
  const header = { source: a.mac, destination: b.mac, sourceIp: a.ip, destinationIp: b.ip };
  await serve(lab, b, 'udp-echo', 9);
  const payload = Buffer.from('odd');
  await rawFrames(a.netns, a.device, [
    tcp({ ...header, sourcePort: 1000, destinationPort: 81, flags: 16, acknowledgement: 5 }),
    udp({ ...header, sourcePort: 2000, destinationPort: 9, payload }),
  ]);
  await listener.waitFor(/\.1000 > 10\.5\.0\.2\.81: Flags \[\.\], ack 5/);
  // The kernel verifies the checksum before the server gets the datagram.
  const agent = await agentOf(lab, b);
  t.same(
    await eventually(async () => {
      const peers = await agent.peers('udp', 9);
      return peers.length > 0 && peers;
    }),
    ['10.5.0.1:2000'],
  );
  t.equal(internetChecksum(Buffer.from('0001f203f4f5f6f7', 'hex')), 0x220d, 'the example of RFC 1071');
});

test('a bad TCP checksum is not answered, a good one is', async t => {
  const { lab, a, b } = await twoHosts(t);
  const listener = await capture(lab, b.netns, b.device, 'tcp', { direction: 'out' });
  const header = {
    source: a.mac,
    destination: b.mac,
    sourceIp: a.ip,
    destinationIp: b.ip,
    destinationPort: 81,
    flags: 2,
  };
  await rawFrames(a.netns, a.device, [
    tcp({ ...header, sourcePort: 1001, badChecksum: true }),
    tcp({ ...header, sourcePort: 1002 }),
  ]);
  await listener.waitFor(/10\.5\.0\.2\.81 > 10\.5\.0\.1\.1002: Flags \[R\.\]/);
  t.same(listener.matching(/1001/), []);
});

test('a connection stays open over what happens in between, and its loss is told', async t => {
  const { lab, a, b } = await twoHosts(t);
  await serve(lab, b, 'tcp-echo', 7002);
  const connection = await (await agentOf(lab, a)).openTcp(b.ip, 7002, { localPort: 41_000 });
  t.equal(connection.localPort, 41_000);
  t.equal(await connection.exchange('one'), 'one');
  await lab.run('ip', ['link', 'set', b.device, 'down'], { netns: b.netns });
  await t.rejects(connection.exchange('two', 300), /no answer within 300 ms/);
  await connection.close();
  await t.rejects(connection.exchange('three'), /no connection/);
});

test('a refused stream rejects, a datagram into nothing is counted as lost', async t => {
  const { lab, a, b } = await twoHosts(t);
  const agent = await agentOf(lab, a);
  await t.rejects(agent.streamTcp(b.ip, 99, 1000), /ECONNREFUSED/);
  await t.rejects(tcpStream(lab, a, b, 1000, { to: '10.5.0.77', timeout: 300 }), /no end within 300 ms|EHOSTUNREACH/);
  t.match(await udpEcho(lab, a, b, { to: '10.5.0.77', timeout: 100 }), { sent: 1, received: 0, wrong: 0 });
});
