// The reference model: one packet through a node, told the way a person would. It reads the documents, and knows nothing of
// tables, registers or priorities. `docs/pipeline.md` says the same in OpenFlow; a judge holds the two together.

import { type Ip, parseIp, parseMac, parsePrefix, prefixContains } from '../../src/lib/address.ts';
import type { IpPacket, Ipv4Packet } from '../../src/openflow/packet/ip.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import type { StaticNatDocument } from '../../src/policy/kinds/static-nats.ts';
import { answerArp, answerEcho, solicitation } from './answer.ts';
import { type Arrival, arrive } from './arrive.ts';
import type { Connection, Connections } from './connections.ts';
import { isError, isUnroutable, quoteOf } from './icmp-error.ts';
import { leaveByInterface, leaveByPort, leaveForPeer, relayed } from './leave.ts';
import {
  isBroadcastOf,
  isInsideOf,
  isLinkLocal,
  isMartianFromInside,
  isMartianFromOutside,
  isNeverRouted,
} from './martians.ts';
import {
  chunkAt,
  chunkOf,
  errorTranslated,
  errorTranslatedBack,
  type Flow,
  flowOf,
  knownFromInside,
  knownFromOutside,
  mayLeave,
  quotedFromInside,
  quotedFromOutside,
  ruleFor,
  rulesFrom,
  translated,
  translatedBack,
} from './nat.ts';
import { forwardAt, forwardingTenantAt, insidePortOf, mayAnswer } from './port-forward.ts';
import { forward, type Hop, lookUp } from './route.ts';
import { isTranslatable, readdressed, staticAt, staticOf, turned } from './static-nat.ts';
import { begun, canBegin, takes } from './tcp.ts';
import { dropped, type Sighting, type Verdict } from './verdict.ts';
import {
  hasAddress,
  hostsOf,
  isOthersByNow,
  isOwnAddress,
  macOf,
  portsOf,
  siteOfNode,
  siteOfPort,
  subnetsOf,
  type World,
} from './world.ts';

export interface Judgement {
  readonly verdict: Verdict;
  /** The connection that it opens: its outside port is known once the packet was seen. */
  readonly opens?: Connection;
  /** A connection of which it changes what is known. */
  readonly changes?: { readonly was: Connection; readonly becomes: Connection | undefined };
}

const groupBit = 0x010000000000n;

export function judge(world: World, connections: Connections, sighting: Sighting): Judgement {
  const judgement = judgeWhole(world, connections, sighting);
  const { verdict } = judgement;
  const { pieces } = sighting;
  // Pieces go on as they came.
  if (verdict.kind !== 'leaves' || !pieces) return judgement;
  const left = verdict.firstPiece === undefined ? pieces : { ...pieces, isWithoutFirst: true };
  return { ...judgement, verdict: { ...verdict, as: { ...verdict.as, pieces: left } } };
}

function judgeWhole(world: World, connections: Connections, sighting: Sighting): Judgement {
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

  if (!arrival.port && isOthersByNow(world, iface)) return { verdict: dropped('fenced') };
  const answered = answerEcho(world, arrival, packet);
  if (answered) {
    const isMartian = iface.role === 'outer' && isMartianFromOutside(world, iface, sourceOf(packet));
    return { verdict: isMartian ? dropped('martian-source') : answered };
  }
  if (iface.role === 'outer') return fromOutside(world, connections, arrival, packet);
  if (isOwnAddress(iface, destinationOf(packet))) return { verdict: dropped('gateway-closed') };
  if (isUnroutable(packet) && !arrival.inPieces) return { verdict: dropped('unroutable-icmp') };
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
    if (site.kind === 'peer' && !fromPeer) return leaveForPeer(world, iface, frame, site.remote);
    return dropped('not-for-gateway');
  }
  const host = port && hostsOf(world, iface).find(({ mac }) => parseMac(mac) === frame.destination);
  if (host?.vtep !== undefined) return leaveByInterface(world, iface, frame, parseIp(host.vtep));
  return dropped('not-for-gateway');
}

function isExpired(packet: IpPacket): boolean {
  return (packet.kind === 'ipv4' ? packet.ttl : packet.hopLimit) <= 1;
}

