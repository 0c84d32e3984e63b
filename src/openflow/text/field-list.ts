// Lists of fields as ovs-ofctl writes them, in the order of OVS (include/openvswitch/meta-flow.h), with common prefixes
// and sequences written once (OVS lib/ofp-table.c).

import type { FieldName } from '../flow/fields.ts';

const numbered = <N extends string>(name: N, count: number) =>
  Array.from({ length: count }, (_, i) => `${name}${i}` as `${N}${number}` & FieldName);

const order: readonly FieldName[] = [
  ...(['dp_hash', 'recirc_id', 'packet_type', 'conj_id'] as const),
  ...(['tun_id', 'tun_src', 'tun_dst', 'tun_ipv6_src', 'tun_ipv6_dst', 'tun_flags'] as const),
  ...(['tun_gbp_id', 'tun_gbp_flags', 'tun_erspan_idx', 'tun_erspan_ver', 'tun_erspan_dir'] as const),
  ...(['tun_erspan_hwid', 'tun_gtpu_flags', 'tun_gtpu_msgtype'] as const),
  ...numbered('tun_metadata', 64),
  ...(['metadata', 'in_port', 'in_port_oxm', 'actset_output', 'pkt_mark'] as const),
  ...(['ct_state', 'ct_zone', 'ct_mark', 'ct_label', 'ct_nw_proto', 'ct_nw_src', 'ct_nw_dst'] as const),
  ...(['ct_ipv6_src', 'ct_ipv6_dst', 'ct_tp_src', 'ct_tp_dst'] as const),
  ...numbered('reg', 32),
  ...numbered('xreg', 16),
  ...numbered('xxreg', 8),
  ...(['eth_src', 'eth_dst', 'eth_type', 'vlan_tci', 'vlan_vid', 'vlan_pcp'] as const),
  ...(['mpls_label', 'mpls_tc', 'mpls_bos', 'mpls_ttl'] as const),
  ...(['ip_src', 'ip_dst', 'ipv6_src', 'ipv6_dst', 'ipv6_label'] as const),
  ...(['nw_proto', 'nw_tos', 'ip_dscp', 'ip_ecn', 'nw_ttl', 'ip_frag'] as const),
  ...(['arp_op', 'arp_spa', 'arp_tpa', 'arp_sha', 'arp_tha'] as const),
  ...(['tcp_src', 'tcp_dst', 'tcp_flags', 'udp_src', 'udp_dst', 'sctp_src', 'sctp_dst'] as const),
  ...(['icmp_type', 'icmp_code', 'icmpv6_type', 'icmpv6_code'] as const),
  ...(['nd_target', 'nd_sll', 'nd_tll', 'nd_reserved', 'nd_options_type'] as const),
  ...(['nsh_flags', 'nsh_mdtype', 'nsh_np', 'nsh_spi', 'nsh_si'] as const),
  ...(['nsh_c1', 'nsh_c2', 'nsh_c3', 'nsh_c4', 'nsh_ttl'] as const),
];

const nameOf = (field: FieldName): string => (field === 'ip_ecn' ? 'nw_ecn' : field);

/** The fields of a set, in the order of OVS. */
export function inFieldOrder(fields: ReadonlySet<FieldName>): readonly FieldName[] {
  return order.filter(field => fields.has(field));
}

/** Such as `reg0...reg3 eth_{src,dst,type}`. */
export function fieldList(fields: ReadonlySet<FieldName>): string {
  return join(inFieldOrder(fields).map(nameOf), 0);
}

/** Names without their first `skip` characters, which they share. */
function join(names: readonly string[], skip: number): string {
  const groups: string[] = [];
  for (let at = 0; at < names.length; ) {
    const rest = names.slice(at);
    const [first = ''] = rest;
    const sequence = sequenceLength(rest);
    const prefixed = prefixedRun(rest, skip);
    if (sequence >= prefixed.length) {
      const last = rest[sequence - 1] as string;
      groups.push(sequence > 1 ? `${first.slice(skip)}...${last.slice(skip)}` : first.slice(skip));
      at += sequence;
    } else {
      const end = skip + prefixed.prefix;
      groups.push(`${first.slice(skip, end)}{${join(rest.slice(0, prefixed.length), end)}}`);
      at += prefixed.length;
    }
  }
  return groups.join(skip > 0 ? ',' : ' ');
}

/** How many names from the first on count up; two are not worth it. */
function sequenceLength(names: readonly string[]): number {
  let length = 1;
  while (length < names.length && follows(names[length - 1] as string, names[length] as string)) length++;
  return length === 2 ? 1 : length;
}

/** Whether `b` is `a` with a number that is one higher behind what both share. */
function follows(a: string, b: string): boolean {
  const shared = sharedLength(a, b);
  const [before, after] = [a.slice(shared), b.slice(shared)];
  return /^\d+$/.test(before) && /^\d+$/.test(after) && Number(before) + 1 === Number(after);
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** Length of the longest prefix of both that ends in `_`, behind the first `skip` characters. */
function prefixLength(a: string, b: string, skip: number): number {
  return a.slice(skip, sharedLength(a, b)).lastIndexOf('_') + 1;
}

/** How many names from the first on share such a prefix. */
function prefixedRun(names: readonly string[], skip: number): { readonly length: number; readonly prefix: number } {
  const [first = '', second] = names;
  const prefix = second === undefined ? 0 : prefixLength(first, second, skip);
  if (prefix === 0) return { length: 1, prefix };
  let length = 2;
  while (length < names.length && prefixLength(first, names[length] as string, skip) > 0) length++;
  return { length, prefix };
}
