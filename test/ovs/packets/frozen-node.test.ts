// A node whose pointsman stands still, is stopped, or does not reach the state while the others go on: what it uses is given
// to nobody, and when it comes back it first lets go of what it has lost. Fenced, it stops by itself.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { type Capture, capture } from '../../lab/capture.ts';
import { udp } from '../../lab/frames.ts';
import { type LabHost, VXLAN_MTU, vlanHost } from '../../lab/hosts.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, rawFrames, udpEcho } from '../../lab/packets.ts';
import { Relay } from '../../lab/relay.ts';
import { buildTwoNodes, type LabNode, NODES, setIfaceId } from '../../lab/two-nodes.ts';
import { eventually } from '../../lab/wait.ts';
import type { Chunk } from '../../scenarios/chunks.ts';
import { Cluster } from '../ovsdb/cluster.ts';

const SCHEMA = join(import.meta.dirname, '../../../schemas/pointsman.ovsschema');
/** Seconds. */
const lease = 5;

const leg = (tenant: string, vlan: number, mac: string) => ({
  role: 'inner',
  tenant,
  attachment: { type: 'vlan', port: 'p0', vlan, node: 'n1' },
  mac,
  addresses: ['10.1.0.1/24'],
  hosts: [{ mac: '02:00:00:00:11:10', addresses: ['10.1.0.10'] }],
});

const intent: readonly (readonly [path: string, body: object])[] = [
  ['tenants/red', {}],
  ['tenants/blue', {}],
  ['vnis/web', { tenant: 'red', vni: 5001, vtep: 'evpn' }],
  [
    'interfaces/web',
    {
      role: 'inner',
      tenant: 'red',
      attachment: { type: 'vni', vni: 'web' },
      mac: '02:70:6d:00:21:01',
      addresses: ['10.2.0.1/24'],
    },
  ],
  ['ports/vm-a', { interface: 'web', mac: '02:00:00:00:a0:11', addresses: ['10.2.0.11'] }],
  ['ports/vm-b', { interface: 'web', mac: '02:00:00:00:a0:12', addresses: ['10.2.0.12'] }],
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
  ['routes/red', { tenant: 'red', destination: '0.0.0.0/0', interface: 'outside', nextHop: '198.51.100.254' }],
  // Two chunks: one for red at each node.
  [
    'nat-pools/small',
    { interface: 'outside', addresses: ['203.0.113.10'], ports: { min: 1024, max: 1151 }, chunkSize: 64 },
  ],
  ['nat-rules/red', { tenant: 'red', source: '10.0.0.0/8', pool: 'small' }],
];

interface RuleStatus {
  readonly chunks: readonly (Chunk & { readonly node: string })[];
  readonly waitsFor?: readonly string[];
}