function fromInside(world: World, connections: Connections, arrival: Arrival, packet: IpPacket): Judgement {
  const { iface, frame } = arrival;
  const tenant = iface.tenant ?? '';
  const to = destinationOf(packet);
  const both = turned(world, tenant, sourceOf(packet), to);
  if (both) {
    if (world.isStopped) return { verdict: dropped('fenced') };
    const seen = readdressed(packet, 'source', both.from.outside);
    return { verdict: backByStatic(world, both.to, arrival, seen) };
  }
  if (isNeverRouted(to) || isBroadcastOf(world, tenant, to)) return { verdict: dropped('martian-destination') };
  if (isExpired(packet)) return { verdict: dropped('ttl-exceeded') };
  const hop = lookUp(world, tenant, destinationOf(packet));
  if (!hop) return { verdict: dropped('no-route') };
  if (hop.iface.role === 'inner') return { verdict: forward(world, hop, frame, packet) };
  if (world.isStopped) return { verdict: dropped('fenced') };
  const fixed = staticOf(world, tenant, hop.iface, sourceOf(packet));
  if (fixed) {
    const leaving = (): Verdict => forward(world, hop, frame, readdressed(packet, 'source', fixed.outside));
    return { verdict: withoutQuotes(packet, arrival.inPieces, leaving) };
  }
  return packet.kind === 'ipv4'
    ? out(world, connections, tenant, hop, arrival, packet)
    : { verdict: dropped('not-natted') };
}

/** To a host with an outside address, as it knows itself. */
function backByStatic(
  world: World,
  { tenant, inside }: StaticNatDocument,
  { frame, inPieces }: Arrival,
  packet: IpPacket,
): Verdict {
  return withoutQuotes(packet, inPieces, () =>
    backIn(world, tenant, frame, readdressed(packet, 'destination', inside)),
  );
}

/** What may quote an address ends. Of ICMPv6 in pieces only the first says that it is any. */
function withoutQuotes(packet: IpPacket, inPieces: boolean, pass: () => Verdict): Verdict {
  const isWhole = isTranslatable(packet, inPieces);
  const reason = 'untranslatable';
  if (!isWhole && (!inPieces || packet.kind === 'ipv4')) return dropped(reason);
  const verdict = pass();
  const first = isWhole ? {} : ({ firstPiece: reason } as const);
  if (verdict.kind === 'dropped') return { ...verdict, ...first };
  return verdict.kind === 'leaves' ? { ...verdict, isStateless: true, ...first } : verdict;
}

/** Nothing begins with an answer. */
function canOpen({ payload }: Ipv4Packet, { isReply }: Flow): boolean {
  return payload.kind === 'tcp' ? canBegin(payload) : !isReply;
}

/** Whether connections may begin behind an interface: it says so, or its tenant. */
function refusesNew({ documents }: World, tenant: string, iface: InterfaceDocument): boolean {
  return (iface.newConnections ?? documents.tenants.get(tenant)?.newConnections) === 'drop';
}

