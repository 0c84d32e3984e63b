// Two nodes, two switches, one cluster: what a tenant sees of them is one network.

import { join } from 'node:path';
import t, { type Test } from 'tap';
import { capture } from '../../lab/capture.ts';
import { udp } from '../../lab/frames.ts';
import { agentOf } from '../../lab/host-agent.ts';
import { type LabHost, representorHost } from '../../lab/hosts.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, rawFrames, serve, tcpStream, udpEcho } from '../../lab/packets.ts';
import { NET } from '../../lab/topology.ts';
import { buildTwoNodes, type LabNode, NODES, prepareMove, setIfaceId } from '../../lab/two-nodes.ts';
import { eventually } from '../../lab/wait.ts';
import { type Chunk, inside } from '../../scenarios/chunks.ts';
import { Cluster } from '../ovsdb/cluster.ts';

const SCHEMA = join(import.meta.dirname, '../../../schemas/pointsman.ovsschema');
/** Seconds. */
const lease = 10;

const intent: readonly (readonly [path: string, body: object])[] = [
  ['tenants/red', {}],
  ['vnis/web', { tenant: 'red', vni: 5001, vtep: 'evpn' }],
  [
    'interfaces/web',
    {
      role: 'inner',
      tenant: 'red',
      attachment: { type: 'vni', vni: 'web' },
      mac: '02:70:6d:00:21:01',
      addresses: ['10.2.0.1/24', 'fd00:2::1/64'],
      hosts: [{ mac: '02:00:00:00:a0:30', addresses: ['10.2.0.30'], vtep: '192.0.2.11' }],
    },
  ],
  ['ports/vm-a', { interface: 'web', mac: '02:00:00:00:a0:11', addresses: ['10.2.0.11', 'fd00:2::11'] }],
  ['ports/vm-b', { interface: 'web', mac: '02:00:00:00:a0:12', addresses: ['10.2.0.12', 'fd00:2::12'] }],
  [
    'interfaces/vlan',
    {
      role: 'inner',
      tenant: 'red',
      attachment: { type: 'vlan', port: 'p0', vlan: 11, node: 'n2' },
      mac: '02:70:6d:00:11:01',
      addresses: ['10.1.0.1/24'],
      hosts: [{ mac: '02:00:00:00:11:10', addresses: ['10.1.0.10'] }],
    },
  ],
  [
    'interfaces/outside',
    {
      role: 'outer',
      attachment: { type: 'vlan', port: 'p0', vlan: 30 },
      mac: '02:70:6d:00:30:01',
      addresses: ['198.51.100.1/24'],
      hosts: [{ mac: '02:00:00:00:30:fe', addresses: ['198.51.100.254'] }],
    },
  ],
  ['routes/default', { tenant: 'red', destination: '0.0.0.0/0', interface: 'outside', nextHop: '198.51.100.254' }],
  ['nat-pools/internet', { interface: 'outside', addresses: ['203.0.113.10', '203.0.113.11'] }],
  ['nat-rules/out', { tenant: 'red', source: '10.0.0.0/8', pool: 'internet' }],
];

interface NodeChunk extends Chunk {
  readonly node: string;
}

