// What is known of a packet at some point of a flow, and whether that is what a field needs (OVS lib/meta-flow.c,
// mf_are_prereqs_ok(); lib/flow.h). As in OVS, what is not known is zero.

import { type FieldName, fieldOf, type Prerequisite, prerequisites } from '../../flow/fields.ts';
import { etherTypes, protocols } from '../../flow/protocol-numbers.ts';

/** What actions change as they go through a packet; what they do not, the match has said. */
export interface Packet {
  /** Namespace in the high 16 bits, type in the low; 0 is Ethernet. */
  packetType: number;
  etherType: number;
  /** Of the two outermost tags, those that are there. */
  tag: boolean;
  innerTag: boolean;
  protocol: number;
  readonly laterFragment: boolean;
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly ctState: number;
  readonly ctStateMask: number;
}

export const ethernetPacket = 0;
const ethertypeNamespace = 1;

/** The Ethertype, whether there is an Ethernet header to say it or a packet_type. */
export function typeOf({ packetType, etherType }: Packet): number {
  if (packetType === ethernetPacket) return etherType;
  return packetType >>> 16 === ethertypeNamespace ? packetType & 0xffff : 0;
}

export function isIp(packet: Packet): boolean {
  const type = typeOf(packet);
  return type === etherTypes.ipv4 || type === etherTypes.ipv6;
}

export function isMpls(packet: Packet): boolean {
  const type = typeOf(packet);
  return type === etherTypes.mpls || type === etherTypes.mplsMulticast;
}

export function isArp(packet: Packet): boolean {
  const type = typeOf(packet);
  return type === etherTypes.arp || type === etherTypes.rarp;
}

export function isNeighborDiscovery(packet: Packet, type?: number): boolean {
  const { protocol, icmpType, icmpCode } = packet;
  const isMessage = type === undefined ? icmpType === 135 || icmpType === 136 : icmpType === type;
  return typeOf(packet) === etherTypes.ipv6 && protocol === protocols.icmpv6 && icmpCode === 0 && isMessage;
}

const ctState = {
  new: 1,
  established: 2,
  related: 4,
  reply: 8,
  invalid: 0x10,
  tracked: 0x20,
  source: 0x40,
  destination: 0x80,
};
const ctValid =
  ctState.new | ctState.established | ctState.related | ctState.reply | ctState.source | ctState.destination;

/** Whether conntrack must have found an entry: what the match says of ct_state leaves nothing else. */
export function isTracked({ ctState: state, ctStateMask }: Packet): boolean {
  if (state & ctValid) return true;
  return (state & ctState.tracked) !== 0 && (ctStateMask & ctState.invalid) !== 0 && (state & ctState.invalid) === 0;
}

export function isInvalid({ ctState: state }: Packet): boolean {
  return (state & ctState.invalid) !== 0;
}

function hasPorts(packet: Packet, protocol: number): boolean {
  return isIp(packet) && packet.protocol === protocol && !packet.laterFragment;
}

export function meets(needed: Prerequisite, packet: Packet): boolean {
  switch (needed) {
    case 'none':
      return true;
    case 'ethernet':
      return packet.packetType === ethernetPacket;
    case 'vlan':
      return packet.packetType === ethernetPacket && packet.tag;
    case 'mpls':
      return isMpls(packet);
    case 'nsh':
      return typeOf(packet) === etherTypes.nsh;
    case 'ipv4':
      return typeOf(packet) === etherTypes.ipv4;
    case 'ipv6':
      return typeOf(packet) === etherTypes.ipv6;
    case 'ip':
      return isIp(packet);
    case 'arp':
      return isArp(packet);
    case 'tcp':
      return hasPorts(packet, protocols.tcp);
    case 'udp':
      return hasPorts(packet, protocols.udp);
    case 'sctp':
      return hasPorts(packet, protocols.sctp);
    case 'icmp':
      return typeOf(packet) === etherTypes.ipv4 && packet.protocol === protocols.icmp;
    case 'icmpv6':
      return typeOf(packet) === etherTypes.ipv6 && packet.protocol === protocols.icmpv6;
    case 'nd':
      return isNeighborDiscovery(packet);
    case 'nd_solicit':
      return isNeighborDiscovery(packet, 135);
    case 'nd_advert':
      return isNeighborDiscovery(packet, 136);
    case 'ct':
      return isTracked(packet);
  }
}

/** What has to be said where conntrack must have found something. */
export const lackingState = 'a ct_state that says what conntrack found, such as +trk+est';

/** What has to be said beside a field. */
export function lacking(name: FieldName): string {
  const needed = fieldOf(name).prerequisite;
  if (needed === 'ethernet') return `with ${name} an Ethernet packet`;
  if (needed === 'ct') return `with ${name} also ${lackingState}`;
  const others = prerequisites[needed]
    .map(([field, oneOf]) => (oneOf ? `${field}=${oneOf.map(value => `0x${value.toString(16)}`).join(' or ')}` : field))
    .join(', ');
  return `with ${name} also ${others}`;
}
