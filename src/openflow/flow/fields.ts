// The one declaration of every field: what it is on the wire, how wide, what it needs, how it prints.
// Names, widths and text forms are those of ovs-fields(7); numbers are OpenFlow 1.5.1 section 7.2.3.7 and, for the
// NXM_NX_*, ERICOXM_* and PKT_REG classes, OVS include/openvswitch/meta-flow.h. To add a field, add a row.
//
// Rows stand in the order in which OVS prefers them on the wire: a field comes after the fields it needs.

/** How a value is written as text. */
export type FieldPrint =
  | 'decimal'
  | 'hex'
  | 'mac'
  | 'ipv4'
  | 'ipv6'
  | 'port'
  | 'ct_state'
  | 'tcp_flags'
  | 'tun_flags'
  | 'frag';

/** What else a match must contain before a field may be matched or set (OpenFlow 1.5.1 section 7.2.3.8). */
export type Prerequisite = keyof typeof prerequisites;

export const prerequisites = {
  none: [],
  vlan: [['vlan_vid', undefined]],
  mpls: [['eth_type', [0x8847, 0x8848]]],
  ipv4: [['eth_type', [0x0800]]],
  ipv6: [['eth_type', [0x86dd]]],
  ip: [['eth_type', [0x0800, 0x86dd]]],
  arp: [['eth_type', [0x0806, 0x8035]]],
  tcp: [
    ['eth_type', [0x0800, 0x86dd]],
    ['nw_proto', [6]],
  ],
  udp: [
    ['eth_type', [0x0800, 0x86dd]],
    ['nw_proto', [17]],
  ],
  sctp: [
    ['eth_type', [0x0800, 0x86dd]],
    ['nw_proto', [132]],
  ],
  icmp: [
    ['eth_type', [0x0800]],
    ['nw_proto', [1]],
  ],
  icmpv6: [
    ['eth_type', [0x86dd]],
    ['nw_proto', [58]],
  ],
  nd: [
    ['eth_type', [0x86dd]],
    ['nw_proto', [58]],
    ['icmpv6_type', [135, 136]],
  ],
  nd_solicit: [
    ['eth_type', [0x86dd]],
    ['nw_proto', [58]],
    ['icmpv6_type', [135]],
  ],
  nd_advert: [
    ['eth_type', [0x86dd]],
    ['nw_proto', [58]],
    ['icmpv6_type', [136]],
  ],
  /** Also `ct_state` with `trk` set, and an eth_type of the field's family. */
  ct: [
    ['eth_type', [0x0800, 0x86dd]],
    ['ct_state', undefined],
  ],
} as const satisfies Record<string, readonly (readonly [field: string, oneOf: readonly number[] | undefined])[]>;

export interface FieldSpec {
  /** OXM class and field number; see `oxmClasses`. */
  readonly oxmClass: number;
  readonly number: number;
  /** Bits of a subfield (`reg0[0..31]` has 32). */
  readonly bits: number;
  /** Bytes of the value on the wire. */
  readonly bytes: number;
  /** The bits that count: 13 for vlan_vid, whose bit 12 says "has a tag"; 8 for ct_state. */
  readonly valueBits: number;
  readonly maskable: boolean;
  readonly prerequisite: Prerequisite;
  readonly print: FieldPrint;
  /** The name `move` and `ct(zone=...)` print: OVS prefers the NXM name where there is one. */
  readonly oxmName: string;
  /** The name `set_field` prints where it is not the field's own. */
  readonly setName?: string;
  /** A second header that means the same, of the same width. */
  readonly alias?: { readonly oxmClass: number; readonly number: number };
  /** The header in actions, where it differs from the one in a match: OVS lets only NXM_OF_IN_PORT be set. */
  readonly inActions?: { readonly oxmClass: number; readonly number: number; readonly bits: 16 };
}

/** OXM classes by the prefix of a field's OXM name (OVS build-aux/extract-ofp-fields). */
export const oxmClasses = {
  NXM_OF_: 0x0000,
  NXM_NX_: 0x0001,
  ERICOXM_OF_: 0x1000,
  OXM_OF_: 0x8000,
  OXM_OF_PKT_REG: 0x8001,
} as const;

