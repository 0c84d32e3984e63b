// Nothing that a NAT rule covers leaves with its inside source, whatever becomes of its connection: one capture on the
// uplink judges all of it.

import t, { type Test } from 'tap';
import { internetChecksum } from '../../../src/openflow/packet/checksum.ts';
import { capture } from '../../lab/capture.ts';
import { ipv4, tcp, udp } from '../../lab/frames.ts';
import { agentOf } from '../../lab/host-agent.ts';
import type { LabHost } from '../../lab/hosts.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, rawFrames, serve } from '../../lab/packets.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { chunkOf } from '../../scenarios/chunks.ts';
import { buildWorld } from '../../scenarios/world.ts';

const syn = 2;
const ack = 16;
const closedPort = 7999;

interface Ends {
  readonly source: string;
  readonly destination: string;
  readonly sourceIp: string;
  readonly destinationIp: string;
}

/** RFC 792: type, code, checksum, identifier, sequence number. */
function icmp(ends: Ends, { type = 8, code = 0, id = 1, rest = Buffer.alloc(16, 7) as Buffer }): Buffer {
  const message = Buffer.concat([Buffer.from([type, code, 0, 0, id >> 8, id & 0xff, 0, 1]), rest]);
  message.writeUInt16BE(internetChecksum(message), 2);
  return ipv4(ends, 1, message);
}

/** RFC 791: `part` of a datagram at `offset` bytes. */
function fragment(ends: Ends, id: number, part: Buffer, offset: number, more: boolean): Buffer {
  const frame = ipv4(ends, 17, part);
  frame.writeUInt16BE(id, 14 + 4);
  frame.writeUInt16BE((more ? 0x2000 : 0) | (offset >> 3), 14 + 6);
  frame.writeUInt16BE(0, 14 + 10);
  frame.writeUInt16BE(internetChecksum(frame.subarray(14, 34)), 14 + 10);
  return frame;
}

