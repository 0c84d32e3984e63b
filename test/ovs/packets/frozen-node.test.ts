// A node whose pointsman stands still while the others go on: what it uses is given to nobody, and when it comes back it
// first lets go of what it has lost. Fenced, it stops by itself.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { capture } from '../../lab/capture.ts';
import { udp } from '../../lab/frames.ts';
import { VXLAN_MTU, vlanHost } from '../../lab/hosts.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, rawFrames, udpEcho } from '../../lab/packets.ts';
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
  const world = await buildTwoNodes(lab, remotes, lease, ['rest: 3600']);
  const { nodes, tor, vmA, vmB, vlan, outside } = world;
  const { n1, n2 } = nodes;
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

  await t.test('its tenant’s frames reach nobody else', async t => {
    const [atRed, atBlue] = await Promise.all(
      [vlan, blue].map(host => capture(lab, host.netns, host.device, 'udp port 9', { direction: 'in' })),
    );
    const frame = udp({
      source: vmB.mac,
      destination: '02:70:6d:00:21:01',
      sourceIp: vmB.ip,
      destinationIp: vlan.ip,
      sourcePort: 5,
      destinationPort: 9,
      payload: Buffer.from('red'),
    });
    let over = false;
    const sending = (async () => {
      while (!over) await rawFrames(vmB.netns, vmB.device, [frame], { count: 20, pps: 50 });
    })();
    await atRed?.waitFor(/10\.2\.0\.12/);
    signal(n2, 'SIGSTOP');
    await request('DELETE', 'interfaces/inside');
    await request('PUT', 'interfaces/inside', leg('blue', 12, '02:70:6d:00:12:01'));
    await eventually(async () => (await n1.pointsman.dropped('unknown-interface')) > 50, {
      what: 'fifty frames that n1 cannot place',
      timeout: 20_000,
    });
    t.strictSame(await members(), ['n1', 'n2'], 'before the lease ends');
    await gone();
    const dropped = await n1.pointsman.dropped('unknown-interface');
    await eventually(async () => (await n1.pointsman.dropped('unknown-interface')) > dropped + 50, {
      what: 'fifty more',
      timeout: 20_000,
    });
    over = true;
    await sending;
    t.strictSame(
      atBlue?.packets().map(({ text }) => text),
      [],
      'blue hears nothing',
    );
    await Promise.all([atRed?.stop(), atBlue?.stop()]);
  });

  await t.test('its ports are nobody’s', async t => {
    await request('PUT', 'routes/blue', {
      tenant: 'blue',
      destination: '0.0.0.0/0',
      interface: 'outside',
      nextHop: '198.51.100.254',
    });
    await request('PUT', 'nat-rules/blue', { tenant: 'blue', source: '10.0.0.0/8', pool: 'small' });
    t.strictSame(await rule('blue'), { chunks: [], waitsFor: ['n2'] });
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

  await t.test('fenced: heartbeats cost no packet', async t => {
    const exchange = (count: number) => udpEcho(lab, vmB, outside, { count, interval: 15, timeout: 10_000 });
    await exchange(120);
    const unfenced = await hotFlows(n2);
    const config = await readFile(n2.pointsman.configFile, 'utf8');
    await n2.pointsman.stop();
    await writeFile(n2.pointsman.configFile, config.replace('  rest: 3600', '  rest: 3600\n  fencing: true'));
    await n2.pointsman.start();
    await eventually(getsOut, { what: 'the way out' });
    const { sent, received } = await exchange(220);
    t.equal(received, sent, `${received} of ${sent} over three heartbeats`);
    const flow = await n2.ovs.ofctl('dump-flows', 'br-int', 'table=fence');
    t.match(flow, /hard_timeout=3,.*priority=100 actions=/);
    t.strictSame(await hotFlows(n2), unfenced, 'and the datapath’s flows match no bit more');
    t.strictSame(n2.pointsman.logged('flow refused'), []);
  });

  await t.test('fenced: without heartbeats it stops what others take, and nothing else', async t => {
    signal(n2, 'SIGSTOP');
    await eventually(async () => !(await getsOut()), { what: 'the end of translation', timeout: 10_000 });
    t.notOk(await answers(vmA.ip), 'nor does it reach the other node');
    t.ok(await answers('10.2.0.1'), 'its own machines have their gateway');
    const cookie = `0x${encodeCookie({ kind: 'system', id: 0, drop: 'fenced' }).toString(16)}`;
    await eventually(
      async () => /n_packets=[1-9]/.test(await n2.ovs.ofctl('dump-flows', 'br-int', `cookie=${cookie}/-1`)),
      { what: 'the drops to be counted' },
    );
    await gone();
    signal(n2, 'SIGCONT');
    await eventually(async () => (await readiness()) === 'ready', { what: 'n2 to be ready', timeout: 20_000 });
    await eventually(() => answers(vmA.ip), { what: 'the way to the other node', timeout: 15_000 });
    await eventually(getsOut, { what: 'the way out', timeout: 15_000 });
  });
});
