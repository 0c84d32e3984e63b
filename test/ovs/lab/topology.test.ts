import { type Test, test } from 'tap';
import { ipBatch, type VxlanHostSpec } from '../../lab/hosts.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, tcpClients, tcpEcho, tcpStream, udpEcho } from '../../lab/packets.ts';
import { buildTopology, NET, type Topology } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';

const MEGABYTE = 1024 * 1024;

/** br-phy as a plain learning bridge with both VTEPs, br-int as a learning bridge with a tunnel port to `remote`. */
async function handMadeNode(topology: Topology, vni: number, remote: string, local: string): Promise<void> {
  const { node } = topology;
  const bridge = (name: string, mac: string) =>
    ['add-br', name, '--', 'set', 'Bridge', name, 'datapath_type=netdev', `other_config:hwaddr="${mac}"`] as const;
  await node.vsctl(...bridge('br-phy', '02:00:00:00:01:01'));
  await node.vsctl('add-port', 'br-phy', NET.uplink);
  await node.vsctl('add-port', 'br-phy', 'aci', 'tag=2', '--', 'set', 'Interface', 'aci', 'type=internal');
  await node.vsctl(...bridge('br-int', '02:00:00:00:01:02'));
  const options = ['type=vxlan', `options:key=${vni}`, `options:remote_ip=${remote}`, `options:local_ip=${local}`];
  await node.vsctl('add-port', 'br-int', 'vx0', '--', 'set', 'Interface', 'vx0', ...options);
  await node.vsctl('add-port', 'br-int', NET.representor);
  await node.requireNoErrors();
  await ipBatch(topology.lab, node.netns, [
    `addr add ${NET.evpnVtepPrefix} dev br-phy`,
    'link set br-phy up',
    `addr add ${NET.aciVtepPrefix} dev aci`,
    'link set aci up',
  ]);
}

test('VLANs of the top-of-rack switch reach their own hosts only', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { host, ...rest } = await standard(lab);
  const neighbour = { kind: 'vlan', address: '10.1.0.20/24', address6: 'fd00:1::20/64' } as const;
  const red = await rest.topology.addHost({ ...neighbour, name: 'red-2', vlan: NET.redVlan, mac: '02:00:00:00:11:20' });
  const blue = await rest.topology.addHost({
    ...neighbour,
    name: 'blue-2',
    vlan: NET.blueVlan,
    mac: '02:00:00:00:12:20',
  });
  for (const [from, to] of [
    ['red-vlan', red],
    ['blue-vlan', blue],
  ] as const) {
    t.equal((await ping(host(from), to.ip)).received, 3, `${from} reaches its neighbour`);
    t.equal((await ping(host(from), 'fd00:1::20')).received, 3, `${from} reaches its neighbour over IPv6`);
    const { peers } = await udpEcho(lab, host(from), to, { localPort: 4000 });
    t.same(peers, ['10.1.0.10:4000'], 'and only it');
  }
  const lonely = await ping(host('outside'), '198.51.100.1', { count: 1, timeout: 300 });
  t.equal(lonely.received, 0, 'nothing of the node is there yet');
});

test('VXLAN hosts of the EVPN underlay reach one another through the top-of-rack switch', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const pair = (last: number, other: number): VxlanHostSpec => ({
    kind: 'vxlan',
    name: `pair-${last}`,
    vni: 77,
    mac: `02:00:00:00:77:${last}`,
    address: `10.9.0.${last}/24`,
    underlayAddress: `192.0.2.${last}/24`,
    underlayMac: `02:00:00:00:f7:${last}`,
    underlayVlan: NET.nativeVlan,
    remoteVtep: `192.0.2.${other}`,
  });
  const topology = await buildTopology(lab, { hosts: [pair(31, 32), pair(32, 31)] });
  const [a, b] = [topology.host('pair-31'), topology.host('pair-32')];
  t.equal((await ping(a, b.ip, { size: 1372, dontFragment: true })).received, 3, 'a full inner MTU');
  const tooBig = await ping(a, b.ip, { size: 1373, dontFragment: true, count: 1 });
  t.equal(tooBig.received, 0, 'and no more');
  t.equal((await tcpStream(lab, a, b, 4 * MEGABYTE)).bytes, 4 * MEGABYTE);
});

test('the node decapsulates the EVPN underlay', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { topology, host } = await standard(lab);
  await handMadeNode(topology, NET.redEvpnVni, '192.0.2.11', NET.evpnVtep);
  await joinSubnet(topology, 'red-rep', '10.2.0.40/24');
  await allTraffic(t, topology, host('red-evpn'), '10.2.0.40');
  t.equal(
    (await ping(host('blue-evpn'), '10.2.0.40', { count: 1, timeout: 300 })).received,
    0,
    'the other VNI is apart',
  );
  t.match(await topology.node.appctl('dpctl/dump-flows'), /tnl_pop/);
});

test('the node decapsulates the ACI underlay behind the infra VLAN', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { topology, host } = await standard(lab);
  await handMadeNode(topology, NET.redAciVni, '192.0.3.11', NET.aciVtep);
  await joinSubnet(topology, 'red-rep', '10.3.0.40/24');
  await allTraffic(t, topology, host('red-aci'), '10.3.0.40');
  t.match(await topology.node.appctl('dpctl/dump-flows'), /pop_vlan,tnl_pop/);
});

test('a pulled cable cuts the node off, and a replugged one joins it again', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const topology = await buildTopology(lab);
  await handMadeNode(topology, NET.redEvpnVni, '192.0.2.11', NET.evpnVtep);
  const { node, tor, uplinkPort } = topology;
  t.equal((await ping(node.netns, '192.0.2.11')).received, 3);
  await tor.setCable(uplinkPort, false);
  t.equal((await ping(node.netns, '192.0.2.11', { count: 1, timeout: 300 })).received, 0);
  await tor.setCable(uplinkPort, true);
  t.equal((await ping(node.netns, '192.0.2.11')).received, 3);
});

async function standard(lab: Lab) {
  const topology = await buildTopology(lab);
  return { topology, host: (name: string) => topology.host(name) };
}

/** Gives the representor's host an address in the subnet of the tunnel's far end. */
async function joinSubnet(topology: Topology, name: string, address: string): Promise<void> {
  await ipBatch(topology.lab, topology.host(name).netns, [`addr add ${address} dev eth0`]);
}

async function allTraffic(t: Test, topology: Topology, from: ReturnType<Topology['host']>, to: string) {
  const { lab } = topology;
  const server = topology.host('red-rep');
  // vswitchd hears of the address of its VTEP when it comes to it, and asks for that of the other end.
  await eventually(async () => (await ping(from, to, { count: 1 })).received === 1, {
    what: `${to} from ${from.name}`,
    timeout: 20_000,
  });
  t.equal((await ping(from, to)).received, 3, 'ping');
  const stream = await tcpStream(lab, from, server, 4 * MEGABYTE, { to, localPort: 40_000 });
  t.same(stream.peers, [`${from.ip}:40000`], 'a TCP stream arrives whole');
  await tcpEcho(lab, from, server, { to });
  const clients = await tcpClients(lab, from, server, 20, { to });
  t.equal(clients.filter(({ status }) => status === 'fulfilled').length, 20, '20 connections at once');
  const { sent, received, wrong } = await udpEcho(lab, from, server, { to, count: 50, size: 1200, interval: 1 });
  t.same({ sent, received, wrong }, { sent: 50, received: 50, wrong: 0 }, 'UDP');
}