/** Class of the OXMs whose body starts with an experimenter's number. */
export const experimenterClass = 0xffff;

interface RowOptions {
  /** Not a whole number of bytes: the bits that count. */
  readonly valueBits?: number;
  readonly bytes?: number;
  readonly exact?: true;
  readonly needs?: Prerequisite;
  readonly nxm?: readonly [name: string, number: number];
  readonly setName?: string;
  readonly inActions?: FieldSpec['inActions'];
}

function classOf(name: string): number {
  let found = '';
  for (const prefix of Object.keys(oxmClasses)) {
    if (name.startsWith(prefix) && prefix.length > found.length) found = prefix;
  }
  return oxmClasses[found as keyof typeof oxmClasses];
}

function row(name: string, number: number, bits: number, print: FieldPrint, options: RowOptions = {}): FieldSpec {
  const { nxm, setName, inActions } = options;
  return {
    oxmClass: classOf(name),
    number,
    bits,
    bytes: options.bytes ?? Math.ceil(bits / 8),
    valueBits: options.valueBits ?? bits,
    maskable: !options.exact,
    prerequisite: options.needs ?? 'none',
    print,
    oxmName: nxm?.[0] ?? name,
    ...(setName && { setName }),
    ...(nxm && !inActions && { alias: { oxmClass: classOf(nxm[0]), number: nxm[1] } }),
    ...(inActions && { inActions }),
  };
}

const exact = true as const;

