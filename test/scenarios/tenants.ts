import { capture } from '../lab/capture.ts';
import type { LabHost } from '../lab/hosts.ts';
import { tcpStream, udpEcho } from '../lab/packets.ts';
import { chunkOf, inside } from './chunks.ts';
import { type Check, check, type Scenario } from './scenario.ts';
import { pings, silent } from './traffic.ts';
import type { World } from './world.ts';

const sourcePort = 40_000;

/** The same five-tuple from two tenants at the same moment; the outside tells them apart by chunk alone. */
async function bothAtOnce(world: World, red: LabHost, blue: LabHost): Promise<Check[]> {
  const outside = world.host('outside');
  const [redChunk, blueChunk] = await Promise.all(['red-out', 'blue-out'].map(rule => chunkOf(world, rule)));
  if (!redChunk || !blueChunk) throw new Error('no chunks');
  const peersInChunks = (peers: readonly string[]) => peers.some(inside(redChunk)) && peers.some(inside(blueChunk));

  const tcp = await Promise.allSettled(
    [red, blue].map(host => tcpStream(world.lab, host, outside, 1_000_000, { port: 7101, localPort: sourcePort })),
  );
  const tcpPeers = tcp.flatMap(result => (result.status === 'fulfilled' ? result.value.peers : []));
  const udp = await Promise.allSettled(
    [red, blue].map(host =>
      udpEcho(world.lab, host, outside, { port: 7103, localPort: sourcePort, count: 20, interval: 5 }),
    ),
  );
  const udpPeers = udp.flatMap(result => (result.status === 'fulfilled' ? result.value.peers : []));
  const echoed = udp.map(result =>
    result.status === 'fulfilled'
      ? `${result.value.received} of ${result.value.sent}, ${result.value.wrong} wrong`
      : String(result.reason),
  );
  const failed = tcp.flatMap(result => (result.status === 'rejected' ? [String(result.reason)] : []));
  return [
    check(
      `TCP ${red.name} and ${blue.name}, both ${red.ip}:${sourcePort} → ${outside.ip}:7101`,
      failed.length === 0 && peersInChunks(tcpPeers),
      failed.join(' ') || `both streams intact, seen as ${[...new Set(tcpPeers)].join(' and ')}`,
    ),
    check(
      `UDP ${red.name} and ${blue.name}, both ${red.ip}:${sourcePort} → ${outside.ip}:7103`,
      udp.every(r => r.status === 'fulfilled' && r.value.received === r.value.sent && r.value.wrong === 0) &&
        peersInChunks(udpPeers),
      `echoed ${echoed.join(' and ')}, seen as ${[...new Set(udpPeers)].join(' and ')}`,
    ),
  ];
}

/** What red sends to the address that both have reaches red's host, and nothing of it blue's. */
async function isolated(world: World): Promise<Check[]> {
  const [red, blue] = [world.host('red-evpn'), world.host('blue-evpn')];
  const [atRed, atBlue] = await Promise.all(
    [red, blue].map(host =>
      capture(world.lab, host.netns, host.device, 'icmp[icmptype] = icmp-echo', { direction: 'in' }),
    ),
  );
  if (!atRed || !atBlue) throw new Error('no captures');
  const answered = await pings(world.host('red-vlan'), red.ip);
  const [here, there] = await Promise.all([atRed.stop(), atBlue.stop()]);
  return [
    answered,
    check(
      `of those, all reach ${red.name} and none ${blue.name}, which has the same address`,
      here.length > 0 && there.length === 0,
      `${here.length} and ${there.length} captured`,
    ),
  ];
}

export const tenants: Scenario = {
  title: 'Two tenants, the same inside addresses and ports at the same time, one outer interface, one pool',
  run: async world => {
    const { icmp } = await chunkOf(world, 'blue-out');
    const refused = 'icmp-owned-by-other-tenant';
    const before = await world.pointsman.dropped(refused);
    return [
      ...(await bothAtOnce(world, world.host('red-vlan'), world.host('blue-vlan'))),
      ...(await bothAtOnce(world, world.host('red-evpn'), world.host('blue-evpn'))),
      ...(await isolated(world)),
      check('REST says that blue has no ICMP on the shared address', !icmp, `icmp: ${icmp}`),
      await silent(world.host('blue-vlan'), world.host('outside').ip),
      check(
        'and those pings are counted',
        (await world.pointsman.dropped(refused)) > before,
        `${(await world.pointsman.dropped(refused)) - before} dropped as ${refused}`,
      ),
    ];
  },
};