/** Towards the outside nothing goes untranslated. */
function out(
  world: World,
  connections: Connections,
  tenant: string,
  hop: Hop,
  { iface, frame, inPieces }: Arrival,
  packet: Ipv4Packet,
): Judgement {
  const { kind } = packet.payload;
  const isNatted = kind === 'tcp' || kind === 'udp' || kind === 'icmp';
  const isAsked =
    rulesFrom(world, tenant, hop.iface, sourceOf(packet)).length > 0 ||
    mayAnswer(world, tenant, hop.iface, packet, inPieces);
  if (!isNatted || !isAsked) return { verdict: dropped('not-natted') };
  const leave = (as: Ipv4Packet): Verdict =>
    mayLeave(world, tenant, hop.iface, as, inPieces) ? forward(world, hop, frame, as) : dropped('not-translated');
  if (isError(packet)) {
    const quote = quoteOf(packet);
    const about = quote && quotedFromInside(connections, tenant, quote);
    // As only the outside could send it.
    const isFromThere = quote && quotedFromOutside(connections, tenant, quote);
    if (inPieces && (about || isFromThere)) return { verdict: dropped('unroutable-icmp') };
    if (about) return { verdict: leave(errorTranslated(packet, about)) };
    return { verdict: dropped(isFromThere ? 'not-translated' : 'invalid') };
  }
  const flow = flowOf(packet);
  if (!flow) return { verdict: dropped('invalid') };
  const known = knownFromInside(connections, tenant, packet, flow);
  const { payload } = packet;
  const tcp = known?.tcp && payload.kind === 'tcp' ? takes(known.tcp, 'inside', payload) : undefined;
  if (tcp === 'invalid') return { verdict: dropped('invalid') };
  if (known && tcp === 'again') return { verdict: leave(translated(packet, known)) };
  if (known && tcp !== 'anew' && tcp !== 'again') {
    const changes = tcp && { changes: { was: known, becomes: { ...known, tcp } } };
    return { verdict: leave(translated(packet, known)), ...changes };
  }
  if (!canOpen(packet, flow)) return { verdict: dropped('invalid') };
  const changes = known && { changes: { was: known, becomes: undefined } };
  if (refusesNew(world, tenant, iface)) return { verdict: dropped('new-from-inside'), ...changes };
  const remotePort = inPieces && kind !== 'icmp' ? undefined : flow.destinationPort;
  const to = { protocol: flow.protocol, remote: packet.destination, remotePort };
  const rule = ruleFor(world, tenant, hop.iface, sourceOf(packet), to);
  if (!rule || rule === 'unseen') return { verdict: dropped('not-natted'), ...changes };
  const chunk = chunkOf(world, rule);
  if (!chunk) return { verdict: dropped('no-chunk'), ...changes };
  if (kind === 'icmp' && !chunk.icmp) return { verdict: dropped('icmp-owned-by-other-tenant'), ...changes };

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
    icmpType: flow.icmpType,
    ...(payload.kind === 'tcp' ? { tcp: begun(payload, 'inside') } : {}),
  };
  if (flow.protocol === 'icmp' && connections.isTaken(opened)) return { verdict: dropped('nat-exhausted') };
  const verdict = forward(world, hop, frame, translated(packet, opened));
  const choice = flow.protocol === 'icmp' ? {} : { choice: { min: chunk.port, max: chunk.port + chunk.size - 1 } };
  return { verdict: verdict.kind === 'leaves' ? { ...verdict, ...choice } : verdict, opens: opened, ...changes };
}