t.test('two nodes', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const cluster = await Cluster.start(SCHEMA, 'Pointsman');
  t.teardown(() => cluster.remove());
  const remotes = cluster.endpoints.map(endpoint => (endpoint.kind === 'unix' ? `unix:${endpoint.path}` : ''));
  const world = await buildTwoNodes(lab, remotes, lease, ['portRest: 0']);
  const { nodes, vmA, vmB, far, vlan, outside } = world;
  await Promise.all(NODES.map(name => nodes[name].pointsman.start()));
  const { n1, n2 } = nodes;

  const get = async (from: LabNode, path: string) => (await from.pointsman.api('GET', `/v1/${path}`)).body;
  const put = async (path: string, body: object) => {
    const answer = await n1.pointsman.api('PUT', `/v1/${path}?wait=installed`, body);
    if (answer.status !== 200 && answer.status !== 201)
      throw new Error(`PUT ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const nodeOf = async (path: string) => ((await get(n1, path)) as { status: { node?: string } }).status.node;
  const bound = (path: string, to: string | undefined) =>
    eventually(async () => (await nodeOf(path)) === to, { what: `${path} at ${to}`, timeout: 15_000 });
  const chunks = async () =>
    ((await get(n1, 'nat-rules/out')) as { status: { chunks: readonly NodeChunk[] } }).status.chunks;
  const answered = (from: LabHost, to: string) =>
    eventually(async () => (await ping(from, to, { count: 1, timeout: 300 })).received === 1, {
      what: `a ping ${from.name} → ${to}`,
      timeout: 15_000,
    });
  /** One answer is awaited first: caches are cold. Then none may be missing. */
  const allAnswered = async (t: Test, from: LabHost, to: string) => {
    await answered(from, to);
    const { sent, received } = await ping(from, to, { count: 10, interval: 20 });
    t.equal(received, sent, `ping ${from.name} → ${to}: ${received} of ${sent}`);
  };

  await t.test('each knows the other', async t => {
    for (const node of [n1, n2]) {
      const { items } = (await get(node, 'nodes')) as { items: readonly { name: string; self: boolean }[] };
      t.match(items, [
        { name: 'n1', self: node === n1, vteps: { evpn: '192.0.2.1', aci: '192.0.3.1' } },
        { name: 'n2', self: node === n2, vteps: { evpn: '192.0.2.2', aci: '192.0.3.2' } },
      ]);
    }
  });

  await t.test('ports are bound where the switch has them, interfaces to one node', async t => {
    for (const [path, body] of intent) await put(path, body);
    await setIfaceId(n1, 'vf0', 'vm-a');
    await setIfaceId(n2, 'vf0', 'vm-b');
    await bound('ports/vm-a', 'n1');
    await bound('ports/vm-b', 'n2');
    await bound('interfaces/vlan', 'n2');
    t.equal(await nodeOf('interfaces/outside'), 'n1', 'the node that was asked');
    await eventually(async () => (await chunks()).length === 2, { what: 'a chunk at each node' });
    for (const node of [n1, n2])
      t.strictSame(
        ((await get(node, 'status')) as { warnings: string[] }).warnings.filter(w => !/vf[1-3]|No such device/.test(w)),
        [],
      );
  });

  await t.test('a VNI across both', async t => {
    for (const [from, to] of [
      [vmA, vmB],
      [vmB, vmA],
    ] as const) {
      await allAnswered(t, from, to.ip);
      await allAnswered(t, from, to.ip6 ?? '');
      const { bytes } = await tcpStream(lab, from, to, 2_000_000);
      t.equal(bytes, 2_000_000, `TCP ${from.name} → ${to.name}`);
    }
    for (const vm of [vmA, vmB]) {
      await allAnswered(t, vm, '10.2.0.1');
      await allAnswered(t, vm, far.ip);
      await allAnswered(t, far, vm.ip);
    }
    await allAnswered(t, far, '10.2.0.1');
    t.match((await ping(vmA, '10.2.0.99', { count: 1, timeout: 300 })).received, 0, 'nobody is not reached');
  });

  await t.test('a VLAN is reached through the node that has it', async t => {
    for (const vm of [vmA, vmB]) {
      await allAnswered(t, vm, vlan.ip);
      await allAnswered(t, vlan, vm.ip);
      t.equal((await tcpStream(lab, vm, vlan, 1_000_000)).bytes, 1_000_000);
    }
    // Its questions are answered by one node and its answers come from the other: it must not take that for the gateway.
    await allAnswered(t, far, vlan.ip);
    await allAnswered(t, vlan, far.ip);
    const learned = await lab.run('bridge', ['fdb', 'show', 'dev', far.device], { netns: far.netns });
    t.match(learned.stdout, /^02:70:6d:00:21:01 dst 192\.0\.2\.1 /m);
    t.notMatch(learned.stdout, /^02:70:6d:00:21:01 dst 192\.0\.2\.2 /m);
  });

  await t.test('a port sends as its machine alone', async t => {
    const dropped = await n1.pointsman.dropped('not-the-ports-own');
    const spoofed = await n1.pointsman.dropped('spoofed-source');
    const frame = (source: string, sourceIp: string) =>
      udp({
        source,
        destination: vmB.mac,
        sourceIp,
        destinationIp: vmB.ip,
        sourcePort: 1,
        destinationPort: 9,
        payload: Buffer.from('x'),
      });
    await rawFrames(vmA.netns, vmA.device, [frame('02:00:00:00:a0:99', vmA.ip)], { count: 5 });
    await rawFrames(vmA.netns, vmA.device, [frame(vmA.mac, '10.2.0.77')], { count: 5 });
    // What the datapath counts, the tables show within a second or two.
    const all = (reason: string, before: number) =>
      eventually(async () => (await n1.pointsman.dropped(reason)) === before + 5, { what: `five ${reason}` });
    await all('not-the-ports-own', dropped);
    await all('spoofed-source', spoofed);
    t.match((await ping(vmA, vmB.ip, { count: 1 })).received, 1);
  });

  await t.test('each node translates to its own chunk; replies find it', async t => {
    const [first, second] = (await chunks()).toSorted((a, b) => a.node.localeCompare(b.node));
    if (!first || !second) throw new Error('two chunks');
    t.match([first, second], [{ node: 'n1' }, { node: 'n2' }]);
    for (const [vm, chunk] of [
      [vmA, first],
      [vmB, second],
      [vlan, second],
    ] as const) {
      await allAnswered(t, vm, outside.ip);
      const { bytes, peers } = await tcpStream(lab, vm, outside, 1_000_000);
      t.equal(bytes, 1_000_000, `TCP ${vm.name} → outside`);
      t.ok(inside(chunk)(peers.at(-1) ?? ''), `${peers.at(-1)} is of the chunk of ${chunk.node}`);
      const udp = await udpEcho(lab, vm, outside, { count: 10, interval: 10, timeout: 5_000 });
      t.match(udp, { sent: 10, received: 10, wrong: 0 });
      t.ok(udp.peers.every(peer => inside(first)(peer) || inside(second)(peer)));
    }
  });

  await t.test('each node has its own way out, and where addresses are on the link, its own way in', async t => {
    const gateway = '02:70:6d:00:30:01';
    const seen = await capture(lab, outside.netns, outside.device, 'ip proto 17', { direction: 'in' });
    for (const vm of [vmA, vmB]) await udpEcho(lab, vm, outside, { count: 2, interval: 10, timeout: 5_000 });
    const from = (address: RegExp) =>
      new Set(
        seen
          .packets()
          .filter(({ text }) => address.test(text))
          .map(({ sourceMac }) => sourceMac),
      );
    const [ofA, ofB] = [from(/ 203\.0\.113\.10\./), from(/ 203\.0\.113\.11\./)];
    t.strictSame([...ofA], [gateway], 'the node that answers has the MAC of the gateway');
    t.equal(ofB.size, 1);
    t.notOk(ofB.has(gateway), 'the other one has its own');
    await seen.stop();

    await lab.run('ip', ['route', 'replace', NET.natPool, 'dev', outside.device], { netns: outside.netns });
    for (const vm of [vmA, vmB]) {
      await allAnswered(t, vm, outside.ip);
      t.equal((await tcpStream(lab, vm, outside, 1_000_000)).bytes, 1_000_000);
    }
    const { stdout } = await lab.run('ip', ['neigh', 'show'], { netns: outside.netns });
    t.match(stdout, new RegExp(`^203\\.0\\.113\\.10 .*lladdr ${gateway} `, 'm'));
    t.match(stdout, new RegExp(`^203\\.0\\.113\\.11 .*lladdr ${[...ofB][0]} `, 'm'));
    await lab.run('ip', ['route', 'replace', NET.natPool, 'via', NET.outerAddress], { netns: outside.netns });
  });

  await t.test('static NAT: answered by one node, translated by each', async t => {
    const fixed = { tenant: 'red', interface: 'outside' };
    await put('static-nats/a', { ...fixed, inside: '10.2.0.11', outside: '203.0.113.61' });
    await put('static-nats/b', { ...fixed, inside: '10.2.0.12', outside: '198.51.100.62' });
    const replies = await capture(lab, outside.netns, outside.device, 'arp[6:2] = 2', { direction: 'in' });
    await allAnswered(t, outside, '198.51.100.62');
    await allAnswered(t, outside, '203.0.113.61');
    const asked = (await replies.stop()).filter(({ text }) => text.includes('198.51.100.62 is-at'));
    t.strictSame(
      asked.map(({ text }) => /is-at (\S+?),/.exec(text)?.[1]),
      ['02:70:6d:00:30:01'],
      'the node of the interface says so, and no other',
    );
    const { peers } = await tcpStream(lab, vmB, outside, 20_000);
    t.match(peers.at(-1), /198\.51\.100\.62/, 'it leaves by its own node, translated');
    for (const [from, to, address, seen] of [
      [vmA, vmB, '198.51.100.62', '203.0.113.61'],
      [vmB, vmA, '203.0.113.61', '198.51.100.62'],
    ] as const) {
      const { peers: seenBy } = await tcpStream(lab, from, to, 20_000, { to: address });
      t.match(seenBy.at(-1), seen, `${from.name} → ${to.name}`);
    }
    for (const name of ['a', 'b']) await n1.pointsman.api('DELETE', `/v1/static-nats/${name}?wait=installed`);
  });

  await t.test('a machine that moves takes its connections along', async t => {
    await answered(vmA, vmB.ip);
    await serve(lab, vmB, 'tcp-echo', 7002);
    const connection = await (await agentOf(lab, vmA)).openTcp(vmB.ip, 7002);
    t.equal(await connection.exchange('before\n'), 'before\n');
    const move = await prepareMove(world, vmB, n1, 'vf2');
    await eventually(async () => (await n1.ovs.ofport('vf2')) > 0, { what: 'the new device' });
    const pinging = ping(vmA, vmB.ip, { count: 400, interval: 10 });
    await new Promise(resolve => setTimeout(resolve, 500));
    await move();
    await setIfaceId(n1, 'vf2', 'vm-b');
    await bound('ports/vm-b', 'n1');
    const { sent, received } = await pinging;
    t.comment(`${sent - received} of ${sent} pings were lost, 10 ms apart`);
    t.ok(received > sent / 2, `${received} of ${sent} answered`);
    t.equal(await connection.exchange('after\n', 10_000), 'after\n', 'the connection lives');
    await connection.close();
    t.equal(await nodeOf('ports/vm-b'), 'n1', 'and stays');
    await allAnswered(t, vmB, vlan.ip);
    await allAnswered(t, vmB, outside.ip);
    // Where it was it is still said to be, as libvirt does until the source is torn down: who came last has it.
    t.match(await n2.ovs.vsctl('get', 'Interface', 'vf0', 'external_ids:iface-id'), /vm-b/);
    await setIfaceId(n2, 'vf0', undefined);
    t.notMatch(await n2.ovs.ofctl('--names', 'dump-flows', 'br-int', 'table=egress'), /output:"?vf0"?/);

    const moveBack = await prepareMove(world, vmB, n2, 'vf3');
    await eventually(async () => (await n2.ovs.ofport('vf3')) > 0, { what: 'the device to move back to' });
    await moveBack();
    await setIfaceId(n2, 'vf3', 'vm-b');
    await bound('ports/vm-b', 'n2');
    await setIfaceId(n1, 'vf2', undefined);
    await allAnswered(t, vmA, vmB.ip);
  });

  await t.test('an interface that is moved is reached where it is', async t => {
    const router = await representorHost(lab, n1.ovs.netns, {
      kind: 'representor',
      name: 'router',
      representor: 'vf1',
      mac: '02:00:00:00:a4:10',
      address: '10.4.0.10/24',
      gateway: '10.4.0.1',
    });
    const at = (node: string) => ({
      role: 'inner',
      tenant: 'red',
      attachment: { type: 'representor', port: 'vf1', node },
      mac: '02:70:6d:00:41:01',
      addresses: ['10.4.0.1/24'],
      hosts: [{ mac: router.mac, addresses: [router.ip] }],
    });
    await put('interfaces/router', at('n1'));
    await bound('interfaces/router', 'n1');
    for (const vm of [vmA, vmB]) await allAnswered(t, vm, router.ip);
    await (await prepareMove(world, router, n2, 'vf1'))();
    await put('interfaces/router', at('n2'));
    await bound('interfaces/router', 'n2');
    for (const vm of [vmA, vmB]) await allAnswered(t, vm, router.ip);
    await allAnswered(t, router, outside.ip);
    t.notMatch(await n1.ovs.ofctl('--names', 'dump-flows', 'br-int'), /(in_port|output):?=?"?vf1"?/);
  });

  await t.test('a node that dies is taken out: its interfaces move, its chunk goes back', async t => {
    await n2.pointsman.kill();
    await eventually(async () => (await chunks()).every(({ node }) => node === 'n1'), {
      what: 'the end of the lease',
      timeout: 30_000,
    });
    t.equal((await chunks()).length, 1);
    const { items } = (await get(n1, 'nodes')) as { items: readonly unknown[] };
    t.equal(items.length, 1);
    t.equal(await nodeOf('interfaces/vlan'), undefined, 'it is pinned to the dead node');
    await n2.pointsman.start();
    await bound('interfaces/vlan', 'n2');
    await eventually(async () => (await chunks()).length === 2, { what: 'a chunk for the node that is back' });
    await allAnswered(t, vmA, vlan.ip);
  });

  await t.test('the leader of the cluster dies: writes go on, and nobody is taken for dead', async t => {
    const before = await chunks();
    const pinging = ping(vmA, vmB.ip, { count: 100, interval: 20 });
    const leader = await cluster.leader();
    await leader.kill();
    await put('tenants/meanwhile', {});
    await eventually(async () => (await n2.pointsman.api('GET', '/v1/tenants/meanwhile')).status === 200, {
      what: 'the write at the other node',
    });
    leader.start();
    await cluster.settled(cluster.members.length);
    // A lease later all hearts have been seen to beat.
    await new Promise(resolve => setTimeout(resolve, lease * 1000));
    const { items } = (await get(n1, 'nodes')) as { items: readonly { silentFor: number }[] };
    t.ok(items.length === 2 && items.every(({ silentFor }) => silentFor < lease / 2), JSON.stringify(items));
    t.strictSame(await chunks(), before);
    const { sent, received } = await pinging;
    t.equal(received, sent, 'and no packet notices');
  });

  await t.test('a node that was only frozen finds its place again, and takes nobody else for dead', async t => {
    const pid = n2.pointsman.pid ?? 0;
    const bindings = async () =>
      Promise.all(['interfaces/web', 'interfaces/outside', 'ports/vm-a'].map(path => nodeOf(path)));
    const before = await bindings();
    t.strictSame(before, ['n1', 'n1', 'n1']);
    process.kill(pid, 'SIGSTOP');
    try {
      await eventually(async () => (await chunks()).length === 1, { what: 'the end of the lease', timeout: 30_000 });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await bound('ports/vm-b', 'n2');
    await bound('interfaces/vlan', 'n2');
    await eventually(async () => (await chunks()).length === 2, { what: 'a chunk for the node that is back' });
    t.strictSame(await bindings(), before);
    await allAnswered(t, vmB, outside.ip);
    await allAnswered(t, vmA, vlan.ip);
  });

  await t.test('a zone is free when both nodes have forgotten it', async t => {
    await put('tenants/green', {});
    await n2.pointsman.kill();
    const zoneRows = async () => {
      const answer = await n1.pointsman.cli('ovsdb', 'dump', remotes.join(','), 'Pointsman', 'Retired_Number');
      return answer.split('\n').filter(line => /^[0-9a-f]{8}-/.test(line));
    };
    t.equal((await n1.pointsman.api('DELETE', '/v1/tenants/green?wait=installed')).status, 204);
    await eventually(async () => (await zoneRows()).length === 1, { what: 'a zone that n2 still holds' });
    await n2.pointsman.start();
    await eventually(async () => (await zoneRows()).length === 0, { what: 'the zone to be free', timeout: 15_000 });
  });

  await t.test('a machine that dies leaves its interfaces to the other, which says so on the wire', async t => {
    await answered(vmB, outside.ip);
    const announced = await capture(lab, outside.netns, outside.device, 'arp');
    await n1.pointsman.kill();
    await n1.ovs.killVswitchd();
    await eventually(
      async () => ((await get(n2, 'interfaces/outside')) as { status: { node?: string } }).status.node === 'n2',
      { what: 'the other to take over', timeout: 30_000 },
    );
    await announced.waitFor(/(Announcement 198\.51\.100\.1|who-has 198\.51\.100\.1 .*tell 198\.51\.100\.1)\b/);
    await answered(far, vmB.ip);
    await answered(far, '10.2.0.1');
    await answered(vmB, outside.ip);
    t.equal((await tcpStream(lab, vmB, outside, 1_000_000)).bytes, 1_000_000);
    const { items } = (await get(n2, 'nodes')) as { items: readonly { name: string }[] };
    t.match(items, [{ name: 'n2' }]);
  });
});
