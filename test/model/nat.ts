// Third question: towards the outside, under which address? A rule of the tenant must cover it, and the node must have a chunk
// of the rule's pool; from outside, a chunk's address and port say whose connection it is.

import { type Ip, parseIp, parsePrefix, prefixContains } from '../../src/lib/address.ts';
import type { Ipv4Packet } from '../../src/openflow/packet/ip.ts';
import type { ChunkAllocation } from '../../src/policy/allocation.ts';
import type { InterfaceDocument, NatRuleDocument } from '../../src/policy/documents.ts';
import type { Connection, Connections } from './connections.ts';
import type { World } from './world.ts';

/** What NAT can tell apart: the ends of a TCP or UDP packet, or an ICMP echo by its identifier. */
export interface Flow {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Undefined: no translation is possible. An echo's identifier is both its ports. */
export function flowOf({ payload }: Ipv4Packet): Flow | undefined {
  switch (payload.kind) {
    case 'tcp':
    case 'udp': {
      const { kind, sourcePort, destinationPort } = payload;
      return { protocol: kind, sourcePort, destinationPort };
    }
    case 'icmp': {
      const id = payload.rest >>> 16;
      return payload.type === 8 || payload.type === 0
        ? { protocol: 'icmp', sourcePort: id, destinationPort: id }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** The rule with the longest source prefix, of those whose pool is on the way out. */
export function ruleFor(
  { documents }: World,
  tenant: string,
  egress: InterfaceDocument,
  source: Ip,
): NatRuleDocument | undefined {
  const [best] = [...documents['nat-rules'].values()]
    .filter(rule => rule.tenant === tenant && documents['nat-pools'].get(rule.pool)?.interface === egress.name)
    .filter(rule => prefixContains(parsePrefix(rule.source), source))
    .sort((a, b) => parsePrefix(b.source).length - parsePrefix(a.source).length);
  return best;
}

export function chunkOf({ chunks, self }: World, { tenant, pool }: NatRuleDocument): ChunkAllocation | undefined {
  return chunks.find(chunk => chunk.tenant === tenant && chunk.pool === pool && chunk.node === self);
}

/** Whether what the world says today could have made the connection; one that it could not must be gone. */
export function stands(world: World, { tenant, protocol, inside, outside, outsidePort }: Connection): boolean {
  return [...world.documents.interfaces.values()].some(iface => {
    const rule = iface.role === 'outer' ? ruleFor(world, tenant, iface, { family: 4, value: inside }) : undefined;
    const chunk = rule && chunkOf(world, rule);
    if (!chunk || parseIp(chunk.address).value !== outside) return false;
    if (protocol === 'icmp') return chunk.icmp;
    return outsidePort >= chunk.port && outsidePort < chunk.port + chunk.size;
  });
}

/** Whose chunk a packet from outside is addressed to. */
export function chunkAt(
  { documents, chunks }: World,
  iface: InterfaceDocument,
  { destination, payload }: Ipv4Packet,
): ChunkAllocation | undefined {
  return chunks.find(chunk => {
    if (documents['nat-pools'].get(chunk.pool)?.interface !== iface.name) return false;
    if (parseIp(chunk.address).value !== destination) return false;
    switch (payload.kind) {
      case 'tcp':
      case 'udp':
        return payload.destinationPort >= chunk.port && payload.destinationPort < chunk.port + chunk.size;
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
  return connections.fromInside({
    tenant,
    protocol: flow.protocol,
    inside: packet.source,
    insidePort: flow.sourcePort,
    remote: packet.destination,
    remotePort: flow.destinationPort,
  });
}

/** The same of a packet from outside. */
export function knownFromOutside(connections: Connections, tenant: string, packet: Ipv4Packet, flow: Flow) {
  return connections.fromOutside({
    tenant,
    protocol: flow.protocol,
    outside: packet.destination,
    outsidePort: flow.destinationPort,
    remote: packet.source,
    remotePort: flow.sourcePort,
  });
}
