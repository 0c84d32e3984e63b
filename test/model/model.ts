// The reference model: one packet through a node, told the way a person would. It reads the documents, and knows nothing of
// tables, registers or priorities. `docs/pipeline.md` says the same in OpenFlow; a judge holds the two together.

import { type Ip, parseIp, parseMac, parsePrefix, prefixContains } from '../../src/lib/address.ts';
import type { IpPacket, Ipv4Packet } from '../../src/openflow/packet/ip.ts';
import { answerArp, answerEcho, solicitation } from './answer.ts';
import { type Arrival, arrive } from './arrive.ts';
import type { Connection, Connections } from './connections.ts';
import { leaveByInterface, leaveByPort, relayed } from './leave.ts';
import { isBroadcastOf, isLinkLocal, isMartianFromInside, isMartianFromOutside, isNeverRouted } from './martians.ts';
import {
  chunkAt,
  chunkOf,
  flowOf,
  knownFromInside,
  knownFromOutside,
  ruleFor,
  translated,
  translatedBack,
} from './nat.ts';
import { forward, type Hop, lookUp } from './route.ts';
import { dropped, type Sighting, type Verdict } from './verdict.ts';
import { hasAddress, isOwnAddress, macOf, portsOf, siteOfNode, siteOfPort, subnetsOf, type World } from './world.ts';

/** A verdict, and the connection that it opens: its outside port is known once the packet was seen. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly opens?: Connection;
}

const groupBit = 0x010000000000n;

export function judge(world: World, connections: Connections, sighting: Sighting): Judgement {
  const arrival = arrive(world, sighting);
  if (arrival.kind !== 'arrived') return { verdict: arrival };
  const { frame, iface, relay } = arrival;
  // A node that hands a packet over has judged it already.
  if (relay === 'to-egress') return { verdict: leaveByInterface(world, iface, frame, undefined) };
  if (frame.payload.kind === 'arp' && relay === undefined) return { verdict: answerArp(world, arrival, frame.payload) };
  const packet = frame.payload;
  if (packet.kind !== 'ipv4' && packet.kind !== 'ipv6')
    return { verdict: dropped(relay === 'to-nat' ? 'unknown-outside-address' : 'not-for-gateway') };
  if (relay === 'to-nat') return fromOutside(world, connections, arrival, packet);
  const asked = solicitation(world, arrival, packet);
  if (asked) return { verdict: asked };
  if ((frame.destination & groupBit) !== 0n) return { verdict: dropped('not-for-gateway') };
  const isFromInside = iface.role === 'inner' && !arrival.fromPeer;
  if (isFromInside && isMartianFromInside(world, iface, sourceOf(packet)))
    return { verdict: dropped('martian-source') };
  if (!mayComeFrom(world, arrival, packet)) return { verdict: dropped('spoofed-source') };
  const gateways = [iface.mac, macOf(world, iface)].map(mac => (typeof mac === 'string' ? parseMac(mac) : mac));
  if (!gateways.includes(frame.destination)) return { verdict: alongSegment(world, arrival) };

  const answered = answerEcho(world, arrival, packet);
  if (answered) {
    const isMartian = iface.role === 'outer' && isMartianFromOutside(world, iface, sourceOf(packet));
    return { verdict: isMartian ? dropped('martian-source') : answered };
  }
  if (iface.role === 'outer') return fromOutside(world, connections, arrival, packet);
  if (isOwnAddress(iface, destinationOf(packet))) return { verdict: dropped('gateway-closed') };
  // What its source means ends with its link.
  if (isLinkLocal(sourceOf(packet))) return { verdict: dropped('martian-source') };
  return fromInside(world, connections, arrival, packet);
}

function destinationOf(packet: IpPacket): Ip {
  return packet.kind === 'ipv4' ? { family: 4, value: packet.destination } : { family: 6, value: packet.destination };
}

function sourceOf(packet: IpPacket): Ip {
  return packet.kind === 'ipv4' ? { family: 4, value: packet.source } : { family: 6, value: packet.source };
}

/** Strict reverse path (RFC 3704 section 2.2): from inside only what lives there, or is routed there. */
function mayComeFrom(world: World, { iface, port, fromPeer, frame }: Arrival, packet: IpPacket): boolean {
  if (iface.role === 'outer') return true;
  const source = sourceOf(packet);
  const routes = [...world.documents.routes.values()].filter(route => route.interface === iface.name);
  if (port) {
    const behind = routes.filter(route => hasAddress(port.addresses, parseIp(route.nextHop)));
    const isBehind = behind.some(route => prefixContains(parsePrefix(route.destination), source));
    return isBehind || hasAddress(port.addresses, source);
  }
  if (fromPeer && world.peers.length > 0 && frame.source === parseMac(iface.mac)) return true;
  const isRouted = routes.some(route => prefixContains(parsePrefix(route.destination), source));
  return isRouted || subnetsOf(iface).some(subnet => prefixContains(subnet, source));
}