export const fields = {
  packet_type: row('OXM_OF_PACKET_TYPE', 44, 32, 'hex', { exact }),
  recirc_id: row('NXM_NX_RECIRC_ID', 36, 32, 'decimal', { exact }),
  conj_id: row('NXM_NX_CONJ_ID', 37, 32, 'decimal', { exact }),
  in_port: row('OXM_OF_IN_PORT', 0, 32, 'port', {
    exact,
    nxm: ['NXM_OF_IN_PORT', 0],
    inActions: { oxmClass: 0x0000, number: 0, bits: 16 },
  }),
  actset_output: row('OXM_OF_ACTSET_OUTPUT', 43, 32, 'port', { exact }),

  eth_src: row('OXM_OF_ETH_SRC', 4, 48, 'mac', { nxm: ['NXM_OF_ETH_SRC', 2] }),
  eth_dst: row('OXM_OF_ETH_DST', 3, 48, 'mac', { nxm: ['NXM_OF_ETH_DST', 1] }),
  eth_type: row('OXM_OF_ETH_TYPE', 5, 16, 'hex', { exact, nxm: ['NXM_OF_ETH_TYPE', 3] }),
  vlan_tci: row('NXM_OF_VLAN_TCI', 4, 16, 'hex'),
  vlan_vid: row('OXM_OF_VLAN_VID', 6, 12, 'decimal', { valueBits: 13 }),
  vlan_pcp: row('OXM_OF_VLAN_PCP', 7, 3, 'decimal', { exact, needs: 'vlan' }),

  mpls_tc: row('OXM_OF_MPLS_TC', 35, 3, 'decimal', { exact, needs: 'mpls' }),
  mpls_bos: row('OXM_OF_MPLS_BOS', 36, 1, 'decimal', { exact, needs: 'mpls' }),
  mpls_ttl: row('NXM_NX_MPLS_TTL', 30, 8, 'decimal', { exact, needs: 'mpls' }),
  mpls_label: row('OXM_OF_MPLS_LABEL', 34, 20, 'decimal', { exact, needs: 'mpls', bytes: 4 }),

  ip_src: row('OXM_OF_IPV4_SRC', 11, 32, 'ipv4', { needs: 'ipv4', nxm: ['NXM_OF_IP_SRC', 7] }),
  ip_dst: row('OXM_OF_IPV4_DST', 12, 32, 'ipv4', { needs: 'ipv4', nxm: ['NXM_OF_IP_DST', 8] }),
  ipv6_src: row('OXM_OF_IPV6_SRC', 26, 128, 'ipv6', { needs: 'ipv6', nxm: ['NXM_NX_IPV6_SRC', 19] }),
  ipv6_dst: row('OXM_OF_IPV6_DST', 27, 128, 'ipv6', { needs: 'ipv6', nxm: ['NXM_NX_IPV6_DST', 20] }),
  ip_frag: row('NXM_NX_IP_FRAG', 26, 2, 'frag', { needs: 'ip' }),
  nw_tos: row('NXM_OF_IP_TOS', 5, 8, 'decimal', { exact, needs: 'ip' }),
  ip_dscp: row('OXM_OF_IP_DSCP', 8, 6, 'decimal', { exact, needs: 'ip' }),
  ip_ecn: row('OXM_OF_IP_ECN', 9, 2, 'decimal', {
    exact,
    needs: 'ip',
    nxm: ['NXM_NX_IP_ECN', 28],
    setName: 'nw_ecn',
  }),
  nw_ttl: row('NXM_NX_IP_TTL', 29, 8, 'decimal', { exact, needs: 'ip' }),
  ipv6_label: row('OXM_OF_IPV6_FLABEL', 28, 20, 'hex', { needs: 'ipv6', bytes: 4, nxm: ['NXM_NX_IPV6_LABEL', 27] }),
  nw_proto: row('OXM_OF_IP_PROTO', 10, 8, 'decimal', { exact, needs: 'ip', nxm: ['NXM_OF_IP_PROTO', 6] }),

  tcp_src: row('OXM_OF_TCP_SRC', 13, 16, 'decimal', { needs: 'tcp', nxm: ['NXM_OF_TCP_SRC', 9] }),
  tcp_dst: row('OXM_OF_TCP_DST', 14, 16, 'decimal', { needs: 'tcp', nxm: ['NXM_OF_TCP_DST', 10] }),
  tcp_flags: row('OXM_OF_TCP_FLAGS', 42, 12, 'tcp_flags', { needs: 'tcp', nxm: ['NXM_NX_TCP_FLAGS', 34] }),
  udp_src: row('OXM_OF_UDP_SRC', 15, 16, 'decimal', { needs: 'udp', nxm: ['NXM_OF_UDP_SRC', 11] }),
  udp_dst: row('OXM_OF_UDP_DST', 16, 16, 'decimal', { needs: 'udp', nxm: ['NXM_OF_UDP_DST', 12] }),
  sctp_src: row('OXM_OF_SCTP_SRC', 17, 16, 'decimal', { needs: 'sctp' }),
  sctp_dst: row('OXM_OF_SCTP_DST', 18, 16, 'decimal', { needs: 'sctp' }),
  icmp_type: row('OXM_OF_ICMPV4_TYPE', 19, 8, 'decimal', { exact, needs: 'icmp', nxm: ['NXM_OF_ICMP_TYPE', 13] }),
  icmp_code: row('OXM_OF_ICMPV4_CODE', 20, 8, 'decimal', { exact, needs: 'icmp', nxm: ['NXM_OF_ICMP_CODE', 14] }),
  icmpv6_type: row('OXM_OF_ICMPV6_TYPE', 29, 8, 'decimal', {
    exact,
    needs: 'icmpv6',
    nxm: ['NXM_NX_ICMPV6_TYPE', 21],
  }),
  icmpv6_code: row('OXM_OF_ICMPV6_CODE', 30, 8, 'decimal', {
    exact,
    needs: 'icmpv6',
    nxm: ['NXM_NX_ICMPV6_CODE', 22],
  }),
  nd_reserved: row('ERICOXM_OF_ICMPV6_ND_RESERVED', 1, 32, 'decimal', { exact, needs: 'nd' }),
  nd_target: row('OXM_OF_IPV6_ND_TARGET', 31, 128, 'ipv6', { needs: 'nd', nxm: ['NXM_NX_ND_TARGET', 23] }),
  nd_options_type: row('ERICOXM_OF_ICMPV6_ND_OPTIONS_TYPE', 2, 8, 'decimal', { exact, needs: 'nd' }),
  nd_sll: row('OXM_OF_IPV6_ND_SLL', 32, 48, 'mac', { needs: 'nd_solicit', nxm: ['NXM_NX_ND_SLL', 24] }),
  nd_tll: row('OXM_OF_IPV6_ND_TLL', 33, 48, 'mac', { needs: 'nd_advert', nxm: ['NXM_NX_ND_TLL', 25] }),

  arp_op: row('OXM_OF_ARP_OP', 21, 16, 'decimal', { exact, needs: 'arp', nxm: ['NXM_OF_ARP_OP', 15] }),
  arp_spa: row('OXM_OF_ARP_SPA', 22, 32, 'ipv4', { needs: 'arp', nxm: ['NXM_OF_ARP_SPA', 16] }),
  arp_tpa: row('OXM_OF_ARP_TPA', 23, 32, 'ipv4', { needs: 'arp', nxm: ['NXM_OF_ARP_TPA', 17] }),
  arp_sha: row('OXM_OF_ARP_SHA', 24, 48, 'mac', { needs: 'arp', nxm: ['NXM_NX_ARP_SHA', 17] }),
  arp_tha: row('OXM_OF_ARP_THA', 25, 48, 'mac', { needs: 'arp', nxm: ['NXM_NX_ARP_THA', 18] }),

  tun_id: row('OXM_OF_TUNNEL_ID', 38, 64, 'hex', { nxm: ['NXM_NX_TUN_ID', 16] }),
  tun_flags: row('NXM_NX_TUN_FLAGS', 104, 1, 'tun_flags', { bytes: 2 }),
  tun_src: row('NXM_NX_TUN_IPV4_SRC', 31, 32, 'ipv4'),
  tun_dst: row('NXM_NX_TUN_IPV4_DST', 32, 32, 'ipv4'),
  tun_ipv6_src: row('NXM_NX_TUN_IPV6_SRC', 109, 128, 'ipv6'),
  tun_ipv6_dst: row('NXM_NX_TUN_IPV6_DST', 110, 128, 'ipv6'),
  tun_gbp_id: row('NXM_NX_TUN_GBP_ID', 38, 16, 'decimal'),
  tun_gbp_flags: row('NXM_NX_TUN_GBP_FLAGS', 39, 8, 'hex'),

  reg0: row('NXM_NX_REG0', 0, 32, 'hex'),
  reg1: row('NXM_NX_REG1', 1, 32, 'hex'),
  reg2: row('NXM_NX_REG2', 2, 32, 'hex'),
  reg3: row('NXM_NX_REG3', 3, 32, 'hex'),
  reg4: row('NXM_NX_REG4', 4, 32, 'hex'),
  reg5: row('NXM_NX_REG5', 5, 32, 'hex'),
  reg6: row('NXM_NX_REG6', 6, 32, 'hex'),
  reg7: row('NXM_NX_REG7', 7, 32, 'hex'),
  reg8: row('NXM_NX_REG8', 8, 32, 'hex'),
  reg9: row('NXM_NX_REG9', 9, 32, 'hex'),
  reg10: row('NXM_NX_REG10', 10, 32, 'hex'),
  reg11: row('NXM_NX_REG11', 11, 32, 'hex'),
  reg12: row('NXM_NX_REG12', 12, 32, 'hex'),
  reg13: row('NXM_NX_REG13', 13, 32, 'hex'),
  reg14: row('NXM_NX_REG14', 14, 32, 'hex'),
  reg15: row('NXM_NX_REG15', 15, 32, 'hex'),
  xreg0: row('OXM_OF_PKT_REG0', 0, 64, 'hex'),
  xreg1: row('OXM_OF_PKT_REG1', 1, 64, 'hex'),
  xreg2: row('OXM_OF_PKT_REG2', 2, 64, 'hex'),
  xreg3: row('OXM_OF_PKT_REG3', 3, 64, 'hex'),
  xreg4: row('OXM_OF_PKT_REG4', 4, 64, 'hex'),
  xreg5: row('OXM_OF_PKT_REG5', 5, 64, 'hex'),
  xreg6: row('OXM_OF_PKT_REG6', 6, 64, 'hex'),
  xreg7: row('OXM_OF_PKT_REG7', 7, 64, 'hex'),
  xxreg0: row('NXM_NX_XXREG0', 111, 128, 'hex'),
  xxreg1: row('NXM_NX_XXREG1', 112, 128, 'hex'),
  xxreg2: row('NXM_NX_XXREG2', 113, 128, 'hex'),
  xxreg3: row('NXM_NX_XXREG3', 114, 128, 'hex'),

  pkt_mark: row('NXM_NX_PKT_MARK', 33, 32, 'hex'),
  // OVS keeps eight of its bits: an exact match comes back as one on 0xff.
  ct_state: row('NXM_NX_CT_STATE', 105, 32, 'ct_state', { valueBits: 8 }),
  ct_zone: row('NXM_NX_CT_ZONE', 106, 16, 'hex', { exact }),
  ct_mark: row('NXM_NX_CT_MARK', 107, 32, 'hex'),
  ct_label: row('NXM_NX_CT_LABEL', 108, 128, 'hex'),
  ct_nw_src: row('NXM_NX_CT_NW_SRC', 120, 32, 'ipv4', { needs: 'ct' }),
  ct_ipv6_src: row('NXM_NX_CT_IPV6_SRC', 122, 128, 'ipv6', { needs: 'ct' }),
  ct_nw_dst: row('NXM_NX_CT_NW_DST', 121, 32, 'ipv4', { needs: 'ct' }),
  ct_ipv6_dst: row('NXM_NX_CT_IPV6_DST', 123, 128, 'ipv6', { needs: 'ct' }),
  ct_nw_proto: row('NXM_NX_CT_NW_PROTO', 119, 8, 'decimal', { exact, needs: 'ct' }),
  ct_tp_src: row('NXM_NX_CT_TP_SRC', 124, 16, 'decimal', { needs: 'ct' }),
  ct_tp_dst: row('NXM_NX_CT_TP_DST', 125, 16, 'decimal', { needs: 'ct' }),

  metadata: row('OXM_OF_METADATA', 2, 64, 'hex'),
} satisfies Record<string, FieldSpec>;

