// From what a match's text has said to the match that OVS sends (OVS lib/nx-match.c, nx_put_raw()): which field
// `tp_src=80` means is known only when the protocol is, wherever it stands.

import { canonicalMatch } from '../../flow/canonical-match.ts';
import { type FieldName, fieldOf } from '../../flow/fields.ts';
import type { Match, MatchField } from '../../flow/match.ts';
import { etherTypes, protocols } from '../../flow/protocol-numbers.ts';
import { unexpected } from './cursor.ts';
import type { MatchDraft, Stated } from './match-draft.ts';
import { ethernetPacket, isArp, isIp, isNeighborDiscovery, lacking, meets, type Packet, typeOf } from './packet.ts';

function numberIn(places: MatchDraft['places'], name: FieldName): number {
  return Number(places.get(name)?.value ?? 0);
}

/** What the match says of its packets. */
export function packetOf({ places }: MatchDraft): Packet {
  const tci = places.get('vlan_tci');
  const state = places.get('ct_state');
  const packetType = numberIn(places, 'packet_type');
  const isTyped = packetType >>> 16 === 1;
  return {
    packetType,
    etherType: isTyped ? packetType & 0xffff : numberIn(places, 'eth_type'),
    tag: (Number(tci?.value ?? 0) & 0x1000) !== 0,
    innerTag: false,
    protocol: numberIn(places, 'nw_proto'),
    laterFragment: (numberIn(places, 'ip_frag') & 2) !== 0,
    icmpType: numberIn(places, 'tcp_src'),
    icmpCode: numberIn(places, 'tcp_dst'),
    ctState: state ? Number(state.value) & Number(state.mask ?? 0xff) : 0,
    ctStateMask: state ? Number(state.mask ?? 0xff) : 0,
  };
}

type Side = 'src' | 'dst';

function portField(packet: Packet, side: Side): FieldName | undefined {
  if (!isIp(packet)) return undefined;
  const isSource = side === 'src';
  switch (packet.protocol) {
    case protocols.tcp:
      return `tcp_${side}`;
    case protocols.udp:
      return `udp_${side}`;
    case protocols.sctp:
      return `sctp_${side}`;
    case protocols.icmp:
      if (typeOf(packet) !== etherTypes.ipv4) return undefined;
      return isSource ? 'icmp_type' : 'icmp_code';
    case protocols.icmpv6:
      if (typeOf(packet) !== etherTypes.ipv6) return undefined;
      return isSource ? 'icmpv6_type' : 'icmpv6_code';
    default:
      return undefined;
  }
}

/** The field that a place is in such packets; undefined when they have none there. */
function fieldAt(place: FieldName, packet: Packet): FieldName | undefined {
  switch (place) {
    case 'tcp_src':
      return portField(packet, 'src');
    case 'tcp_dst':
      return portField(packet, 'dst');
    case 'ip_src':
      return typeOf(packet) === etherTypes.ipv4 ? 'ip_src' : isArp(packet) ? 'arp_spa' : undefined;
    case 'ip_dst':
      return typeOf(packet) === etherTypes.ipv4 ? 'ip_dst' : isArp(packet) ? 'arp_tpa' : undefined;
    case 'nw_proto':
      return isIp(packet) ? 'nw_proto' : isArp(packet) ? 'arp_op' : undefined;
    case 'arp_sha':
      return isArp(packet) ? 'arp_sha' : isNeighborDiscovery(packet, 135) ? 'nd_sll' : undefined;
    case 'arp_tha':
      return isArp(packet) ? 'arp_tha' : isNeighborDiscovery(packet, 136) ? 'nd_tll' : undefined;
    case 'eth_type':
      return place;
    case 'tcp_flags':
      if (isIp(packet) && packet.protocol === protocols.tcp) return place;
      return isNeighborDiscovery(packet) ? 'nd_options_type' : undefined;
    default: {
      const { prerequisite } = fieldOf(place);
      // These OVS sends whatever stands beside them; the switch says what is missing.
      if (prerequisite === 'nsh' || prerequisite === 'ct') return place;
      return meets(prerequisite, packet) ? place : undefined;
    }
  }
}

/** A TCI as OpenFlow 1.2 and later say it: the priority only of a tag, and only whole. */
function tciFields({ value, mask, where }: Stated): readonly MatchField[] {
  const bits = Number(mask ?? 0xffff);
  const tci = Number(value);
  const vidMask = bits & 0x1fff;
  if (vidMask === 0) throw unexpected(where, 'with the priority also vlan_vid, or the bit 0x1000 of a tag');
  const vid: MatchField = { field: 'vlan_vid', value: tci & 0x1fff, mask: vidMask };
  return tci & 0x1fff && bits & 0xe000 ? [vid, { field: 'vlan_pcp', value: tci >> 13 }] : [vid];
}

function nameAt(place: FieldName, { where, field: said }: Stated, packet: Packet, draft: MatchDraft): FieldName {
  const name = fieldAt(place, packet);
  if (!name) throw unexpected(where, lacking(said));
  // OVS sends the ports of a connection only with its protocol.
  if ((name === 'ct_tp_src' || name === 'ct_tp_dst') && !draft.places.get('ct_nw_proto')?.value) {
    throw unexpected(where, `with ${name} also a ct_nw_proto`);
  }
  return name;
}

function resolve(place: FieldName, stated: Stated, packet: Packet, draft: MatchDraft): MatchField {
  const { value, mask, bytes, where, field: said } = stated;
  const name = nameAt(place, stated, packet, draft);
  const field = fieldOf(name);
  if (name !== said) {
    if (mask !== undefined && !field.maskable) throw unexpected(where, `no mask: ${name} is matched as a whole`);
    if (Number(value) >= 2 ** (8 * field.bytes)) throw unexpected(where, `a value of ${field.bits} bits for ${name}`);
  }
  if (name === 'eth_type') return { field: name, value: packet.etherType };
  if (mask === undefined) return { field: name, value };
  return bytes === undefined ? { field: name, value, mask } : { field: name, value, mask, bytes };
}

/**
 * The match of a draft, each field once, in wire order.
 * @throws OpenFlowTextError for a field that needs another one
 */
export function buildMatch(draft: MatchDraft, packet: Packet): Match {
  const fields: MatchField[] = [];
  // By keys: a pair would be made for each of the entries.
  for (const place of draft.places.keys()) {
    const stated = draft.places.get(place) as Stated;
    if (place === 'vlan_tci') fields.push(...tciFields(stated));
    else fields.push(resolve(place, stated, packet, draft));
  }
  const match = canonicalMatch(fields);
  // Any field of an Ethernet packet says that the packet is one; only without such a field it has to be said.
  const isEthernet = draft.ethernet && packet.packetType === ethernetPacket;
  const implied = match.some(({ field }) => fieldOf(field).prerequisite !== 'none');
  return isEthernet && !implied ? [{ field: 'packet_type', value: 0 }, ...match] : match;
}