t.test('nothing leaves untranslated', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab);
  const { pointsman, node } = world;
  const [red, evpn, rep, outside] = ['red-vlan', 'red-evpn', 'red-rep', 'outside'].map(world.host) as [
    LabHost,
    LabHost,
    LabHost,
    LabHost,
  ];
  const gateways = new Map([
    [red, '02:70:6d:00:11:01'],
    [evpn, '02:70:6d:00:21:01'],
    [rep, '02:70:6d:00:41:01'],
  ]);
  const toOutside = (from: LabHost) => ({
    source: from.mac,
    destination: gateways.get(from) ?? '',
    sourceIp: from.ip,
    destinationIp: outside.ip,
  });
  const send = (from: LabHost, frames: readonly Buffer[], pps = 500) =>
    rawFrames(from.netns, from.device, frames, { pps });

  /** More than the small pool has ports for. */
  const syns = Array.from({ length: 100 }, (_, i) =>
    tcp({ ...toOutside(red), sourcePort: 20_000 + i, destinationPort: closedPort, flags: syn }),
  );

  const uplink = await capture(lab, node.netns, NET.uplink, `vlan ${NET.outerVlan} and ip`, { direction: 'out' });
  const left = (pattern: RegExp) => uplink.matching(pattern);
  const sees = (what: string, pattern: RegExp, count = 1) =>
    eventually(() => left(pattern).length >= count, { what: `${count} packets on the uplink: ${what}` }).catch(
      error => {
        throw new Error(`${error}; ${left(pattern).length} were seen`);
      },
    );
  const untranslated = () => left(/\(0x0800\), 10\.\d+\.\d+\.\d+[. ]/).map(({ text }) => text);
  const drops = async (t: Test, reason: string, count: number, send: () => Promise<unknown>) => {
    const before = await pointsman.dropped(reason);
    await send();
    let seen = 0;
    await eventually(
      async () => {
        seen = (await pointsman.dropped(reason)) - before;
        return seen >= count;
      },
      { what: `${count} drops as ${reason}` },
    ).catch(() => undefined);
    t.equal(seen, count, `${count} counted as ${reason}`);
  };

  const small = { interface: 'outside', addresses: ['203.0.113.20'], ports: { min: 2048, max: 2111 }, chunkSize: 64 };
  t.equal((await pointsman.api('PUT', '/v1/nat-pools/small', small)).status, 201);
  const narrow = { tenant: 'red', source: '10.1.0.0/24', pool: 'small' };
  t.equal((await pointsman.api('PUT', '/v1/nat-rules/red-narrow?wait=installed', narrow)).status, 201);
  for (const host of [red, evpn, rep]) await ping(host, outside.ip, { count: 1 });
  const tries = (what: string, attempt: (t: Test) => Promise<unknown>) =>
    t.test(what, async t => {
      await attempt(t);
      t.strictSame(untranslated(), []);
    });

  await tries('a chunk that is used up', async t => {
    await drops(t, 'nat-exhausted', 36, () => send(red, syns));
    await sees('SYNs', /203\.0\.113\.20\.\d+ > [\d.]+\.7999: Flags \[S\]/, 50);
    const { body } = await pointsman.api('GET', '/v1/counters/drops');
    const { items } = body as { items: { reason: string; rule?: string; packets: number }[] };
    const counters = items.filter(({ reason, rule }) => reason === 'nat-exhausted' && rule !== undefined);
    t.strictSame(
      Object.fromEntries(counters.map(({ rule, packets }) => [rule, packets])),
      { 'blue-out': 0, 'red-narrow': 36, 'red-out': 0 },
      'each by its rule',
    );
  });

  await tries('two hosts ping one target with the same identifier', async t => {
    await send(evpn, [icmp(toOutside(evpn), { id: 4711 })]);
    await sees('the first', /203\.0\.113\.10 > .* id 4711,/);
    await drops(t, 'nat-exhausted', 1, () => send(rep, [icmp(toOutside(rep), { id: 4711 })]));
  });

  for (const ipf of ['enabled', 'disabled']) {
    await tries(`fragments, with reassembly ${ipf}`, async t => {
      await node.appctl(`dpctl/ipf-set-${ipf}`, 'v4');
      t.teardown(() => node.appctl('dpctl/ipf-set-enabled', 'v4'));
      const ends = toOutside(rep);
      const whole = udp({ ...ends, sourcePort: 3000, destinationPort: closedPort, payload: Buffer.alloc(1992, 1) });
      const datagram = Buffer.from(whole.subarray(34));
      const [head, tail] = [datagram.subarray(0, 1400), datagram.subarray(1400)];
      const fragments = (id: number) => [fragment(ends, id, head, 0, true), fragment(ends, id, tail, 1400, false)];
      await send(rep, [...fragments(100), ...fragments(101).reverse()]);
      await send(rep, fragments(102).slice(0, 1));
      await send(rep, fragments(103).slice(1));
      if (ipf === 'enabled') await sees('later fragments', /203\.0\.113\.10 > .*ip-proto-17/, 2);
    });
  }

  await tries('damaged headers', async () => {
    const bad = { ...toOutside(red), sourcePort: 3001, destinationPort: 80, flags: syn, badChecksum: true };
    const cut = [
      ipv4(toOutside(red), 6, Buffer.alloc(10, 1)),
      ipv4(toOutside(red), 17, Buffer.alloc(4, 1)),
      ipv4(toOutside(red), 1, Buffer.alloc(3, 8)),
      ipv4(toOutside(red), 17, Buffer.from('0bb9005000ff0000', 'hex')),
    ];
    await send(red, [tcp(bad), ...cut]);
  });

  await tries('other protocols, and other types of ICMP', async t => {
    const protocols = [0, 2, 4, 41, 46, 47, 50, 51, 58, 89, 103, 112, 132, 136, 255];
    const frames = protocols.map(protocol => ipv4(toOutside(rep), protocol, Buffer.alloc(40, 1)));
    await drops(t, 'not-natted', protocols.length, () => send(rep, frames));
    const types = [0, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 30, 40, 255];
    await send(
      rep,
      types.map(type => icmp(toOutside(rep), { type, id: 600 + type })),
    );
  });

  await tries('an error about a connection', async () => {
    await serve(lab, outside, 'udp-echo', 7003);
    // Nobody listens for the echo, and the host says so.
    await send(rep, [udp({ ...toOutside(rep), sourcePort: 3002, destinationPort: 7003 })]);
    await sees('the error', /203\.0\.113\.10 > .*udp port \d+ unreachable/);
    // About a connection that there is not.
    const about = ipv4({ ...toOutside(rep), sourceIp: outside.ip, destinationIp: rep.ip }, 17, Buffer.alloc(8, 3));
    await send(rep, [icmp(toOutside(rep), { type: 3, code: 3, id: 0, rest: about.subarray(14) })]);
  });

  await tries('a zone at its limit, and a full conntrack', async t => {
    const packets = (from: number) =>
      Array.from({ length: 5 }, (_, i) =>
        udp({ ...toOutside(rep), sourcePort: from + i, destinationPort: closedPort }),
      );
    t.teardown(() => node.appctl('dpctl/ct-del-limits', 'zone=32768'));
    await node.appctl('dpctl/ct-set-limits', 'zone=32768,limit=1');
    // A zone is counted from when it has a limit: the first gets through.
    await drops(t, 'nat-exhausted', 4, () => send(rep, packets(4000)));
    await node.appctl('dpctl/ct-del-limits', 'zone=32768');
    const most = (await node.appctl('dpctl/ct-get-maxconns')).trim();
    t.teardown(() => node.appctl('dpctl/ct-set-maxconns', most));
    await node.appctl('dpctl/ct-set-maxconns', '1');
    await drops(t, 'nat-exhausted', 5, () => send(rep, packets(4100)));
  });

  await tries('a stream whose connection is forgotten in its middle, and first packets all at once', async () => {
    await serve(lab, outside, 'tcp-echo', 7002);
    const held = await (await agentOf(lab, rep)).openTcp(outside.ip, 7002);
    await held.exchange('before');
    await node.appctl('dpctl/flush-conntrack', 'zone=32768');
    await held.exchange('after', 500).catch(() => undefined);
    const middle = tcp({ ...toOutside(rep), sourcePort: 4200, destinationPort: 7002, flags: ack, sequence: 5 });
    await send(rep, [middle]);
    await sees('the pickup', /203\.0\.113\.10\.\d+ > [\d.]+\.7002: Flags \[\.\]/);
    const first = udp({ ...toOutside(rep), sourcePort: 4300, destinationPort: closedPort });
    await send(
      rep,
      Array.from({ length: 200 }, () => first),
      0,
    );
    await held.close();
  });

  await tries('what a helper of another protocol would let in', async t => {
    await serve(lab, outside, 'tcp-echo', 21);
    const held = await (await agentOf(lab, rep)).openTcp(outside.ip, 21);
    await held.exchange(`PORT ${rep.ip.replaceAll('.', ',')},19,137\r\n`);
    const { address, ports } = await chunkOf(world, 'red-out');
    const ends = {
      source: outside.mac,
      destination: '02:70:6d:00:30:01',
      sourceIp: outside.ip,
      destinationIp: address,
    };
    const data = tcp({ ...ends, sourcePort: 20, destinationPort: ports.min + 905, flags: syn });
    await drops(t, 'new-from-outside', 1, () => send(outside, [data]));
    await held.close();
  });

  await tries('and what is translated meets no NAT bit of conntrack on its way, for hardware has none', async t => {
    for (const protocol of ['tcp', 'udp'] as const) {
      const inside = `in_port=${NET.representor},${protocol},dl_src=${rep.mac},dl_dst=${gateways.get(rep)},nw_src=${rep.ip},nw_dst=${outside.ip},nw_ttl=64,${protocol}_src=9,${protocol}_dst=9`;
      const ports = await chunkOf(world, 'red-out').then(chunk => chunk.ports);
      const outward = `in_port=int-p0,${protocol},dl_vlan=${NET.outerVlan},dl_src=${outside.mac},dl_dst=02:70:6d:00:30:01,nw_src=${outside.ip},nw_dst=203.0.113.10,nw_ttl=64,${protocol}_src=9,${protocol}_dst=${ports.min}`;
      for (const flow of [inside, outward]) {
        const trace = await node.appctl('ofproto/trace', 'br-int', flow, '--ct-next', 'trk,est,snat,dnat');
        t.match(trace.match(/^Megaflow: .*$/gm)?.at(-1), /ct_state=\+est-inv\+trk,/);
      }
    }
    await serve(lab, outside, 'tcp-echo', 7002);
    const held = await (await agentOf(lab, rep)).openTcp(outside.ip, 7002);
    await held.exchange('one');
    await held.exchange('two');
    const megaflows = (await node.appctl('dpctl/dump-flows'))
      .split('\n')
      .filter(line => /ct_state\([^)]*\+est/.test(line));
    t.ok(megaflows.length >= 2, 'both ways');
    for (const megaflow of megaflows) t.match(megaflow, /ct_state\(\+est-inv\+trk\)/);
    await held.close();
  });

  await t.test('status and the log name the rule', async t => {
    const warnings = () =>
      pointsman.api('GET', '/v1/status').then(({ body }) => (body as { warnings: string[] }).warnings.join('\n'));
    const warning = /nat-rules\/red-narrow: \d+ packets .*nat-pools\/small \(203\.0\.113\.20:2048-2111\)/;
    await eventually(
      async () => {
        // What comes before the first look is not known to be new.
        await send(red, syns);
        return warning.test(await warnings());
      },
      { what: 'the warning', timeout: 30_000, interval: 1_000 },
    );
    const said = () => pointsman.logged('connections of a NAT rule find no free port');
    await eventually(() => said().length > 0, { what: 'the line in the log', interval: 20 });
    t.match(said().at(-1), {
      event: 'nat-exhausted',
      rule: /^red-/,
      pool: String,
    });
    t.match(await pointsman.cli('events'), /warning {2}nat-rules\/red-\w+ {2}nat-exhausted: .* in nat-pools\/small/);
  });
});
