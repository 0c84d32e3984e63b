// The one declaration of every field: what it is on the wire, how wide, what it needs, how it prints.
// Names, widths and text forms are those of ovs-fields(7); numbers are OpenFlow 1.5.1 section 7.2.3.7 and, for the
// NXM, NXOXM and ERICOXM classes, OVS include/openvswitch/meta-flow.h. To add a field, add a row.
//
// Rows stand in the order in which OVS prefers them on the wire: a field comes after the fields it needs.

import { highestVersion, openflow13, openflow15 } from '../wire/version.ts';

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
  | 'frag'
  | 'packet_type';

/** What else a match must contain before a field may be matched or set (OpenFlow 1.5.1 section 7.2.3.8). */
export type Prerequisite = keyof typeof prerequisites;

/** What a field needs: other fields, each with one of these values, or with any (OpenFlow 1.5.1 section 7.2.3.8). */
export const prerequisites = {
  none: [],
  /** The packet starts with an Ethernet header: true of all but those of another packet_type. */
  ethernet: [],
  vlan: [['vlan_vid', undefined]],
  mpls: [['eth_type', [0x8847, 0x8848]]],
  nsh: [['eth_type', [0x894f]]],
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
  /** A `ct_state` that says what conntrack found, such as `+trk+est`, or at least `+trk-inv`. */
  ct: [['ct_state', undefined]],
} as const satisfies Record<string, readonly (readonly [field: string, oneOf: readonly number[] | undefined])[]>;

/** A header that names a field on the wire. */
export interface OxmHeader {
  /** Such as `NXM_NX_REG0`; text may use it in place of the field's name. */
  readonly name: string;
  readonly oxmClass: number;
  /** Stands behind the header, and counts as part of the body, in class 0xffff. */
  readonly experimenter: number | undefined;
  readonly number: number;
  /** Bytes of the value under this header. */
  readonly bytes: number;
  /** The first version whose messages prefer it; 0 for an extension. */
  readonly since: number;
}

/** What is known of a field before its place in the table is. */
export interface FieldSpec {
  /** All headers that mean the field, in the order of their versions. */
  readonly headers: readonly [OxmHeader, ...OxmHeader[]];
  /** Bits of a subfield (`reg0[0..31]` has 32). */
  readonly bits: number;
  /** Bytes of the value on the wire; for tun_metadata the most there can be. */
  readonly bytes: number;
  /** The bits that count: 13 for vlan_vid, whose bit 12 says "has a tag"; 8 for ct_state. */
  readonly valueBits: number;
  readonly maskable: boolean;
  /** Whether actions may change it. */
  readonly writable: boolean;
  readonly prerequisite: Prerequisite;
  readonly print: FieldPrint;
  /** Other names that text may use. */
  readonly aka: readonly string[];
  /** The name `set_field` prints where it is not the field's own. */
  readonly setName: string | undefined;
  /** The value is as long as its OXM says (tun_metadata). */
  readonly variable: boolean;
  /** Where it is found: `match` and `action` name the one place of a field that has only one. */
  readonly only: 'match' | 'action' | undefined;
}

/** OXM classes by the prefix of a field's OXM name (OVS python/build/extract_ofp_fields.py). */
const oxmClasses: Readonly<Record<string, { readonly oxmClass: number; readonly experimenter?: number }>> = {
  NXM_OF_: { oxmClass: 0x0000 },
  NXM_NX_: { oxmClass: 0x0001 },
  ERICOXM_OF_: { oxmClass: 0x1000 },
  OXM_OF_: { oxmClass: 0x8000 },
  OXM_OF_PKT_REG: { oxmClass: 0x8001 },
  ONFOXM_ET_: { oxmClass: 0xffff, experimenter: 0x4f4e4600 },
  NXOXM_ET_: { oxmClass: 0xffff, experimenter: 0x00002320 },
  NXOXM_NSH_: { oxmClass: 0xffff, experimenter: 0x005ad650 },
};

/** Class of the OXMs whose body starts with an experimenter's number. */
export const experimenterClass = 0xffff;

