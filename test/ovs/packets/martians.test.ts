// Packets from and to where none comes from or goes to, and tags that are no tenant's, with real frames: nothing of it
// gets through, and each is counted by its reason.

import { readFile, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { internetChecksum } from '../../../src/openflow/packet/checksum.ts';
import { capture } from '../../lab/capture.ts';
import { icmp, icmp6, tagged, udp, udp6 } from '../../lab/frames.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, rawFrames, udpEcho } from '../../lab/packets.ts';
import { run } from '../../lab/process.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { chunkOf } from '../../scenarios/chunks.ts';
import { buildWorld, type World } from '../../scenarios/world.ts';

const gateways = { 'red-vlan': '02:70:6d:00:11:01', 'red-evpn': '02:70:6d:00:21:01', outside: '02:70:6d:00:30:01' };
type Sender = keyof typeof gateways;

/** Of all frames that tests of this file send; what else is on the wire is no concern. */
const mark = 4444;
const filter = `udp dst port ${mark} or (ip6 and udp dst port ${mark}) or (icmp and not icmp[icmptype] = icmp-echo) or (icmp6 and ip6[40] >= 130)`;

t.test('martians and tags', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab);
  const { pointsman, topology } = world;
  const inside = ['red-vlan', 'red-evpn', 'red-aci', 'red-rep', 'blue-vlan', 'blue-evpn'];
  // Behind red-evpn are routers, which may send from all of that: without it `source` would let none of it in.
  for (const [name, destination, nextHop] of [
    ['upper', '128.0.0.0/1', '10.2.0.10'],
    ['lower', '0.0.0.0/1', '10.2.0.10'],
    ['six', '::/0', 'fd00:2::10'],
  ])
    await put(world, `routes/${name}`, { tenant: 'red', destination, interface: 'red-evpn', nextHop });

  const wire = async () => {
    const names = [...inside, 'outside'];
    const captures = await Promise.all(
      names.map(name => capture(lab, world.host(name).netns, world.host(name).device, filter, { direction: 'in' })),
    );
    return async () => (await Promise.all(captures.map(each => each.stop()))).flat().map(({ text }) => text);
  };

  /** Sends frames, waits until as many drops are counted, and says what arrived anywhere. */
  const dropped = async (t: Test, reason: string, send: () => Promise<number>) => {
    const before = await pointsman.dropped(reason);
    const stop = await wire();
    const sent = await send();
    let counted = 0;
    try {
      await eventually(async () => {
        counted = (await pointsman.dropped(reason)) - before;
        return counted >= sent;
      });
    } catch {
      // The comparison says how many there were.
    }
    t.equal(counted, sent, `${sent} counted as ${reason}`);
    t.strictSame(await stop(), [], 'and nothing arrived anywhere');
  };

  const from = (sender: Sender) => {
    const host = world.host(sender);
    const common = { source: host.mac, destination: gateways[sender], sourcePort: 4443, destinationPort: mark };
    return {
      send: (...frames: Uint8Array[]) => rawFrames(host.netns, host.device, frames, { pps: 200 }),
      four: (sourceIp: string, destinationIp: string, destinationPort = mark) =>
        udp({ ...common, sourceIp, destinationIp, destinationPort }),
      six: (sourceIp: string, destinationIp: string) => udp6({ ...common, sourceIp, destinationIp }),
      common,
    };
  };
  const [vlan, evpn, outer] = [from('red-vlan'), from('red-evpn'), from('outside')];
  const red = world.host('red-vlan');
  /** Errors about a connection of red, from a source, with the packet that it is about as the outside saw it. */
  const errorAboutConnection = async () => {
    const outside = world.host('outside');
    const { peers } = await udpEcho(lab, red, outside, { count: 2 });
    const about = udp({
      ...outer.common,
      ...{ sourceIp: chunk.address, destinationIp: outside.ip },
      ...{ sourcePort: Number(peers.at(-1)?.split(':')[1]), destinationPort: 7003 },
    });
    return (sourceIp: string, type: number, code: number, padding = Buffer.alloc(0)) => {
      const rest = Buffer.concat([Buffer.from([10, 1, 0, 99]), about.subarray(14, 14 + 28), padding]);
      return icmp({ ...outer.common, sourceIp, destinationIp: chunk.address }, type, code, rest);
    };
  };
  const chunk = await chunkOf(world, 'red-out');

  await t.test('what is sent as it should be arrives: the captures see', async t => {
    await ping(red, NET.outerRouter);
    const outside = world.host('outside');
    const seen = await capture(lab, outside.netns, outside.device, filter, { direction: 'in' });
    await vlan.send(vlan.four(red.ip, NET.outerRouter));
    t.match((await seen.waitFor(/203\.0\.113\.10/)).text, /203\.0\.113\.10\.\d+ > 198\.51\.100\.254\.4444/);
    await seen.stop();
    const behind = world.host('red-evpn');
    const six = await capture(lab, behind.netns, behind.device, filter, { direction: 'in' });
    await vlan.send(vlan.six('fd00:1::10', '2001:db8::1'), vlan.four(red.ip, '192.0.2.200'));
    t.ok(await six.waitFor(/fd00:1::10\.4443 > 2001:db8::1\.4444/));
    t.ok(await six.waitFor(/10\.1\.0\.10\.4443 > 192\.0\.2\.200\.4444/));
    await six.stop();
  });

  await t.test('destinations, from inside', async t => {
    const four = [
      ...['255.255.255.255', '240.0.0.1', '224.0.0.1', '239.1.2.3', '0.0.0.0', '0.1.2.3', '127.0.0.1', '169.254.1.1'],
      ...['10.1.0.255', '10.1.0.0', '10.2.0.255', '10.2.0.0', '198.51.100.255', '198.51.100.0'],
    ];
    const six = ['::', '::1', '::ffff:198.51.100.254', 'ff02::1', 'ff0e::1234', 'fe80::1'];
    await dropped(t, 'martian-destination', () =>
      vlan.send(...four.map(to => vlan.four(red.ip, to)), ...six.map(to => vlan.six('fd00:1::10', to))),
    );
  });

  await t.test('sources, from inside', async t => {
    const special = ['0.0.0.0', '0.1.2.3', '127.0.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'];
    const six = ['::', '::1', '::ffff:10.1.0.10', 'ff02::1'];
    await dropped(t, 'martian-source', () =>
      vlan.send(
        ...[...special, '10.1.0.1', '10.1.0.0', '10.1.0.255'].map(ip => vlan.four(ip, NET.outerRouter)),
        ...[...six, 'fd00:1::1', 'fd00:1::'].map(ip => vlan.six(ip, 'fd00:3::10')),
      ),
    );
    const elsewhere = ['10.2.0.1', '10.2.0.0', '10.2.0.255', '10.1.0.1', '10.3.0.255'];
    const outside = [NET.outerAddress, '198.51.100.0', '198.51.100.255', chunk.address];
    await dropped(t, 'martian-source', () =>
      evpn.send(
        ...[...special, ...elsewhere, ...outside].map(ip => evpn.four(ip, '10.3.0.10')),
        ...[...six, 'fd00:2::1', 'fd00:1::1'].map(ip => evpn.six(ip, 'fd00:3::10')),
      ),
    );
    await dropped(t, 'martian-source', () =>
      evpn.send(evpn.four('169.254.1.1', '10.3.0.10'), evpn.six('fe80::10', 'fd00:3::10')),
    );
  });

  await t.test('from outside', async t => {
    const sources = ['0.1.2.3', '127.0.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'];
    const own = [NET.outerAddress, '198.51.100.0', '198.51.100.255', chunk.address];
    const all = [...sources, ...own];
    const { common, send } = outer;
    const into = (sourceIp: string, port: number) =>
      udp({ ...common, sourceIp, destinationIp: chunk.address, destinationPort: port });
    await dropped(t, 'martian-source', () =>
      send(...all.flatMap(ip => [into(ip, chunk.ports.min), into(ip, 65_000), outer.four(ip, '8.8.8.8')])),
    );
    const echo = Buffer.from([0x12, 0x34, 0, 1, ...Buffer.alloc(32)]);
    await dropped(t, 'martian-source', () =>
      send(...all.map(sourceIp => icmp({ ...common, sourceIp, destinationIp: NET.outerAddress }, 8, 0, echo))),
    );
    await dropped(t, 'martian-destination', () =>
      send(
        ...['255.255.255.255', '224.0.0.1', '127.0.0.1', '0.1.2.3'].map(to => outer.four(NET.outerRouter, to)),
        ...['::1', 'ff02::1'].map(to => outer.six('fd00:30::fe', to)),
      ),
    );
  });

  await t.test('an error about a connection, from a martian', async t => {
    const error = await errorAboutConnection();
    // Its own addresses and what is the same for all; then what red has inside, which is known when the tenant is.
    const inside = ['10.1.0.1', '10.1.0.10', '10.2.0.1', '10.2.0.10', '192.0.2.200'];
    await dropped(t, 'martian-source', () =>
      outer.send(
        ...['127.0.0.1', '169.254.1.1', NET.outerAddress, ...inside].map(ip => error(ip, 3, 3)),
        ...inside.map(ip => outer.four(ip, chunk.address, chunk.ports.min)),
      ),
    );
    const seen = await capture(lab, red.netns, red.device, 'icmp[icmptype] = icmp-unreach', { direction: 'in' });
    await outer.send(error(world.host('outside').ip, 3, 3));
    t.ok(await seen.waitFor(/198\.51\.100\.254 > 10\.1\.0\.10/), 'that of the router arrives');
    await seen.stop();
  });

  await t.test('ICMP that no router forwards', async t => {
    const error = await errorAboutConnection();
    const outside = world.host('outside');
    const viaGateway = async () => (await run('ip', ['route', 'get', outside.ip], { netns: red.netns })).stdout;
    const before = await viaGateway();
    // Of a redirect what follows is the gateway that it names.
    await dropped(t, 'unroutable-icmp', () =>
      outer.send(error(outside.ip, 5, 0), error(outside.ip, 5, 1), error(outside.ip, 4, 0), error('10.1.0.1', 5, 1)),
    );
    await dropped(t, 'unroutable-icmp', () =>
      outer.send(
        ...inTwo(error(outside.ip, 5, 1, Buffer.alloc(1300))),
        ...inTwo(error(outside.ip, 3, 3, Buffer.alloc(1300))),
      ),
    );
    t.equal(await viaGateway(), before, 'the host keeps its way');

    const types4 = [4, 5, 9, 10];
    const about = Buffer.concat([Buffer.from([10, 1, 0, 99]), vlan.four('10.2.0.10', red.ip).subarray(14, 42)]);
    await dropped(t, 'unroutable-icmp', () =>
      vlan.send(
        ...[outside.ip, '10.2.0.10', '192.0.2.200'].flatMap(destinationIp =>
          types4.map(type => icmp({ ...vlan.common, sourceIp: red.ip, destinationIp }, type, 0, about)),
        ),
      ),
    );
    const types6 = [133, 134, 135, 136, 137, 141, 142, 148, 149];
    await dropped(t, 'unroutable-icmp', () =>
      vlan.send(
        ...[255, 64].flatMap(hopLimit =>
          types6.map(type => {
            const ends = { sourceIp: 'fd00:1::10', destinationIp: 'fd00:2::10', hopLimit };
            return icmp6({ ...vlan.common, ...ends }, type, 0, Buffer.alloc(36));
          }),
        ),
      ),
    );
  });

  await t.test('what it costs an ordinary packet', async t => {
    const from11 = 'in_port=int-p0,dl_vlan=11,dl_src=02:00:00:00:11:10,dl_dst=02:70:6d:00:11:01';
    const from30 = 'in_port=int-p0,dl_vlan=30,dl_src=02:00:00:00:30:fe,dl_dst=02:70:6d:00:30:01';
    const packets = {
      out: `${from11},tcp,nw_src=10.1.0.10,nw_dst=8.8.8.8,nw_ttl=64,tp_src=1000,tp_dst=80`,
      back: `${from30},tcp,nw_src=8.8.8.8,nw_dst=${chunk.address},nw_ttl=64,tp_src=80,tp_dst=${chunk.ports.min}`,
      across: `${from11},tcp,nw_src=10.1.0.10,nw_dst=10.2.0.10,nw_ttl=64,tp_src=1000,tp_dst=80`,
      across6: `${from11},tcp6,ipv6_src=fd00:1::10,ipv6_dst=fd00:2::10,nw_ttl=64,tp_src=1000,tp_dst=80`,
    };
    const megaflows = async () => {
      const found: Record<string, string[]> = {};
      for (const [name, packet] of Object.entries(packets)) {
        const trace = await world.node.appctl('ofproto/trace', 'br-int', packet, '--ct-next', 'trk,est');
        found[name] = [...trace.matchAll(/^Megaflow: (.*)$/gm)].map(([, text = '']) =>
          text.replace(/recirc_id=0x\w+/, 'recirc_id=N'),
        );
      }
      return found;
    };
    const flow = await megaflows();
    // It would put them back.
    await pointsman.kill();
    for (const bridge of ['br-int'])
      for (const reason of ['18', '19', '1c'])
        await world.node.ofctl('del-flows', bridge, `cookie=0x706d00${reason}00000000/0xffffffffffffffff`);
    const without = await megaflows();
    t.strictSame(flow.back, without.back, 'an answer from outside: nothing');
    t.strictSame(
      flow.across?.map(text => text.replace('nw_src=10.1.0.8/29', 'nw_src=10.1.0.0/24')),
      without.across,
      'inside: the block of the source, which has no address of the gateway or the subnet in it',
    );
    t.match(flow.across6?.[0], /ipv6_src=fd00:1::10\/124/);
    t.match(flow.out?.[0], /nw_src=10\.1\.0\.8\/29,nw_dst=8\.0\.0\.0\/[5-8],/);
    await pointsman.start();
  });

  await t.test('tags', async t => {
    const send = (...frames: Uint8Array[]) => rawFrames(topology.tor.netns, topology.uplinkPort, frames, { pps: 200 });
    const plain = vlan.four(red.ip, NET.outerRouter);
    const [customer, service] = [0x8100, 0x88a8];
    const arrives = async (frame: Uint8Array) => {
      const outside = world.host('outside');
      const seen = await capture(lab, outside.netns, outside.device, filter, { direction: 'in' });
      await send(frame);
      await seen.waitFor(/203\.0\.113\.10/);
      await seen.stop();
    };
    await arrives(tagged(plain, { type: customer, vlan: 11 }));
    t.pass('one tag of 802.1Q is a VLAN');
    // See the last test, and docs/pipeline.md.
    await arrives(tagged(plain, { type: service, vlan: 11 }));
    t.pass('without a check one of 802.1ad is taken for it');

    const doubles = [customer, service].flatMap(type =>
      [customer, service].flatMap(inner => [
        tagged(plain, { type, vlan: 11 }, { type: inner, vlan: 11 }),
        tagged(plain, { type, vlan: 11 }, { type: inner, vlan: 0 }),
      ]),
    );
    const triple = tagged(plain, ...[11, 11, 11].map(vlan => ({ type: customer, vlan })));
    await dropped(t, 'double-tagged', () => send(...doubles, triple));
    // With another limit OVS shows neither the second tag nor its type; that is somebody else's setting, and said.
    const warned = async () =>
      ((await pointsman.api('GET', '/v1/status')).body as { warnings: string[] }).warnings.some(each =>
        /vlan-limit is 0: frames with two VLAN tags pass/.test(each),
      );
    await world.node.vsctl('set', 'Open_vSwitch', '.', 'other_config:vlan-limit=0');
    await eventually(warned, { what: 'a warning' });
    await world.node.vsctl('remove', 'Open_vSwitch', '.', 'other_config', 'vlan-limit');
    await eventually(async () => !(await warned()), { what: 'the end of the warning' });
    await dropped(t, 'double-tagged', () => send(...doubles, triple));

    await dropped(t, 'not-ours', () => send(...[customer, service].map(type => tagged(plain, { type, vlan: 0 }))));
    const inVxlan = evpn.four('10.2.0.10', '10.3.0.10');
    await dropped(t, 'unknown-interface', () =>
      evpn.send(
        ...[customer, service].flatMap(type => [
          tagged(inVxlan, { type, vlan: 11 }),
          tagged(inVxlan, { type, vlan: 0 }),
          tagged(inVxlan, { type, vlan: 11 }, { type: customer, vlan: 11 }),
        ]),
      ),
    );
    const representor = world.host('red-rep');
    const fromRep = udp({
      ...vlan.common,
      source: representor.mac,
      destination: '02:70:6d:00:41:01',
      sourceIp: representor.ip,
      destinationIp: '10.3.0.10',
    });
    await dropped(t, 'unknown-interface', () =>
      rawFrames(
        representor.netns,
        representor.device,
        [customer, service].flatMap(type => [0, 11].map(id => tagged(fromRep, { type, vlan: id }))),
      ),
    );
  });
  await t.test('the type of a tag, where it is checked', async t => {
    const config = await readFile(pointsman.configFile, 'utf8');
    await pointsman.kill();
    const port = `{ name: ${NET.uplink} }`;
    await writeFile(pointsman.configFile, config.replace(port, `{ name: ${NET.uplink}, checkTagType: true }`));
    await pointsman.start();
    const send = (...frames: Uint8Array[]) => rawFrames(topology.tor.netns, topology.uplinkPort, frames, { pps: 200 });
    const ip = vlan.four(red.ip, NET.outerRouter);
    const services = [11, 30, 2, 0].map(id => tagged(ip, { type: 0x88a8, vlan: id }));
    await dropped(t, 'service-tag', () => send(...services));
    for (const from of ['red-vlan', 'red-evpn', 'red-aci'])
      await udpEcho(lab, world.host(from), world.host('outside'), { count: 5 });
    t.pass('what has an 802.1Q tag, or none, passes: tenants, underlay, infra VLAN');
    const twice = tagged(ip, { type: 0x8100, vlan: 11 }, { type: 0x88a8, vlan: 11 });
    await dropped(t, 'double-tagged', () => send(twice));
  });
});

async function put({ pointsman }: World, path: string, body: object): Promise<void> {
  const { status, body: answer } = await pointsman.api('PUT', `/v1/${path}?wait=installed`, body);
  if (status >= 300) throw new Error(`PUT ${path}: ${status} ${JSON.stringify(answer)}`);
}

/** An IPv4 packet as its sender cuts it: conntrack takes no first piece below 1,200 bytes. */
function inTwo(frame: Buffer): Buffer[] {
  const [head, payload, at] = [frame.subarray(14, 34), frame.subarray(34), 1184];
  return [payload.subarray(0, at), payload.subarray(at)].map((part, i) => {
    const own = Buffer.from(head);
    own.writeUInt16BE(20 + part.length, 2);
    own.writeUInt16BE(i === 0 ? 0x2000 : at / 8, 6);
    own.writeUInt16BE(0, 10);
    own.writeUInt16BE(internetChecksum(own), 10);
    return Buffer.concat([frame.subarray(0, 14), own, part]);
  });
}
