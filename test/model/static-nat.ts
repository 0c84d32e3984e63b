// An address inside that has one outside: whoever begins, it is the one there and the other here. Nothing is remembered, and so an
// error, which quotes what it is about, cannot be told in the other side's words: it ends.

import { type Ip, parseIp, sameIp } from '../../src/lib/address.ts';
import type { IpPacket } from '../../src/openflow/packet/ip.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import type { StaticNatDocument } from '../../src/policy/kinds/static-nats.ts';
import { adjusted } from './checksum.ts';
import type { World } from './world.ts';

function all({ documents }: World): StaticNatDocument[] {
  return [...documents['static-nats'].values()];
}

/** Who has an outside address on an interface. */
export function staticAt(world: World, iface: InterfaceDocument, outside: Ip): StaticNatDocument | undefined {
  return all(world).find(each => each.interface === iface.name && sameIp(parseIp(each.outside), outside));
}

/** What an inside address is on an interface. */
export function staticOf(
  world: World,
  tenant: string,
  iface: InterfaceDocument,
  inside: Ip,
): StaticNatDocument | undefined {
  return all(world).find(
    each => each.tenant === tenant && each.interface === iface.name && sameIp(parseIp(each.inside), inside),
  );
}

/** From one who has an outside address to another on the same interface: of one's own ways out first. */
export function turned(world: World, tenant: string, source: Ip, destination: Ip) {
  const ways = [...world.documents.interfaces.values()].filter(
    iface => iface.role === 'outer' && (iface.tenant === undefined || iface.tenant === tenant),
  );
  const own = (iface: InterfaceDocument): boolean => iface.tenant !== undefined;
  for (const iface of [...ways.filter(own), ...ways.filter(each => !own(each))]) {
    const to = staticAt(world, iface, destination);
    if (!to) continue;
    const from = staticOf(world, tenant, iface, source);
    return from && { from, to };
  }
  return undefined;
}

/**
 * Queries and their answers go through; what else there is of ICMP may quote. Of IPv4 no pieces but of what has no checksum over
 * addresses: Open vSwitch would write into those after the first.
 */
export function isTranslatable({ kind, payload }: IpPacket, inPieces: boolean): boolean {
  if (inPieces && (payload.kind === 'udp' || payload.kind === 'tcp') && kind === 'ipv4') return false;
  if (payload.kind === 'icmp') return !inPieces && [0, 8, 13, 14, 15, 16].includes(payload.type);
  return payload.kind !== 'icmpv6' || (!inPieces && [128, 129].includes(payload.type));
}

/** The packet with another address at one end: a checksum that counts it follows. */
export function readdressed(packet: IpPacket, end: 'source' | 'destination', text: string): IpPacket {
  const to = parseIp(text);
  const before: Ip = packet.kind === 'ipv4' ? { family: 4, value: packet[end] } : { family: 6, value: packet[end] };
  const { payload } = packet;
  const counts = payload.kind === 'tcp' || payload.kind === 'udp' || payload.kind === 'icmpv6';
  const wrong = counts && 'checksum' in payload ? payload.checksum : undefined;
  // Of UDP over IPv4 zero says that there is none.
  const isNone = packet.kind === 'ipv4' && payload.kind === 'udp' && wrong === 0;
  let moved = payload;
  if (wrong !== undefined && !isNone) {
    const [a, b] = [words(before), words(to)];
    const checksum = adjusted(
      wrong,
      a.map((word, i) => [word, b[i] ?? 0]),
    );
    moved = { ...payload, checksum: payload.kind === 'udp' && checksum === 0 ? 0xffff : checksum } as typeof payload;
  }
  return { ...packet, [end]: to.value, payload: moved } as IpPacket;
}

function words({ family, value }: Ip): number[] {
  return Array.from({ length: family === 4 ? 2 : 8 }, (_, i) => Number((BigInt(value) >> BigInt(16 * i)) & 0xffffn));
}