/** `[name, number]`, and the version that brought it where the field has an older header. */
type HeaderRow = readonly [name: string, number: number, since?: number];

interface RowOptions {
  /** Not a whole number of bytes: the bits that count. */
  readonly valueBits?: number;
  readonly bytes?: number;
  readonly exact?: true;
  readonly readonly?: true;
  readonly needs?: Prerequisite;
  readonly aka?: readonly string[];
  readonly setName?: string;
  readonly variable?: true;
  readonly only?: 'match' | 'action';
}

const openflow12 = 0x03;

function headerOf([name, number, since]: HeaderRow, index: number, bytes: number): OxmHeader {
  let prefix = '';
  for (const known of Object.keys(oxmClasses)) {
    if (name.startsWith(known) && known.length > prefix.length) prefix = known;
  }
  const { oxmClass, experimenter } = oxmClasses[prefix] as (typeof oxmClasses)[string];
  return { name, number, bytes, oxmClass, experimenter, since: since ?? (index === 0 ? 0 : openflow12) };
}

function row(
  headers: readonly [HeaderRow, ...HeaderRow[]],
  bits: number,
  print: FieldPrint,
  options: RowOptions = {},
): FieldSpec {
  const bytes = options.bytes ?? Math.ceil(bits / 8);
  const [first, ...others] = headers;
  return {
    headers: [headerOf(first, 0, bytes), ...others.map((header, i) => headerOf(header, i + 1, bytes))],
    bits,
    bytes,
    valueBits: options.valueBits ?? bits,
    maskable: !options.exact,
    writable: !options.readonly,
    prerequisite: options.needs ?? 'none',
    print,
    aka: options.aka ?? [],
    setName: options.setName,
    variable: options.variable ?? false,
    only: options.only,
  };
}

const exact = true as const;
const readonly = true as const;

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type Below64 = Digit | `${1 | 2 | 3 | 4 | 5}${Digit}` | `6${0 | 1 | 2 | 3}`;
type Below32 = Digit | `${1 | 2}${Digit}` | `3${0 | 1}`;
type Below16 = Digit | `1${0 | 1 | 2 | 3 | 4 | 5}`;
type Below8 = Exclude<Digit, 8 | 9>;

/** `count` rows of one kind, named by number. */
function numbered<Name extends string>(
  prefix: string,
  count: number,
  make: (index: number) => FieldSpec,
): Record<Name, FieldSpec> {
  const rows = Array.from({ length: count }, (_, i): [string, FieldSpec] => [`${prefix}${i}`, make(i)]);
  return Object.fromEntries(rows) as Record<Name, FieldSpec>;
}

