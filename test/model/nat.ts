// Third question: towards the outside, under which address? A rule of the tenant must cover it, and the node must have a chunk
// of the rule's pool; from outside, a chunk's address and port say whose connection it is.

import { type Ip, parseIp, parsePrefix, prefixContains } from '../../src/lib/address.ts';
import type { Ipv4Packet } from '../../src/openflow/packet/ip.ts';
import type { ChunkAllocation } from '../../src/policy/allocation.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import type { NatRuleDocument } from '../../src/policy/kinds/nat-rules.ts';
import type { Connection, Connections } from './connections.ts';
import { type Quote, requestOf, requoted } from './icmp-error.ts';
import { leavesForwarded, standsForwarded } from './port-forward.ts';
import { lookUp } from './route.ts';
import { staticOf } from './static-nat.ts';
import { hasAddress, type World } from './world.ts';

/** What NAT can tell apart: the ends of a TCP or UDP packet, or an ICMP echo and its like by the identifier. */
export interface Flow {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of the request, 8 of an echo; 0 of TCP and UDP. */
  readonly icmpType: number;
  /** An ICMP reply. */
  readonly isReply: boolean;
}

/** Undefined: no translation is possible. An echo's identifier is both its ports. */
export function flowOf({ payload }: Ipv4Packet): Flow | undefined {
  // Of UDP a checksum of zero says that there is none.
  const isSound = !('checksum' in payload) || (payload.kind === 'udp' && payload.checksum === 0);
  if (!isSound) return undefined;
  switch (payload.kind) {
    case 'tcp':
    case 'udp': {
      const { kind, sourcePort, destinationPort } = payload;
      if (sourcePort === 0 || destinationPort === 0) return undefined;
      return { protocol: kind, sourcePort, destinationPort, icmpType: 0, isReply: false };
    }
    case 'icmp': {
      const id = payload.rest >>> 16;
      const icmpType = requestOf(payload.type);
      if (payload.code !== 0 || icmpType === undefined) return undefined;
      return { protocol: 'icmp', sourcePort: id, destinationPort: id, icmpType, isReply: icmpType !== payload.type };
    }
    default:
      return undefined;
  }
}

/** Rules about a source, of those whose pool is on the way out. */
export function rulesFrom(
  { documents }: World,
  tenant: string,
  egress: InterfaceDocument,
  source: Ip,
): readonly NatRuleDocument[] {
  return [...documents['nat-rules'].values()]
    .filter(rule => rule.tenant === tenant && documents['nat-pools'].get(rule.pool)?.interface === egress.name)
    .filter(rule => prefixContains(parsePrefix(rule.source), source));
}

/** Without a port: of a packet in pieces none is seen. */
type FarEnd = Pick<Connection, 'protocol' | 'remote'> & { readonly remotePort: number | undefined };

/**
 * The most specific rule that covers a connection. A rule with several destinations is as specific as the longest that covers it.
 * @returns undefined also where rules are about its source, and none about where it goes; `unseen`: the port would say
 */
export function ruleFor(
  world: World,
  tenant: string,
  egress: InterfaceDocument,
  source: Ip,
  to: FarEnd,
): NatRuleDocument | 'unseen' | undefined {
  const specific = rulesFrom(world, tenant, egress, source).flatMap(rule => {
    const destination = destinationOf(rule, to);
    if (destination === undefined) return [];
    const detail = rule.ports ? 2 : rule.protocol ? 1 : 0;
    return [{ rule, by: [parsePrefix(rule.source).length, destination, detail] }];
  });
  const [best] = specific.sort((a, b) => b.by.map((each, i) => each - (a.by[i] ?? 0)).find(each => each !== 0) ?? 0);
  return to.remotePort === undefined && best?.rule.ports ? 'unseen' : best?.rule;
}