/** What the datapath matches of the packets that it has seen many of, without what differs from flow to flow. */
async function hotFlows({ ovs }: LabNode): Promise<string[]> {
  const flows = (await ovs.appctl('dpctl/dump-flows')).split('\n').filter(line => /packets:[1-9]\d\d/.test(line));
  const hot = flows.filter(line => line.includes('198.51.100.254') || line.includes('203.0.113.10'));
  const shapes = hot.map(line =>
    line.replace(/, packets:.*/, '').replace(/(recirc_id\()0x\w+|((?:src|dst)=)\d+(?=\/)/g, '$1$2'),
  );
  return [...new Set(shapes)].sort();
}

t.test('a node that stands still', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const cluster = await Cluster.start(SCHEMA, 'Pointsman', 1);
  t.teardown(() => cluster.remove());
  const remotes = cluster.endpoints.map(endpoint => (endpoint.kind === 'unix' ? `unix:${endpoint.path}` : ''));
  const [endpoint] = cluster.endpoints;
  const relay = await Relay.start(lab, 'state-of-n2.sock', endpoint?.kind === 'unix' ? endpoint.path : '');
  t.teardown(() => relay.close());
  const world = await buildTwoNodes(lab, remotes, lease, ['rest: 3600', 'portRest: 0']);
  const { nodes, tor, vmA, vmB, vlan, outside } = world;
  const { n1, n2 } = nodes;
  const configure = async (change: (config: string) => string) =>
    writeFile(n2.pointsman.configFile, change(await readFile(n2.pointsman.configFile, 'utf8')));
  await configure(config => config.replace(remotes[0] ?? '', `unix:${relay.path}`));
  await Promise.all(NODES.map(name => nodes[name].pointsman.start()));
  const blue = await vlanHost(lab, tor, {
    kind: 'vlan',
    name: 'blue',
    vlan: 12,
    mac: '02:00:00:00:11:10',
    address: '10.1.0.10/24',
    gateway: '10.1.0.1',
    mtu: VXLAN_MTU,
  });
  const request = async (method: string, path: string, body?: object) => {
    const answer = await n1.pointsman.api(method, `/v1/${path}?wait=installed`, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const rule = async (name: string) =>
    ((await n1.pointsman.api('GET', `/v1/nat-rules/${name}`)).body as { status: RuleStatus }).status;
  const members = async () =>
    ((await n1.pointsman.api('GET', '/v1/nodes')).body as { items: { name: string }[] }).items.map(({ name }) => name);
  const gone = () => eventually(async () => (await members()).length === 1, { what: 'the end of n2', timeout: 20_000 });
  const signal = (node: LabNode, name: NodeJS.Signals) => process.kill(node.pointsman.pid ?? 0, name);
  const answers = async (to: string) => (await ping(vmB, to, { count: 2, interval: 50, timeout: 300 })).received > 0;
  // One tenant at one node alone has the ICMP of an address.
  const getsOut = async () => (await udpEcho(lab, vmB, outside, { count: 2, interval: 50, timeout: 500 })).received > 0;
  const readiness = async () => {
    const { status, body } = await n2.pointsman.api('GET', '/readyz');
    return status === 200 ? 'ready' : String((body as { detail?: string }).detail);
  };

  for (const [path, body] of intent) await request('PUT', path, body);
  await request('PUT', 'interfaces/inside', leg('red', 11, '02:70:6d:00:11:01'));
  await setIfaceId(n1, 'vf0', 'vm-a');
  await setIfaceId(n2, 'vf0', 'vm-b');
  await eventually(async () => (await rule('red')).chunks.length === 2, { what: 'a chunk at each node' });
  await eventually(() => answers(vlan.ip), { what: 'the way to the VLAN' });
  const ofN2 = (await rule('red')).chunks.find(({ node }) => node === 'n2');
  if (!ofN2) throw new Error('n2 has a chunk');

  /** Sends again and again. @returns what ends it */
  const stream = (host: LabHost, frame: Buffer) => {
    let over = false;
    const sending = (async () => {
      while (!over) await rawFrames(host.netns, host.device, [frame], { count: 20, pps: 50 });
    })();
    return async () => {
      over = true;
      await sending;
    };
  };
  const fromRed = (destinationIp: string) =>
    udp({
      source: vmB.mac,
      destination: '02:70:6d:00:21:01',
      sourceIp: vmB.ip,
      destinationIp,
      sourcePort: 5,
      destinationPort: 9,
      payload: Buffer.from('red'),
    });
  const hearing = (host: LabHost, filter: string) => capture(lab, host.netns, host.device, filter, { direction: 'in' });
  const texts = (heard: Capture) => heard.packets().map(({ text }) => text);
  const transact = async (...operations: object[]) =>
    JSON.parse(await n1.pointsman.cli('ovsdb', 'transact', remotes[0] ?? '', 'Pointsman', JSON.stringify(operations)));
  const indexOfInside = async () => {
    const where = [['name', '==', 'inside']];
    const [{ rows }] = await transact({ op: 'select', table: 'Interface', where, columns: ['index'] });
    return rows[0].index as number;
  };
  const insideIsReds = async () => {
    await request('DELETE', 'interfaces/inside');
    await request('PUT', 'interfaces/inside', leg('red', 11, '02:70:6d:00:11:01'));
    await eventually(() => answers(vlan.ip), { what: 'the way to the VLAN', timeout: 15_000 });
  };
  const insideIsBlues = async () => {
    await request('DELETE', 'interfaces/inside');
    await request('PUT', 'interfaces/inside', leg('blue', 12, '02:70:6d:00:12:01'));
  };
  /** What outside sends back to where red’s connection through n2 seems to come from. */
  const replyToRed = async () => {
    const heard = await hearing(outside, 'udp port 9');
    await rawFrames(vmB.netns, vmB.device, [fromRed(outside.ip)], { count: 3, pps: 20 });
    const { text, sourceMac } = await heard.waitFor(/ 203\.0\.113\.10\.\d+ > /);
    await heard.stop();
    const port = Number(/ 203\.0\.113\.10\.(\d+) > /.exec(text)?.[1]);
    const ends = { source: outside.mac, destination: sourceMac, sourceIp: outside.ip, destinationIp: '203.0.113.10' };
    return { port, frame: udp({ ...ends, sourcePort: 9, destinationPort: port, payload: Buffer.from('reply') }) };
  };
  const isBlues = async (port: number) => {
    const [chunk] = (await rule('blue')).chunks;
    return chunk !== undefined && chunk.ports.min <= port && port <= chunk.ports.max;
  };
  const exchange = (count: number) => udpEcho(lab, vmB, outside, { count, interval: 15, timeout: 10_000 });
  const fencedDrops = async () => {
    const cookie = `0x${encodeCookie({ kind: 'system', id: 0, drop: 'fenced' }).toString(16)}`;
    return n2.ovs.ofctl('dump-flows', 'br-int', `cookie=${cookie}/-1`);
  };
  /** Away from the cluster, beyond its lease. */
  const framesReachNobody = async (t: Test, leave: () => void, frames: number) => {
    const [atRed, atBlue] = [await hearing(vlan, 'udp port 9'), await hearing(blue, 'udp port 9')];
    const stop = stream(vmB, fromRed(vlan.ip));
    await atRed.waitFor(/10\.2\.0\.12/);
    leave();
    await insideIsBlues();
    const dropped = await n1.pointsman.dropped('unknown-interface');
    const more = (count: number) =>
      eventually(async () => (await n1.pointsman.dropped('unknown-interface')) > dropped + count, {
        what: `${count} frames that n1 cannot place`,
        timeout: 20_000,
      });
    await more(frames);
    t.strictSame(await members(), ['n1', 'n2'], 'before the lease ends');
    await gone();
    await more((await n1.pointsman.dropped('unknown-interface')) - dropped + frames);
    await stop();
    t.strictSame(texts(atBlue), [], 'blue hears nothing');
    await Promise.all([atRed.stop(), atBlue.stop()]);
  };

  await t.test('frozen: its tenant’s frames reach nobody else', t =>
    framesReachNobody(t, () => signal(n2, 'SIGSTOP'), 50),
  );

  await t.test('its ports are nobody’s', async t => {
    await request('PUT', 'routes/blue', {
      tenant: 'blue',
      destination: '0.0.0.0/0',
      interface: 'outside',
      nextHop: '198.51.100.254',
    });
    await request('PUT', 'nat-rules/blue', { tenant: 'blue', source: '10.0.0.0/8', pool: 'small' });
    t.match(await rule('blue'), { chunks: [], reason: 'no-chunk', detail: /when n2 has let go/, waitsFor: ['n2'] });
    const { warnings } = (await n1.pointsman.api('GET', '/v1/status')).body as { warnings: string[] };
    t.match(warnings.join('\n'), /nat-pools\/small has no chunk for this node: waiting for n2 to let go/);
    t.match(warnings.join('\n'), /node n2 was taken out, and its switch may be at work still: [1-9]\d* numbers/);
  });

  await t.test('when it goes on, it lets go first', async t => {
    const translates = async () => (await n2.ovs.ofctl('dump-flows', 'br-int')).includes(`nat(src=${ofN2.address}`);
    t.ok(await translates());
    // Red needs no chunk there for the moment: it is blue's to get.
    await setIfaceId(n2, 'vf0', undefined);
    signal(n2, 'SIGCONT');
    const seen = new Set<string>();
    await eventually(
      async () => {
        const reason = await readiness();
        seen.add(reason.replace(/\d+/g, 'N'));
        return reason === 'ready';
      },
      { what: 'n2 to be ready', interval: 5, timeout: 20_000 },
    );
    t.comment([...seen].join(' | '));
    t.match([...seen][0], /lease of node nN has ended|is not among the nodes|not answer/, 'not ready at once');
    await eventually(async () => (await rule('blue')).chunks.length === 1, { what: 'a chunk for blue' });
    const [got] = (await rule('blue')).chunks;
    t.match(got, { node: 'n1', address: ofN2.address, ports: ofN2.ports }, 'what n2 had');
    t.notOk(await translates(), 'which red cannot use any more');
    await request('DELETE', 'nat-rules/blue');
    await setIfaceId(n2, 'vf0', 'vm-b');
    await eventually(getsOut, { what: 'red to get one', timeout: 15_000 });
  });

  await exchange(120);
  const unfenced = await hotFlows(n2);

  await t.test('stalled on its state connection: its tenant’s frames reach nobody else', async t => {
    await insideIsReds();
    await framesReachNobody(t, () => relay.stall(), 10);
    t.match(await readiness(), /the lease of node n2 has ended: no heartbeat was confirmed for \d+ s/);
  });

  await t.test('and frozen on top: it stops before it has read anything', async t => {
    const { port, frame } = await replyToRed();
    const [atRed, stop] = [await hearing(vmB, 'udp src port 9'), stream(outside, frame)];
    await atRed.waitFor(/ 198\.51\.100\.254\.9 > /);
    await request('PUT', 'nat-rules/blue', { tenant: 'blue', source: '10.0.0.0/8', pool: 'small' });
    t.strictSame((await rule('blue')).waitsFor, ['n2']);
    await request('DELETE', 'nodes/n2');
    await eventually(() => isBlues(port), { what: 'the port to be blue’s' });
    signal(n2, 'SIGSTOP');
    await sleep((lease * 1000 * 2) / 5 + 300);
    signal(n2, 'SIGCONT');
    const thawed = performance.now();
    await eventually(async () => /n_packets=[1-9]/.test(await fencedDrops()), { what: 'drops', interval: 10 });
    t.comment(`they were counted ${(performance.now() - thawed).toFixed(0)} ms after the thaw`);
    const before = texts(atRed).length;
    await sleep(500);
    t.equal(texts(atRed).length, before, 'what comes to blue’s port, red does not hear any more');
    t.ok(await answers('10.2.0.1'), 'its own machines have their gateway');
    t.match(await readiness(), /the lease of node n2 has ended/, 'and it has not read the state');

    relay.resume();
    await eventually(async () => (await readiness()) === 'ready', { what: 'n2 to be ready', timeout: 20_000 });
    t.equal(texts(atRed).length, before, 'nor when it is back');
    await eventually(async () => !/fenced|cookie/.test(await fencedDrops()), { what: 'the fence to be gone' });
    t.match(await n2.pointsman.cli('events'), /nodes\/n2 {2}node-stood-down: /);
    t.match(await n1.pointsman.cli('events'), /nodes\/n2 {2}node-expired: /);
    await stop();
    await atRed.stop();
    await request('DELETE', 'nat-rules/blue');
    await eventually(getsOut, { what: 'red to get one', timeout: 15_000 });
    await eventually(() => answers(vmA.ip), { what: 'the way to the other node' });
  });

  await t.test('stopped for an upgrade: its index is another’s when it comes back', async t => {
    await insideIsReds();
    const index = await indexOfInside();
    const [atRed, atBlue] = [await hearing(vlan, 'udp port 9'), await hearing(blue, 'udp port 9')];
    const stop = stream(vmB, fromRed(vlan.ip));
    await atRed.waitFor(/10\.2\.0\.12/);
    await n2.pointsman.stop();
    await configure(config => config.replace('  rest: 3600', '  rest: 3600\n  fencing: true'));
    await request('DELETE', 'interfaces/inside');
    await sleep((lease * 1000 * 2) / 5 + 300);
    // Nobody has stopped its switch, and so this is not true.
    await request('DELETE', 'nodes/n2');
    await transact({ op: 'update', table: 'Pointsman', where: [], row: { last_index: index - 1 } });
    await request('PUT', 'interfaces/inside', leg('blue', 12, '02:70:6d:00:12:01'));
    t.equal(await indexOfInside(), index, 'the same number');
    await rawFrames(vmB.netns, vmB.device, [fromRed(vlan.ip)], { count: 20, pps: 50 });
    await n2.pointsman.start();
    await rawFrames(vmB.netns, vmB.device, [fromRed(vlan.ip)], { count: 20, pps: 50 });
    await stop();
    t.strictSame(texts(atBlue), [], 'blue hears nothing');
    await Promise.all([atRed.stop(), atBlue.stop()]);
  });

  await t.test('fenced: heartbeats cost no packet', async t => {
    await eventually(getsOut, { what: 'the way out' });
    const { sent, received } = await exchange(220);
    t.equal(received, sent, `${received} of ${sent} over three heartbeats`);
    const flow = await n2.ovs.ofctl('dump-flows', 'br-int', 'table=fence');
    t.match(flow, /hard_timeout=3,.*priority=100 actions=/);
    t.strictSame(await hotFlows(n2), unfenced, 'and the datapath’s flows match no bit more');
    t.strictSame(n2.pointsman.logged('flow refused'), []);
  });

  await t.test('fenced: without heartbeats it stops what others take, and nothing else', async t => {
    const { port, frame } = await replyToRed();
    const [atRed, stop] = [await hearing(vmB, 'udp src port 9'), stream(outside, frame)];
    await atRed.waitFor(/ 198\.51\.100\.254\.9 > /);
    signal(n2, 'SIGSTOP');
    await eventually(async () => !(await getsOut()), { what: 'the end of translation', timeout: 10_000 });
    t.notOk(await answers(vmA.ip), 'nor does it reach the other node');
    t.ok(await answers('10.2.0.1'), 'its own machines have their gateway');
    await eventually(async () => /n_packets=[1-9]/.test(await fencedDrops()), { what: 'the drops to be counted' });
    await gone();
    await request('PUT', 'nat-rules/blue', { tenant: 'blue', source: '10.0.0.0/8', pool: 'small' });
    await request('DELETE', 'nodes/n2');
    await eventually(() => isBlues(port), { what: 'the port to be blue’s' });
    const before = texts(atRed).length;
    relay.stall();
    signal(n2, 'SIGCONT');
    await eventually(async () => /lease of node n2 has ended|not among the nodes/.test(await readiness()), {
      what: 'n2 to be awake',
    });
    await sleep(500);
    relay.resume();
    await eventually(async () => (await readiness()) === 'ready', { what: 'n2 to be ready', timeout: 20_000 });
    await eventually(() => answers(vmA.ip), { what: 'the way to the other node', timeout: 15_000 });
    t.equal(texts(atRed).length, before, 'red hears nothing of what comes to blue’s port');
    await stop();
    await atRed.stop();
    await request('DELETE', 'nat-rules/blue');
    await eventually(getsOut, { what: 'the way out', timeout: 15_000 });
  });
});