/** All fields: the one table that codec, text and checks are made from (ovs-fields(7)). */
export const fields = {
  packet_type: row([['OXM_OF_PACKET_TYPE', 44]], 32, 'packet_type', { exact, readonly }),
  dp_hash: row(
    [
      ['NXM_NX_DP_HASH', 35],
      ['NXOXM_ET_DP_HASH', 0, 0xff],
    ],
    32,
    'hex',
    { readonly },
  ),
  recirc_id: row([['NXM_NX_RECIRC_ID', 36]], 32, 'decimal', { exact, readonly }),
  conj_id: row([['NXM_NX_CONJ_ID', 37]], 32, 'decimal', { exact, readonly }),
  /** In actions, its 16-bit form: the field of OpenFlow 1.0 ports. */
  in_port: {
    ...row([['OXM_OF_IN_PORT', 0]], 32, 'port', { exact }),
    headers: [headerOf(['NXM_OF_IN_PORT', 0], 0, 2), headerOf(['OXM_OF_IN_PORT', 0], 1, 4)],
  },
  in_port_oxm: row([['OXM_OF_IN_PORT', 0]], 32, 'port', { exact, only: 'action' }),
  actset_output: row(
    [
      ['ONFOXM_ET_ACTSET_OUTPUT', 43, openflow13],
      ['OXM_OF_ACTSET_OUTPUT', 43, openflow15],
    ],
    32,
    'port',
    {
      exact,
      readonly,
    },
  ),

  eth_src: row(
    [
      ['NXM_OF_ETH_SRC', 2],
      ['OXM_OF_ETH_SRC', 4],
    ],
    48,
    'mac',
    { needs: 'ethernet', aka: ['dl_src'] },
  ),
  eth_dst: row(
    [
      ['NXM_OF_ETH_DST', 1],
      ['OXM_OF_ETH_DST', 3],
    ],
    48,
    'mac',
    { needs: 'ethernet', aka: ['dl_dst'] },
  ),
  eth_type: row(
    [
      ['NXM_OF_ETH_TYPE', 3],
      ['OXM_OF_ETH_TYPE', 5],
    ],
    16,
    'hex',
    {
      exact,
      readonly,
      needs: 'ethernet',
      aka: ['dl_type'],
    },
  ),
  vlan_tci: row([['NXM_OF_VLAN_TCI', 4]], 16, 'hex', { needs: 'ethernet' }),
  vlan_vid: row([['OXM_OF_VLAN_VID', 6]], 12, 'decimal', { valueBits: 13, needs: 'ethernet' }),
  vlan_pcp: row([['OXM_OF_VLAN_PCP', 7]], 3, 'decimal', { exact, needs: 'vlan' }),

  mpls_tc: row([['OXM_OF_MPLS_TC', 35]], 3, 'decimal', { exact, needs: 'mpls' }),
  mpls_bos: row([['OXM_OF_MPLS_BOS', 36]], 1, 'decimal', { exact, readonly, needs: 'mpls' }),
  mpls_ttl: row([['NXM_NX_MPLS_TTL', 30]], 8, 'decimal', { exact, needs: 'mpls' }),
  mpls_label: row([['OXM_OF_MPLS_LABEL', 34]], 20, 'decimal', { exact, needs: 'mpls', bytes: 4 }),

  ip_src: row(
    [
      ['NXM_OF_IP_SRC', 7],
      ['OXM_OF_IPV4_SRC', 11],
    ],
    32,
    'ipv4',
    { needs: 'ipv4', aka: ['nw_src'] },
  ),
  ip_dst: row(
    [
      ['NXM_OF_IP_DST', 8],
      ['OXM_OF_IPV4_DST', 12],
    ],
    32,
    'ipv4',
    { needs: 'ipv4', aka: ['nw_dst'] },
  ),
  ipv6_src: row(
    [
      ['NXM_NX_IPV6_SRC', 19],
      ['OXM_OF_IPV6_SRC', 26],
    ],
    128,
    'ipv6',
    { needs: 'ipv6' },
  ),
  ipv6_dst: row(
    [
      ['NXM_NX_IPV6_DST', 20],
      ['OXM_OF_IPV6_DST', 27],
    ],
    128,
    'ipv6',
    { needs: 'ipv6' },
  ),
  ip_frag: row([['NXM_NX_IP_FRAG', 26]], 2, 'frag', { readonly, needs: 'ip', aka: ['nw_frag'] }),
  nw_tos: row([['NXM_OF_IP_TOS', 5]], 8, 'decimal', { exact, needs: 'ip' }),
  ip_dscp: row([['OXM_OF_IP_DSCP', 8]], 6, 'decimal', { exact, needs: 'ip' }),
  ip_ecn: row(
    [
      ['NXM_NX_IP_ECN', 28],
      ['OXM_OF_IP_ECN', 9],
    ],
    2,
    'decimal',
    {
      exact,
      needs: 'ip',
      aka: ['nw_ecn'],
      setName: 'nw_ecn',
    },
  ),
  nw_ttl: row([['NXM_NX_IP_TTL', 29]], 8, 'decimal', { exact, needs: 'ip' }),
  ipv6_label: row(
    [
      ['NXM_NX_IPV6_LABEL', 27],
      ['OXM_OF_IPV6_FLABEL', 28],
    ],
    20,
    'hex',
    { needs: 'ipv6', bytes: 4 },
  ),
  nw_proto: row(
    [
      ['NXM_OF_IP_PROTO', 6],
      ['OXM_OF_IP_PROTO', 10],
    ],
    8,
    'decimal',
    {
      exact,
      readonly,
      needs: 'ip',
      aka: ['ip_proto'],
    },
  ),

  tcp_src: row(
    [
      ['NXM_OF_TCP_SRC', 9],
      ['OXM_OF_TCP_SRC', 13],
    ],
    16,
    'decimal',
    { needs: 'tcp', aka: ['tp_src'] },
  ),
  tcp_dst: row(
    [
      ['NXM_OF_TCP_DST', 10],
      ['OXM_OF_TCP_DST', 14],
    ],
    16,
    'decimal',
    { needs: 'tcp', aka: ['tp_dst'] },
  ),
  tcp_flags: row(
    [
      ['NXM_NX_TCP_FLAGS', 34],
      ['ONFOXM_ET_TCP_FLAGS', 42, openflow13],
      ['OXM_OF_TCP_FLAGS', 42, openflow15],
    ],
    12,
    'tcp_flags',
    { readonly, needs: 'tcp' },
  ),
  udp_src: row(
    [
      ['NXM_OF_UDP_SRC', 11],
      ['OXM_OF_UDP_SRC', 15],
    ],
    16,
    'decimal',
    { needs: 'udp' },
  ),
  udp_dst: row(
    [
      ['NXM_OF_UDP_DST', 12],
      ['OXM_OF_UDP_DST', 16],
    ],
    16,
    'decimal',
    { needs: 'udp' },
  ),
  sctp_src: row([['OXM_OF_SCTP_SRC', 17]], 16, 'decimal', { needs: 'sctp' }),
  sctp_dst: row([['OXM_OF_SCTP_DST', 18]], 16, 'decimal', { needs: 'sctp' }),
  icmp_type: row(
    [
      ['NXM_OF_ICMP_TYPE', 13],
      ['OXM_OF_ICMPV4_TYPE', 19],
    ],
    8,
    'decimal',
    { exact, needs: 'icmp' },
  ),
  icmp_code: row(
    [
      ['NXM_OF_ICMP_CODE', 14],
      ['OXM_OF_ICMPV4_CODE', 20],
    ],
    8,
    'decimal',
    { exact, needs: 'icmp' },
  ),
  icmpv6_type: row(
    [
      ['NXM_NX_ICMPV6_TYPE', 21],
      ['OXM_OF_ICMPV6_TYPE', 29],
    ],
    8,
    'decimal',
    { exact, needs: 'icmpv6' },
  ),
  icmpv6_code: row(
    [
      ['NXM_NX_ICMPV6_CODE', 22],
      ['OXM_OF_ICMPV6_CODE', 30],
    ],
    8,
    'decimal',
    { exact, needs: 'icmpv6' },
  ),
  nd_reserved: row([['ERICOXM_OF_ICMPV6_ND_RESERVED', 1]], 32, 'decimal', { exact, needs: 'nd' }),
  nd_target: row(
    [
      ['NXM_NX_ND_TARGET', 23],
      ['OXM_OF_IPV6_ND_TARGET', 31],
    ],
    128,
    'ipv6',
    { needs: 'nd' },
  ),
  nd_options_type: row([['ERICOXM_OF_ICMPV6_ND_OPTIONS_TYPE', 2]], 8, 'decimal', { exact, needs: 'nd' }),
  nd_sll: row(
    [
      ['NXM_NX_ND_SLL', 24],
      ['OXM_OF_IPV6_ND_SLL', 32],
    ],
    48,
    'mac',
    { needs: 'nd_solicit' },
  ),
  nd_tll: row(
    [
      ['NXM_NX_ND_TLL', 25],
      ['OXM_OF_IPV6_ND_TLL', 33],
    ],
    48,
    'mac',
    { needs: 'nd_advert' },
  ),

  arp_op: row(
    [
      ['NXM_OF_ARP_OP', 15],
      ['OXM_OF_ARP_OP', 21],
    ],
    16,
    'decimal',
    { exact, needs: 'arp' },
  ),
  arp_spa: row(
    [
      ['NXM_OF_ARP_SPA', 16],
      ['OXM_OF_ARP_SPA', 22],
    ],
    32,
    'ipv4',
    { needs: 'arp' },
  ),
  arp_tpa: row(
    [
      ['NXM_OF_ARP_TPA', 17],
      ['OXM_OF_ARP_TPA', 23],
    ],
    32,
    'ipv4',
    { needs: 'arp' },
  ),
  arp_sha: row(
    [
      ['NXM_NX_ARP_SHA', 17],
      ['OXM_OF_ARP_SHA', 24],
    ],
    48,
    'mac',
    { needs: 'arp' },
  ),
  arp_tha: row(
    [
      ['NXM_NX_ARP_THA', 18],
      ['OXM_OF_ARP_THA', 25],
    ],
    48,
    'mac',
    { needs: 'arp' },
  ),

  tun_id: row(
    [
      ['NXM_NX_TUN_ID', 16],
      ['OXM_OF_TUNNEL_ID', 38, openflow13],
    ],
    64,
    'hex',
    { aka: ['tunnel_id'] },
  ),
  tun_flags: row([['NXM_NX_TUN_FLAGS', 104]], 1, 'tun_flags', { bytes: 2 }),
  tun_src: row([['NXM_NX_TUN_IPV4_SRC', 31]], 32, 'ipv4'),
  tun_dst: row([['NXM_NX_TUN_IPV4_DST', 32]], 32, 'ipv4'),
  tun_ipv6_src: row([['NXM_NX_TUN_IPV6_SRC', 109]], 128, 'ipv6'),
  tun_ipv6_dst: row([['NXM_NX_TUN_IPV6_DST', 110]], 128, 'ipv6'),
  tun_gbp_id: row([['NXM_NX_TUN_GBP_ID', 38]], 16, 'decimal'),
  tun_gbp_flags: row([['NXM_NX_TUN_GBP_FLAGS', 39]], 8, 'hex'),
  ...numbered<`tun_metadata${Below64}`>('tun_metadata', 64, i =>
    row([[`NXM_NX_TUN_METADATA${i}`, 40 + i]], 992, 'hex', { variable: true }),
  ),
  tun_erspan_idx: row([['NXOXM_ET_ERSPAN_IDX', 11]], 20, 'hex', { bytes: 4 }),
  tun_erspan_ver: row([['NXOXM_ET_ERSPAN_VER', 12]], 4, 'decimal', { valueBits: 8 }),
  tun_erspan_dir: row([['NXOXM_ET_ERSPAN_DIR', 13]], 1, 'decimal', { valueBits: 8 }),
  tun_erspan_hwid: row([['NXOXM_ET_ERSPAN_HWID', 14]], 6, 'hex', { valueBits: 8 }),
  // By their other names OVS prints them.
  tun_gtpu_flags: row([['NXOXM_ET_GTPU_FLAGS', 15]], 8, 'hex', { readonly, aka: ['gtpu_flags'] }),
  tun_gtpu_msgtype: row([['NXOXM_ET_GTPU_MSGTYPE', 16]], 8, 'decimal', { readonly, aka: ['gtpu_msgtype'] }),

  nsh_flags: row([['NXOXM_NSH_FLAGS', 1]], 8, 'decimal', { needs: 'nsh' }),
  nsh_ttl: row([['NXOXM_NSH_TTL', 10]], 8, 'decimal', { exact, needs: 'nsh' }),
  nsh_mdtype: row([['NXOXM_NSH_MDTYPE', 2]], 8, 'decimal', { exact, readonly, needs: 'nsh' }),
  nsh_np: row([['NXOXM_NSH_NP', 3]], 8, 'decimal', { exact, readonly, needs: 'nsh' }),
  nsh_spi: row([['NXOXM_NSH_SPI', 4]], 24, 'hex', { exact, needs: 'nsh', bytes: 4, aka: ['nsp'] }),
  nsh_si: row([['NXOXM_NSH_SI', 5]], 8, 'decimal', { exact, needs: 'nsh', aka: ['nsi'] }),
  nsh_c1: row([['NXOXM_NSH_C1', 6]], 32, 'hex', { needs: 'nsh', aka: ['nshc1'] }),
  nsh_c2: row([['NXOXM_NSH_C2', 7]], 32, 'hex', { needs: 'nsh', aka: ['nshc2'] }),
  nsh_c3: row([['NXOXM_NSH_C3', 8]], 32, 'hex', { needs: 'nsh', aka: ['nshc3'] }),
  nsh_c4: row([['NXOXM_NSH_C4', 9]], 32, 'hex', { needs: 'nsh', aka: ['nshc4'] }),

  // From reg16, xreg8 and xxreg4 on: OVS 3.7 and later.
  ...numbered<`reg${Below32}`>('reg', 32, i =>
    row([i < 16 ? [`NXM_NX_REG${i}`, i] : [`NXOXM_ET_REG${i}`, i + 1]], 32, 'hex'),
  ),
  ...numbered<`xreg${Below16}`>('xreg', 16, i => row([[`OXM_OF_PKT_REG${i}`, i]], 64, 'hex')),
  ...numbered<`xxreg${Below8}`>('xxreg', 8, i =>
    row([i < 4 ? [`NXM_NX_XXREG${i}`, 111 + i] : [`NXOXM_ET_XXREG${i}`, i + 29]], 128, 'hex'),
  ),

  pkt_mark: row([['NXM_NX_PKT_MARK', 33]], 32, 'hex'),
  // OVS keeps eight of its bits: an exact match comes back as one on 0xff.
  ct_state: row([['NXM_NX_CT_STATE', 105]], 32, 'ct_state', { readonly, valueBits: 8 }),
  ct_zone: row([['NXM_NX_CT_ZONE', 106]], 16, 'hex', { exact, readonly }),
  ct_mark: row([['NXM_NX_CT_MARK', 107]], 32, 'hex'),
  ct_label: row([['NXM_NX_CT_LABEL', 108]], 128, 'hex'),
  ct_nw_src: row([['NXM_NX_CT_NW_SRC', 120]], 32, 'ipv4', { readonly, needs: 'ct' }),
  ct_ipv6_src: row([['NXM_NX_CT_IPV6_SRC', 122]], 128, 'ipv6', { readonly, needs: 'ct' }),
  ct_nw_dst: row([['NXM_NX_CT_NW_DST', 121]], 32, 'ipv4', { readonly, needs: 'ct' }),
  ct_ipv6_dst: row([['NXM_NX_CT_IPV6_DST', 123]], 128, 'ipv6', { readonly, needs: 'ct' }),
  ct_nw_proto: row([['NXM_NX_CT_NW_PROTO', 119]], 8, 'decimal', { exact, readonly, needs: 'ct' }),
  ct_tp_src: row([['NXM_NX_CT_TP_SRC', 124]], 16, 'decimal', { readonly, needs: 'ct' }),
  ct_tp_dst: row([['NXM_NX_CT_TP_DST', 125]], 16, 'decimal', { readonly, needs: 'ct' }),

  metadata: row([['OXM_OF_METADATA', 2]], 64, 'hex'),
} satisfies Record<string, FieldSpec>;