export type FieldName = keyof typeof fields;

export const fieldNames = Object.keys(fields) as readonly FieldName[];

/** A field as a table entry: its row, its name, and where it stands in the table. */
export interface Field extends FieldSpec {
  readonly name: FieldName;
  readonly order: number;
  /** Which of the providers (eth_type, vlan_vid, ct_state, nw_proto, icmpv6_type) it is and needs, as bits. */
  readonly provides: number;
  readonly needs: number;
  /** All bits that count. */
  readonly allOnes: bigint;
}

const providers = ['eth_type', 'vlan_vid', 'ct_state', 'nw_proto', 'icmpv6_type'];

const table = Object.fromEntries(
  fieldNames.map((name, order): [FieldName, Field] => {
    const spec: FieldSpec = fields[name];
    const needed: readonly string[] = prerequisites[spec.prerequisite].map(([field]) => field);
    return [
      name,
      {
        ...spec,
        name,
        order,
        provides: providers.includes(name) ? 1 << providers.indexOf(name) : 0,
        needs: needed.reduce((bits, provider) => bits | (1 << providers.indexOf(provider)), 0),
        allOnes: (1n << BigInt(spec.valueBits)) - 1n,
      },
    ];
  }),
) as Record<FieldName, Field>;

const byHeader = new Map<number, Field>();
const byActionHeader = new Map<number, Field>();
for (const field of Object.values(table)) {
  byHeader.set(headerKey(field.oxmClass, field.number), field);
  if (field.alias) byHeader.set(headerKey(field.alias.oxmClass, field.alias.number), field);
}
for (const [key, field] of byHeader) if (!field.inActions) byActionHeader.set(key, field);
for (const field of Object.values(table)) {
  if (field.inActions) byActionHeader.set(headerKey(field.inActions.oxmClass, field.inActions.number), field);
}

function headerKey(oxmClass: number, number: number): number {
  return oxmClass * 128 + number;
}

export function fieldOf(name: FieldName): Field {
  return table[name];
}

/** The field of an OXM header in a match; undefined when it is not in the table. */
export function fieldByHeader(oxmClass: number, number: number): Field | undefined {
  return byHeader.get(headerKey(oxmClass, number));
}

/** The field of an OXM header in an action. */
export function fieldByActionHeader(oxmClass: number, number: number): Field | undefined {
  return byActionHeader.get(headerKey(oxmClass, number));
}
