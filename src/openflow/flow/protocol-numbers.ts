// Numbers of protocols, written once.

/** EtherTypes. */
export const etherTypes = {
  ipv4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  vlan: 0x8100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  serviceVlan: 0x88a8,
  lldp: 0x88cc,
  nsh: 0x894f,
} as const;

/** Protocols of IPv4, and next headers of IPv6. */
export const protocols = { icmp: 1, igmp: 2, tcp: 6, udp: 17, fragment: 44, icmpv6: 58, sctp: 132 } as const;