/** How long the prefix of the rule's destinations is that covers it; undefined: it covers something else. */
function destinationOf(rule: NatRuleDocument, { protocol, remote, remotePort }: FarEnd): number | undefined {
  const { destinations = ['0.0.0.0/0'], except = [], ports } = rule;
  const ip: Ip = { family: 4, value: remote };
  const lengths = (prefixes: readonly string[]) =>
    prefixes
      .map(parsePrefix)
      .filter(prefix => prefixContains(prefix, ip))
      .map(({ length }) => length);
  if (lengths(except).length > 0) return undefined;
  if (rule.protocol !== undefined && rule.protocol !== protocol) return undefined;
  if (ports && remotePort !== undefined && (remotePort < ports.min || remotePort > ports.max)) return undefined;
  const covering = lengths(destinations);
  return covering.length > 0 ? Math.max(...covering) : undefined;
}

export function chunkOf({ chunks, self }: World, { tenant, pool }: NatRuleDocument): ChunkAllocation | undefined {
  return chunks.find(chunk => chunk.tenant === tenant && chunk.pool === pool && chunk.node === self);
}

/**
 * Whether what the world says today could have made the connection; one that it could not must be gone. With rules
 * towards several interfaces it is the one that counts to which the far end is routed.
 */
export function stands(world: World, connection: Connection): boolean {
  const { tenant, protocol, inside, remote, outside, outsidePort } = connection;
  const { documents } = world;
  if (connection.isFromOutside) return standsForwarded(world, connection);
  const rules = [...documents['nat-rules'].values()].filter(rule => rule.tenant === tenant);
  const statics = [...documents['static-nats'].values()].filter(
    each => each.tenant === tenant && parseIp(each.inside).family === 4,
  );
  const towards = [...documents.interfaces.values()].filter(
    iface =>
      rules.some(rule => documents['nat-pools'].get(rule.pool)?.interface === iface.name) ||
      statics.some(each => each.interface === iface.name),
  );
  const routed = lookUp(world, tenant, { family: 4, value: remote })?.iface;
  return (routed && towards.includes(routed) ? [routed] : towards).some(iface => {
    const from: Ip = { family: 4, value: inside };
    const rule = staticOf(world, tenant, iface, from) ? undefined : ruleFor(world, tenant, iface, from, connection);
    const chunk = rule && rule !== 'unseen' && chunkOf(world, rule);
    if (!chunk || parseIp(chunk.address).value !== outside) return false;
    if (protocol === 'icmp') return chunk.icmp;
    return outsidePort >= chunk.port && outsidePort < chunk.port + chunk.size;
  });
}

/** The last check: out goes only what has an address and port that is the tenant's, here, and of a pool on the way out. */
export function mayLeave(
  world: World,
  tenant: string,
  egress: InterfaceDocument,
  { source, payload }: Ipv4Packet,
  inPieces: boolean,
): boolean {
  const { documents, chunks, self } = world;
  if (leavesForwarded(world, tenant, egress, { source, payload } as Ipv4Packet, inPieces)) return true;
  return chunks.some(chunk => {
    if (chunk.tenant !== tenant || chunk.node !== self) return false;
    if (documents['nat-pools'].get(chunk.pool)?.interface !== egress.name) return false;
    if (!hasAddress([chunk.address], { family: 4, value: source })) return false;
    // The ports of a piece are not seen.
    if (inPieces) return true;
    if (payload.kind === 'icmp') return chunk.icmp;
    const port = payload.kind === 'tcp' || payload.kind === 'udp' ? payload.sourcePort : -1;
    return port >= chunk.port && port < chunk.port + chunk.size;
  });
}

/** Whose chunk a packet from outside is addressed to. The ports of a piece are not seen. */
export function chunkAt(
  { documents, chunks }: World,
  iface: InterfaceDocument,
  { destination, payload }: Ipv4Packet,
  inPieces: boolean,
): ChunkAllocation | undefined {
  return chunks.find(chunk => {
    if (documents['nat-pools'].get(chunk.pool)?.interface !== iface.name) return false;
    if (parseIp(chunk.address).value !== destination) return false;
    switch (payload.kind) {
      case 'tcp':
      case 'udp':
        return !inPieces && payload.destinationPort >= chunk.port && payload.destinationPort < chunk.port + chunk.size;
      case 'icmp':
        return chunk.icmp;
      default:
        return false;
    }
  });
}