/** From machine to machine of one segment, as it is. */
function alongSegment(world: World, { iface, port, fromPeer, frame }: Arrival): Verdict {
  const machines = portsOf(world, iface);
  for (const machine of machines) {
    if (parseMac(machine.mac) !== frame.destination) continue;
    const site = siteOfPort(world, machine);
    if (site.kind === 'here') return leaveByPort(world, machine, frame);
    // What a node has sent here goes to no third one.
    if (site.kind === 'peer' && !fromPeer) return leaveByInterface(world, iface, frame, site.remote);
    return dropped('not-for-gateway');
  }
  const host = port && iface.hosts.find(({ mac }) => parseMac(mac) === frame.destination);
  if (host?.vtep !== undefined) return leaveByInterface(world, iface, frame, parseIp(host.vtep));
  return dropped('not-for-gateway');
}

function isExpired(packet: IpPacket): boolean {
  return (packet.kind === 'ipv4' ? packet.ttl : packet.hopLimit) <= 1;
}

function fromInside(world: World, connections: Connections, { iface, frame }: Arrival, packet: IpPacket): Judgement {
  const tenant = iface.tenant ?? '';
  const to = destinationOf(packet);
  if (isNeverRouted(to) || isBroadcastOf(world, tenant, to)) return { verdict: dropped('martian-destination') };
  if (isExpired(packet)) return { verdict: dropped('ttl-exceeded') };
  const hop = lookUp(world, tenant, destinationOf(packet));
  if (!hop) return { verdict: dropped('no-route') };
  if (hop.iface.role === 'inner') return { verdict: forward(world, hop, frame, packet) };
  return packet.kind === 'ipv4'
    ? out(world, connections, tenant, hop, frame, packet)
    : { verdict: dropped('not-natted') };
}

/** Nothing begins with an answer. */
function isEchoReply({ payload }: Ipv4Packet): boolean {
  return payload.kind === 'icmp' && payload.type === 0;
}

/** Towards the outside nothing goes untranslated. */
function out(
  world: World,
  connections: Connections,
  tenant: string,
  hop: Hop,
  frame: Arrival['frame'],
  packet: Ipv4Packet,
): Judgement {
  const rule = ruleFor(world, tenant, hop.iface, sourceOf(packet));
  const { kind } = packet.payload;
  const isNatted = kind === 'tcp' || kind === 'udp' || kind === 'icmp';
  if (!rule || !isNatted) return { verdict: dropped('not-natted') };
  const chunk = chunkOf(world, rule);
  if (!chunk) return { verdict: dropped('no-chunk') };
  if (kind === 'icmp' && !chunk.icmp) return { verdict: dropped('icmp-owned-by-other-tenant') };
  const flow = flowOf(packet);
  if (!flow) return { verdict: dropped('invalid') };
  const known = knownFromInside(connections, tenant, packet, flow);
  if (!known && isEchoReply(packet)) return { verdict: dropped('invalid') };
  if (known) return { verdict: forward(world, hop, frame, translated(packet, known)) };

  const outside = parseIp(chunk.address);
  const opened: Connection = {
    tenant,
    protocol: flow.protocol,
    inside: packet.source,
    insidePort: flow.sourcePort,
    remote: packet.destination,
    remotePort: flow.destinationPort,
    outside: outside.family === 4 ? outside.value : 0,
    outsidePort: flow.sourcePort,
  };
  if (flow.protocol === 'icmp' && connections.isTaken(opened)) return { verdict: dropped('nat-exhausted') };
  const verdict = forward(world, hop, frame, translated(packet, opened));
  const choice = flow.protocol === 'icmp' ? {} : { choice: { min: chunk.port, max: chunk.port + chunk.size - 1 } };
  return { verdict: verdict.kind === 'leaves' ? { ...verdict, ...choice } : verdict, opens: opened };
}

/** From outside only replies come in, to the node that has the connection. */
function fromOutside(world: World, connections: Connections, arrival: Arrival, packet: IpPacket): Judgement {
  const { iface, frame, fromPeer } = arrival;
  const chunk = packet.kind === 'ipv4' ? chunkAt(world, iface, packet) : undefined;
  const isMartian = isMartianFromOutside(world, iface, sourceOf(packet));
  const stray = (): Judgement => {
    if (isMartian) return { verdict: dropped('martian-source') };
    const isNowhere = isNeverRouted(destinationOf(packet));
    return { verdict: dropped(isNowhere ? 'martian-destination' : 'unknown-outside-address') };
  };
  if (!chunk || packet.kind !== 'ipv4') return stray();
  if (chunk.node !== world.self) {
    const site = siteOfNode(world, chunk.node);
    if (site.kind !== 'peer' || fromPeer) return stray();
    return { verdict: relayed(world, 'to-nat', iface, site, frame) };
  }
  const flow = flowOf(packet);
  if (!flow) return { verdict: dropped('invalid') };
  const known = knownFromOutside(connections, chunk.tenant, packet, flow);
  if (!known && isEchoReply(packet)) return { verdict: dropped('invalid') };
  if (!known) return { verdict: dropped(isMartian ? 'martian-source' : 'new-from-outside') };
  const back = translatedBack(packet, known);
  if (isNeverRouted(destinationOf(back)) || isBroadcastOf(world, chunk.tenant, destinationOf(back)))
    return { verdict: dropped('martian-destination') };
  if (isExpired(back)) return { verdict: dropped('ttl-exceeded') };
  const hop = lookUp(world, chunk.tenant, destinationOf(back));
  if (!hop) return { verdict: dropped('no-route') };
  // Back out again it would need a rule of its own, which is for what comes from inside.
  return { verdict: hop.iface.role === 'inner' ? forward(world, hop, frame, back) : dropped('not-natted') };
}