/** The name of a field, as ovs-fields(7) has it. */
export type FieldName = keyof typeof fields;

/** All names, in the order of the table. */
export const fieldNames = Object.keys(fields) as readonly FieldName[];

/** A field as a table entry: its row, its name, and where it stands in the table. */
export interface Field extends FieldSpec {
  readonly name: FieldName;
  readonly order: number;
  /** Which of the providers (eth_type, vlan_vid, ct_state, nw_proto, icmpv6_type) it is and needs, as bits. */
  readonly provides: number;
  readonly needs: number;
  /** All bits that count; and as a number, exact up to 32 of them. */
  readonly allOnes: bigint;
  readonly ones: number;
  /** By version: the place in `headers` of the one its messages prefer. Version 0 stands for the extensions' own. */
  readonly preferred: readonly number[];
}

const providers = ['eth_type', 'vlan_vid', 'ct_state', 'nw_proto', 'icmpv6_type'];

/** OVS lib/nx-match.c, nxm_field_by_mf_id(): the last one that the version has, or else the first. */
function preferredIn(version: number, headers: FieldSpec['headers']): number {
  return Math.max(
    0,
    headers.findLastIndex(({ since }) => version >= since),
  );
}

const table = Object.fromEntries(
  fieldNames.map((name, order): [FieldName, Field] => {
    const spec: FieldSpec = fields[name];
    const needed: readonly string[] = prerequisites[spec.prerequisite].map(([field]) => field);
    return [
      name,
      {
        name,
        order,
        provides: providers.includes(name) ? 1 << providers.indexOf(name) : 0,
        needs: needed.reduce((bits, provider) => bits | (1 << providers.indexOf(provider)), 0),
        allOnes: (1n << BigInt(spec.valueBits)) - 1n,
        ones: 2 ** spec.valueBits - 1,
        preferred: Array.from({ length: highestVersion + 1 }, (_, version) => preferredIn(version, spec.headers)),
        // Last: V8 makes a hidden class of its own for each object that begins so, and all code is about fields.
        ...spec,
      },
    ];
  }),
) as Record<FieldName, Field>;