/** From outside come in what is for an outside address of a host, and replies, to the node that has the connection. */
function fromOutside(world: World, connections: Connections, arrival: Arrival, packet: IpPacket): Judgement {
  const { iface, frame, fromPeer, inPieces } = arrival;
  if (world.isStopped) return { verdict: dropped('fenced') };
  const fixed = staticAt(world, iface, destinationOf(packet));
  if (fixed) {
    const source = sourceOf(packet);
    if (isMartianFromOutside(world, iface, source) || isLinkLocal(source))
      return { verdict: dropped('martian-source') };
    if (isUnroutable(packet) && !inPieces) return { verdict: dropped('unroutable-icmp') };
    if (isInsideOf(world, fixed.tenant, source)) return { verdict: dropped('martian-source') };
    return { verdict: backByStatic(world, fixed, arrival, packet) };
  }
  const chunk = packet.kind === 'ipv4' ? chunkAt(world, iface, packet, inPieces) : undefined;
  const isMartian = isMartianFromOutside(world, iface, sourceOf(packet)) || isLinkLocal(sourceOf(packet));
  const stray = (): Judgement => {
    if (isMartian) return { verdict: dropped('martian-source') };
    const isNowhere = isNeverRouted(destinationOf(packet));
    return { verdict: dropped(isNowhere ? 'martian-destination' : 'unknown-outside-address') };
  };
  const forwarded = packet.kind === 'ipv4' && !inPieces ? forwardAt(world, iface, packet) : undefined;
  // Errors about its connections, and what else there is of ICMP.
  const addressed =
    packet.kind === 'ipv4' && packet.payload.kind === 'icmp'
      ? forwardingTenantAt(world, iface, packet.destination)
      : forwarded?.tenant;
  if (packet.kind !== 'ipv4' || (!chunk && addressed === undefined)) return stray();
  if (chunk && chunk.node !== world.self) {
    const site = siteOfNode(world, chunk.node);
    if (site.kind !== 'peer' || fromPeer) return stray();
    return { verdict: relayed(world, 'to-nat', iface, site, frame) };
  }
  const tenant = chunk?.tenant ?? addressed ?? '';
  if (isError(packet)) {
    const quote = quoteOf(packet);
    const about = quote && quotedFromOutside(connections, tenant, quote);
    // As only the inside could send it: it would have an address of ours.
    const isFromThere = !about && quote && quotedFromInside(connections, tenant, quote);
    if (!about) return { verdict: dropped(isFromThere ? 'martian-source' : 'invalid') };
    // Who is answered was asked; an error may come from anybody.
    if (isMartian) return { verdict: dropped('martian-source') };
    // An error has 576 bytes at the most (RFC 1812 section 4.3.2.3), and the type of one in pieces is not seen.
    if (isUnroutable(packet) || inPieces) return { verdict: dropped('unroutable-icmp') };
    if (isInsideOf(world, tenant, sourceOf(packet))) return { verdict: dropped('martian-source') };
    return { verdict: backIn(world, tenant, frame, errorTranslatedBack(packet, about)) };
  }
  const flow = flowOf(packet);
  if (!flow) return { verdict: dropped('invalid') };
  const known = knownFromOutside(connections, tenant, packet, flow);
  const { payload } = packet;
  const tcp = known?.tcp && payload.kind === 'tcp' ? takes(known.tcp, 'remote', payload) : undefined;
  if (tcp === 'invalid') return { verdict: dropped('invalid') };
  if (known?.isFromOutside && tcp === 'again' && (isMartian || isInsideOf(world, tenant, sourceOf(packet))))
    return { verdict: dropped('martian-source') };
  if (known?.isFromOutside && tcp === 'again')
    return { verdict: backIn(world, tenant, frame, translatedBack(packet, known)) };
  if (known && tcp !== 'anew' && tcp !== 'again') {
    const changes = tcp && { changes: { was: known, becomes: { ...known, tcp } } };
    return { verdict: backIn(world, tenant, frame, translatedBack(packet, known)), ...changes };
  }
  if (!canOpen(packet, flow)) return { verdict: dropped('invalid') };
  const changes = known && tcp !== 'again' && { changes: { was: known, becomes: undefined } };
  const isSpoofed = isMartian || isInsideOf(world, tenant, sourceOf(packet));
  if (isSpoofed || !forwarded || (known && tcp === 'again'))
    return { verdict: dropped(isSpoofed ? 'martian-source' : 'new-from-outside'), ...changes };
  const inside = parseIp(forwarded.inside);
  const opened: Connection = {
    ...{ tenant, protocol: forwarded.protocol, isFromOutside: true, icmpType: 0 },
    ...{ inside: inside.family === 4 ? inside.value : 0, insidePort: insidePortOf(forwarded, flow.destinationPort) },
    ...{ remote: packet.source, remotePort: flow.sourcePort },
    ...{ outside: packet.destination, outsidePort: flow.destinationPort },
    ...(payload.kind === 'tcp' ? { tcp: begun(payload, 'remote') } : {}),
  };
  // What the host answered would have two meanings.
  if (connections.fromInside(opened)) return { verdict: dropped('nat-exhausted'), ...changes };
  return { verdict: backIn(world, tenant, frame, translatedBack(packet, opened)), opens: opened, ...changes };
}

function backIn(world: World, tenant: string, frame: Arrival['frame'], back: IpPacket): Verdict {
  const to = destinationOf(back);
  if (isNeverRouted(to) || isBroadcastOf(world, tenant, to)) return dropped('martian-destination');
  if (isExpired(back)) return dropped('ttl-exceeded');
  const hop = lookUp(world, tenant, to);
  if (!hop) return dropped('no-route');
  // Back out again it would need a rule of its own, which is for what comes from inside.
  return hop.iface.role === 'inner' ? forward(world, hop, frame, back) : dropped('not-natted');
}
