// Connections end with what caused them, and no others: streams run while rules and pools change, a capture on the
// uplink and the switch's own table of connections judge.

import { readFile, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { capture } from '../../lab/capture.ts';
import { udp } from '../../lab/frames.ts';
import type { LabHost } from '../../lab/hosts.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, rawFrames, udpEcho } from '../../lab/packets.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { type Chunk, chunkOf } from '../../scenarios/chunks.ts';
import { buildWorld } from '../../scenarios/world.ts';

const echoPort = 7003;

t.test('connections end with what caused them', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab, undefined, { portRest: 0 });
  const { pointsman, node } = world;
  const [vlan, evpn, blue, outside] = ['red-vlan', 'red-evpn', 'blue-vlan', 'outside'].map(world.host) as [
    LabHost,
    LabHost,
    LabHost,
    LabHost,
  ];
  const uplink = await capture(lab, node.netns, NET.uplink, `vlan ${NET.outerVlan} and udp`, { direction: 'out' });

  const put = async (path: string, body: object) => {
    const { status, body: answer } = await pointsman.api('PUT', `/v1/${path}?wait=installed`, body);
    if (status >= 300) throw new Error(`PUT ${path}: ${status} ${JSON.stringify(answer)}`);
  };
  const remove = async (...paths: string[]) => {
    for (const path of paths) {
      const { status, body } = await pointsman.api('DELETE', `/v1/${path}?wait=installed`);
      if (status !== 204) throw new Error(`DELETE ${path}: ${status} ${JSON.stringify(body)}`);
    }
  };
  const rule = (name: string, source: string, pool: string, tenant = 'red') =>
    put(`nat-rules/${name}`, { tenant, source, pool });
  const pool = (name: string, address: string, more: object = {}) =>
    put(`nat-pools/${name}`, { interface: 'outside', addresses: [address], ...more });
  /** The connections of a host from a port, as `ADDRESS:PORT` that they are translated to. */
  const translations = async (from: LabHost, port: number, zone = 0x8000): Promise<string[]> => {
    const dump = await node.appctl('dpctl/dump-conntrack', `zone=${zone}`);
    const found = dump.matchAll(
      new RegExp(
        `udp,orig=\\(src=${from.ip},[^)]*sport=${port},.*reply=\\(src=[^,]*,dst=([^,]*),sport=\\d+,dport=(\\d+)\\)`,
        'g',
      ),
    );
    return [...found].map(([, address, to]) => `${address}:${to}`);
  };
  const chunksOf = async (name: string) =>
    ((await pointsman.api('GET', `/v1/nat-rules/${name}`)).body as { status: { chunks: Chunk[] } }).status.chunks;
  const isIn = ({ address, ports }: Chunk, place: string | undefined) => {
    const [ip, port] = (place ?? '').split(':');
    return ip === address && Number(port) >= ports.min && Number(port) <= ports.max;
  };
  /** Datagrams that are echoed, one every 10 ms, until `change` is done. */
  const during = async (from: LabHost, localPort: number, change: () => Promise<unknown>) => {
    await udpEcho(lab, from, outside, { localPort, count: 1 });
    const [before] = await translations(from, localPort);
    const stream = udpEcho(lab, from, outside, { localPort, count: 80, interval: 10, timeout: 500 });
    await change();
    const changedAt = Date.now() / 1000;
    const [after] = await translations(from, localPort);
    return { before, after, changedAt, ...(await stream) };
  };
  const fromThen = (changedAt: number, place: string | undefined) => {
    const [address = '', port] = (place ?? '').split(':');
    return uplink.packets().filter(({ time, text }) => time > changedAt && text.includes(`${address}.${port} > `));
  };
  /** What the outside can still push in to where a connection was translated. */
  const pushes = async (t: Test, place: string | undefined, localPort: number, to: LabHost) => {
    const [address = '', port] = (place ?? '').split(':');
    const before = await pointsman.dropped('new-from-outside');
    const inside = await capture(lab, to.netns, to.device, `udp and dst port ${localPort}`, { direction: 'in' });
    const frame = udp({
      source: outside.mac,
      destination: '02:70:6d:00:30:01',
      sourceIp: outside.ip,
      destinationIp: address,
      sourcePort: echoPort,
      destinationPort: Number(port),
    });
    await rawFrames(outside.netns, outside.device, [frame], { count: 3, pps: 100 });
    await eventually(async () => (await pointsman.dropped('new-from-outside')) >= before + 3, { what: '3 drops' });
    t.strictSame(await inside.stop(), [], 'nothing comes in');
  };

  await pool('second', '203.0.113.21');
  await rule('red-vlan', '10.1.0.0/24', 'internet');

  await t.test('a rule that is moved to another pool: red leaves by it, and blue has what was red’s', async t => {
    await remove('nat-rules/red-vlan', 'nat-rules/blue-out');
    // It has one chunk, and that is given to another as soon as it may be.
    await pool('one', '203.0.113.24', { ports: { min: 4096, max: 4159 }, chunkSize: 64 });
    await rule('red-out', '10.0.0.0/8', 'one');
    const chunk = await chunkOf(world, 'red-out');
    const seen = await during(vlan, 40_000, async () => {
      await rule('red-out', '10.0.0.0/8', 'second');
      await rule('blue-out', '10.0.0.0/8', 'one', 'blue');
      await eventually(async () => (await chunksOf('blue-out')).length === 1, {
        what: 'a chunk for blue',
        interval: 5,
      });
    });
    t.strictSame((await chunksOf('blue-out'))[0]?.ports, chunk.ports, 'blue has what was red’s');
    t.ok(isIn(chunk, seen.before), `${seen.before} before`);
    t.strictSame(fromThen(seen.changedAt, seen.before), [], 'nothing leaves from there any more');
    t.ok(isIn(await chunkOf(world, 'red-out'), (await translations(vlan, 40_000))[0]), 'it leaves from the other pool');
    t.ok(seen.received > 50, `${seen.received} of ${seen.sent} echoed`);
    await udpEcho(lab, blue, outside, { localPort: 40_000, count: 5, interval: 5 });
    for (const [name, tenant] of [
      ['red-out', 'red'],
      ['blue-out', 'blue'],
    ] as const)
      await rule(name, '10.0.0.0/8', 'internet', tenant);
  });

  await t.test('a rule that is deleted while another keeps the chunk', async t => {
    await rule('red-vlan', '10.1.0.0/24', 'internet');
    await udpEcho(lab, evpn, outside, { localPort: 40_001, count: 1 });
    const [ended] = await translations(evpn, 40_001);
    const kept = await during(vlan, 40_001, () => remove('nat-rules/red-out'));
    t.strictSame(await translations(evpn, 40_001), [], 'its connection is gone');
    await pushes(t, ended, 40_001, evpn);
    t.equal(kept.after, kept.before, 'the other connection stands');
    t.equal(kept.received, kept.sent, 'and lost no packet');
    await rule('red-out', '10.0.0.0/8', 'internet');
  });

  await t.test('a narrower source', async t => {
    const kept = await during(vlan, 40_002, () => rule('red-vlan', '10.1.0.0/28', 'internet'));
    t.equal(kept.after, kept.before, 'what it still covers stands');
    t.equal(kept.received, kept.sent);
    await remove('nat-rules/red-out');
    await rule('red-vlan', '10.1.0.128/25', 'internet');
    t.strictSame(await translations(vlan, 40_002), [], 'what it does not is gone');
    await pushes(t, kept.before, 40_002, vlan);
    await rule('red-out', '10.0.0.0/8', 'internet');
    await remove('nat-rules/red-vlan');
  });

  await t.test('a more specific rule, to another pool', async t => {
    await udpEcho(lab, evpn, outside, { localPort: 40_003, count: 1 });
    const [ended] = await translations(evpn, 40_003);
    const kept = await during(vlan, 40_003, () => rule('red-evpn', '10.2.0.10/32', 'second'));
    t.strictSame(await translations(evpn, 40_003), []);
    await pushes(t, ended, 40_003, evpn);
    t.equal(kept.after, kept.before);
    t.equal(kept.received, kept.sent);
    await remove('nat-rules/red-evpn');
  });

  await t.test('a pool whose address, ports or chunk size change', async t => {
    const chunks = { ports: { min: 8192, max: 16_383 }, chunkSize: 1024 };
    const changes: readonly (readonly [string, string, object])[] = [
      ['address', '203.0.113.22', {}],
      ['ports', '203.0.113.22', { ports: { min: 32_768, max: 65_535 } }],
      ['chunk size', '203.0.113.22', chunks],
    ];
    await rule('red-evpn', '10.2.0.0/24', 'second');
    let port = 40_010;
    for (const [what, address, more] of changes) {
      port += 1;
      await udpEcho(lab, evpn, outside, { localPort: port, count: 1 });
      const [ended] = await translations(evpn, port);
      t.ok(ended);
      await pool('second', address, more);
      t.strictSame(await translations(evpn, port), [], `${what}: ended`);
      await udpEcho(lab, evpn, outside, { localPort: port, count: 2 });
      t.ok(isIn(await chunkOf(world, 'red-evpn'), (await translations(evpn, port))[0]), 'and begun anew where it may');
      t.strictSame((await translations(vlan, 40_003)).length, 1, 'the other pool’s stand');
    }
  });

  await t.test('a route to another outer interface: what leaves by that is translated to its pool', async t => {
    await put('interfaces/other', {
      role: 'outer',
      attachment: { type: 'vlan', port: NET.uplink, vlan: 31 },
      mac: '02:70:6d:00:31:01',
      addresses: ['198.51.101.1/24'],
      hosts: [{ mac: '02:00:00:00:31:fe', addresses: ['198.51.101.254'] }],
    });
    await put('nat-pools/other', { interface: 'other', addresses: ['203.0.113.31'] });
    await rule('red-other', '10.0.0.0/8', 'other');
    await udpEcho(lab, evpn, outside, { localPort: 40_004, count: 1 });
    const kept = await during(vlan, 40_005, async () => {
      const to = { tenant: 'red', interface: 'other', nextHop: '198.51.101.254' };
      await put('routes/red-elsewhere', { ...to, destination: '198.51.100.0/25' });
    });
    t.equal(kept.after, kept.before, 'what is not routed there stands');
    t.equal(kept.received, kept.sent);
    const wire = await capture(lab, node.netns, NET.uplink, 'vlan 31 and udp', { direction: 'out' });
    await put('routes/red-elsewhere', {
      ...{ tenant: 'red', interface: 'other', nextHop: '198.51.101.254' },
      destination: `${outside.ip}/32`,
    });
    t.strictSame(await translations(evpn, 40_004), []);
    await udpEcho(lab, evpn, outside, { localPort: 40_004, count: 1, timeout: 100 });
    t.ok(await wire.waitFor(/203\.0\.113\.31\.\d+ > 198\.51\.100\.254\.7003/), 'begun anew');
    await wire.stop();
    await remove('routes/red-elsewhere', 'nat-rules/red-other');
  });

  await t.test('rules that select by destination, protocol and port, with exceptions', async t => {
    await remove('nat-rules/red-evpn');
    const to = { destinations: [`${outside.ip}/32`], protocol: 'udp' };
    await put('nat-rules/red-some', {
      ...{ tenant: 'red', source: '10.0.0.0/8', pool: 'second', ...to, ports: { min: 7000, max: echoPort } },
    });
    const second = await chunkOf(world, 'red-some');
    const first = await chunkOf(world, 'red-out');
    await udpEcho(lab, vlan, outside, { localPort: 40_050, count: 1 });
    const kept = await during(evpn, 40_052, () =>
      udpEcho(lab, vlan, outside, { localPort: 40_051, count: 2, port: echoPort + 1 }),
    );
    t.ok(isIn(second, (await translations(vlan, 40_050))[0]), 'to a port of the rule, from its pool');
    t.ok(isIn(first, (await translations(vlan, 40_051))[0]), 'to another port, from the other rule’s');
    t.ok(isIn(second, kept.before), 'so does the other host');
    t.equal((await ping(vlan, outside.ip, { count: 1 })).received, 1, 'ICMP falls under the other rule');
    const unseen = await pointsman.dropped('not-natted');
    await udpEcho(lab, vlan, outside, { localPort: 40_053, count: 1, size: 2800, timeout: 100 });
    await eventually(async () => (await pointsman.dropped('not-natted')) >= unseen + 2, { what: 'both pieces' });
    t.strictSame(await translations(vlan, 40_053), [], 'a first packet in pieces shows no port, and begins nothing');

    const other = await translations(vlan, 40_051);
    await rule('red-narrow', '10.1.0.0/24', 'second');
    await put('nat-rules/red-some', {
      ...{ tenant: 'red', source: '10.0.0.0/8', pool: 'second', ...to, ports: { min: 7000, max: echoPort - 1 } },
    });
    t.strictSame(await translations(evpn, 40_052), [], 'what it no longer takes ended');
    t.strictSame(await translations(vlan, 40_051), [], 'so did what a narrower source takes');
    await udpEcho(lab, evpn, outside, { localPort: 40_052, count: 1 });
    t.ok(isIn(first, (await translations(evpn, 40_052))[0]), 'and begins anew under the other');
    await remove('nat-rules/red-narrow', 'nat-rules/red-some');
    t.equal(other.length, 1);

    const dropped = await pointsman.dropped('not-natted');
    const stands = await during(evpn, 40_054, async () => {
      const rest = { except: [`${outside.ip}/32`], protocol: 'tcp' };
      await put('nat-rules/red-tcp', { tenant: 'red', source: '10.1.0.0/24', pool: 'second', ...rest });
    });
    t.equal(stands.after, stands.before);
    t.equal(stands.received, stands.sent, 'a rule beside it that does not take it loses no packet');
    const except = { except: ['198.51.100.128/25'] };
    await put('nat-rules/red-out', { tenant: 'red', source: '10.0.0.0/8', pool: 'internet', ...except });
    t.strictSame(await translations(evpn, 40_054), [], 'what is an exception now ended');
    const nothing = await udpEcho(lab, evpn, outside, { localPort: 40_055, count: 1, timeout: 100 });
    t.equal(nothing.received, 0, 'an exception that no rule takes goes nowhere');
    await eventually(async () => (await pointsman.dropped('not-natted')) > dropped, { what: 'not-natted' });
    await remove('nat-rules/red-tcp');
    await rule('red-out', '10.0.0.0/8', 'internet');
    await rule('red-evpn', '10.2.0.0/24', 'second');
  });

  await t.test('without the control socket whole zones are flushed, and status says so', async t => {
    const config = await readFile(pointsman.configFile, 'utf8');
    await udpEcho(lab, blue, outside, { localPort: 40_030, count: 1 });
    await pointsman.stop();
    await writeFile(pointsman.configFile, config.replace(node.controlSocket, `${node.controlSocket}.none`));
    await pointsman.start();
    t.strictSame(await translations(blue, 40_030, 0x8001), [], 'all of the zone');
    const { body } = await pointsman.api('GET', '/v1/status');
    t.match((body as { warnings: string[] }).warnings.join('\n'), /whole zones: cannot connect to .*ctl.none/);
    await pointsman.kill();
    await writeFile(pointsman.configFile, config);
  });

  await t.test('what was left behind when pointsman was killed between flows and flush', async t => {
    await udpEcho(lab, vlan, outside, { localPort: 40_020, count: 1 });
    const [stands] = await translations(vlan, 40_020);
    t.notOk(pointsman.running);
    const left = (source: LabHost, to: string) =>
      node.ofctl(
        'packet-out',
        'br-int',
        `in_port=LOCAL packet=${udp({ ...source, source: source.mac, destination: source.mac, sourceIp: source.ip, destinationIp: outside.ip, sourcePort: 40_021, destinationPort: echoPort }).toString('hex')} actions=ct(commit,zone=32768,nat(src=${to}))`,
      );
    await left(vlan, '203.0.113.10:60000');
    await left(evpn, '203.0.113.10:60001');
    t.equal((await translations(vlan, 40_021)).length + (await translations(evpn, 40_021)).length, 2, 'two are left');
    await pointsman.start();
    t.strictSame([...(await translations(vlan, 40_021)), ...(await translations(evpn, 40_021))], [], 'both are gone');
    t.strictSame(await translations(vlan, 40_020), [stands], 'what stands, stands');
  });

  await t.test('a tenant that is deleted', async t => {
    await udpEcho(lab, blue, outside, { localPort: 40_040, count: 1 });
    const [ended] = await translations(blue, 40_040, 0x8001);
    t.ok(ended);
    await remove('nat-rules/blue-out', 'routes/blue-default', 'interfaces/blue-vlan', 'interfaces/blue-evpn');
    t.strictSame(await translations(blue, 40_040, 0x8001), []);
    await remove('vnis/blue-evpn', 'tenants/blue');
  });
});