/** A field, and which of its headers was read. */
export interface NamedField {
  readonly field: Field;
  readonly header: OxmHeader;
  /** Place in the field's `headers`. */
  readonly index: number;
}

type Headers = Map<number, NamedField>;

const standard: Headers = new Map();
const standardInActions: Headers = new Map();
const experimenters = new Map<number, Headers>();

for (const field of Object.values(table)) {
  for (const [index, header] of field.headers.entries()) {
    const named: NamedField = { field, header, index };
    if (header.experimenter !== undefined) {
      const headers = experimenters.get(header.experimenter) ?? new Map();
      experimenters.set(header.experimenter, headers.set(header.number, named));
      continue;
    }
    const key = headerKey(header.oxmClass, header.number);
    if (field.only !== 'action') standard.set(key, named);
    // Of the two headers of in_port, actions know the old one; the new one is in_port_oxm there.
    if (field.name !== 'in_port' || index === 0) standardInActions.set(key, named);
  }
}

function headerKey(oxmClass: number, number: number): number {
  return oxmClass * 128 + number;
}

/** A map beats an object of so many names. */
const byOwnName: ReadonlyMap<FieldName, Field> = new Map(Object.values(table).map(field => [field.name, field]));

/** The field of that name. */
export function fieldOf(name: FieldName): Field {
  return byOwnName.get(name) as Field;
}

