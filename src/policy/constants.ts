// Numbers of the protocols that the flows name. Sources beside each group.

/** EtherTypes (IEEE 802 numbers). */
export const etherTypes = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, serviceVlan: 0x88a8 } as const;

/** IP protocol numbers (IANA). */
export const protocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** RFC 792, RFC 1256. */
export const icmpTypes = {
  echoReply: 0,
  sourceQuench: 4,
  redirect: 5,
  echoRequest: 8,
  routerAdvertisement: 9,
  routerSolicitation: 10,
  timestamp: 13,
  timestampReply: 14,
  information: 15,
  informationReply: 16,
} as const;

/** RFC 4443, RFC 4861, RFC 3122, RFC 3971. */
export const icmpv6Types = {
  echoRequest: 128,
  echoReply: 129,
  routerSolicitation: 133,
  neighbourSolicitation: 135,
  redirect: 137,
  inverseSolicitation: 141,
  inverseAdvertisement: 142,
  certificationPathSolicitation: 148,
  certificationPathAdvertisement: 149,
} as const;

/** Router and neighbour discovery, RFC 4861 section 4: ICMPv6 types 133 to 137. */
export const discoveryTypes: readonly number[] = Array.from(
  { length: icmpv6Types.redirect - icmpv6Types.routerSolicitation + 1 },
  (_, i) => icmpv6Types.routerSolicitation + i,
);

/** RFC 826. */
export const arpOps = { request: 1, reply: 2 } as const;

/** Bits of ct_state (ovs-fields(7)). */
export const ctStates = {
  new: 0x01,
  established: 0x02,
  related: 0x04,
  reply: 0x08,
  invalid: 0x10,
  tracked: 0x20,
  sourceNat: 0x40,
  destinationNat: 0x80,
} as const;

/** OpenFlow 1.5.1 section 7.2.1.2. */
export const reservedPorts = { controller: 0xfffffffd, local: 0xfffffffe } as const;

/** OFPVID_PRESENT, OpenFlow 1.5.1 section 7.2.3.8: with the VLAN ID, a tagged packet; 0 alone, an untagged one. */
export const vlanPresent = 0x1000;
export const untagged = 0;