/** The packet as the outside sees it. */
export function translated(packet: Ipv4Packet, { outside, outsidePort }: Connection): Ipv4Packet {
  const { payload } = packet;
  const moved = payload.kind === 'tcp' || payload.kind === 'udp' ? { ...payload, sourcePort: outsidePort } : payload;
  return { ...packet, source: outside, payload: moved };
}

/** A reply as the inside sees it. */
export function translatedBack(packet: Ipv4Packet, { inside, insidePort }: Connection): Ipv4Packet {
  const { payload } = packet;
  const moved =
    payload.kind === 'tcp' || payload.kind === 'udp' ? { ...payload, destinationPort: insidePort } : payload;
  return { ...packet, destination: inside, payload: moved };
}

/** The connection that a packet from inside belongs to, if there is one. */
export function knownFromInside(connections: Connections, tenant: string, packet: Ipv4Packet, flow: Flow) {
  if (flow.isReply) return undefined;
  return connections.fromInside({
    tenant,
    protocol: flow.protocol,
    icmpType: flow.icmpType,
    inside: packet.source,
    insidePort: flow.sourcePort,
    remote: packet.destination,
    remotePort: flow.destinationPort,
  });
}

/** The same of a packet from outside. */
export function knownFromOutside(connections: Connections, tenant: string, packet: Ipv4Packet, flow: Flow) {
  if (flow.protocol === 'icmp' && !flow.isReply) return undefined;
  return connections.fromOutside({
    tenant,
    protocol: flow.protocol,
    icmpType: flow.icmpType,
    outside: packet.destination,
    outsidePort: flow.destinationPort,
    remote: packet.source,
    remotePort: flow.sourcePort,
  });
}

/** The connection that an error is about: what it quotes went the other way. */
export function quotedFromInside(connections: Connections, tenant: string, quote: Quote): Connection | undefined {
  const icmpType = quote.protocol === 'icmp' ? requestOf(quote.type) : 0;
  if (icmpType === undefined || (quote.protocol === 'icmp' && icmpType === quote.type)) return undefined;
  return connections.fromInside({
    tenant,
    protocol: quote.protocol,
    icmpType,
    inside: quote.destination,
    insidePort: quote.destinationPort,
    remote: quote.source,
    remotePort: quote.sourcePort,
  });
}

/** The same of an error from outside. */
export function quotedFromOutside(connections: Connections, tenant: string, quote: Quote): Connection | undefined {
  const icmpType = quote.protocol === 'icmp' ? requestOf(quote.type) : 0;
  if (icmpType === undefined || (quote.protocol === 'icmp' && icmpType !== quote.type)) return undefined;
  return connections.fromOutside({
    tenant,
    protocol: quote.protocol,
    icmpType,
    outside: quote.source,
    outsidePort: quote.sourcePort,
    remote: quote.destination,
    remotePort: quote.destinationPort,
  });
}

/** An error from inside, as the outside sees it: whoever sends it, it comes from the address that the connection has. */
export function errorTranslated(packet: Ipv4Packet, { outside, outsidePort }: Connection): Ipv4Packet {
  const { payload } = packet;
  if (payload.kind !== 'icmp') return packet;
  const data = requoted(payload.data, 'destination', outside, outsidePort);
  return { ...packet, source: outside, payload: { ...payload, data } };
}

/** An error from outside, as the inside sees it. */
export function errorTranslatedBack(packet: Ipv4Packet, { inside, insidePort }: Connection): Ipv4Packet {
  const { payload } = packet;
  if (payload.kind !== 'icmp') return packet;
  const data = requoted(payload.data, 'source', inside, insidePort);
  return { ...packet, destination: inside, payload: { ...payload, data } };
}