/** The field of an OXM header in a match; undefined when it is not in the table. */
export function fieldByHeader(oxmClass: number, number: number): NamedField | undefined {
  return standard.get(headerKey(oxmClass, number));
}

/** The field of an OXM header in an action. */
export function fieldByActionHeader(oxmClass: number, number: number): NamedField | undefined {
  return standardInActions.get(headerKey(oxmClass, number));
}

/** The field of an OXM header of class 0xffff, in a match or an action. */
export function fieldByExperimenter(experimenter: number, number: number): NamedField | undefined {
  return experimenters.get(experimenter)?.get(number);
}

const byName = new Map<string, Field>();
const byText = new Map<string, Field>();
for (const field of Object.values(table)) {
  for (const { name } of field.headers) if (!byName.has(name)) byName.set(name, field);
  for (const name of [...field.aka, field.name]) byText.set(name, field);
}
byName.set('OXM_OF_IN_PORT', table.in_port_oxm);
for (const [name, field] of byText) byName.set(name, field);

/** The field of a name as text has it for a whole field: its own, or another it goes by (OVS, mf_from_name()). */
export function fieldByText(name: string): Field | undefined {
  return byText.get(name);
}

/** The field of a name as text has it for bits of a field: also an OXM name (OVS, mf_parse_subfield()). */
export function fieldByName(name: string): Field | undefined {
  return byName.get(name);
}
