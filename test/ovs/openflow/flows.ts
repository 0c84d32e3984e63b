// Flows of every kind the pipeline uses: what the round trip through a real switch is tried with.

import type {
  Action,
  FieldName,
  FlowEntry,
  Instruction,
  Match,
  MatchField,
  Subfield,
} from '../../../src/openflow/index.ts';
import { inWireOrder, port } from '../../../src/openflow/index.ts';

const at = (field: FieldName, value: number | bigint, mask?: number | bigint): MatchField =>
  mask === undefined ? { field, value } : { field, value, mask };
const set = (field: FieldName, value: number | bigint, mask?: number | bigint): Action =>
  mask === undefined ? { kind: 'set_field', field, value } : { kind: 'set_field', field, value, mask };
const bits = (field: FieldName, offset: number, count: number): Subfield => ({ field, offset, bits: count });
const move = (from: Subfield, to: Subfield): Action => ({ kind: 'move', from, to });
const out = (number: number): Action => ({ kind: 'output', port: number });

const ip = at('eth_type', 0x0800);
const ipv6 = at('eth_type', 0x86dd);
const arp = at('eth_type', 0x0806);
const tcp = [ip, at('nw_proto', 6)];
const udp = [ip, at('nw_proto', 17)];
const icmp = [ip, at('nw_proto', 1)];
const icmpv6 = [ipv6, at('nw_proto', 58)];
const mac = 0x02aabbccddeen;
const six = 0x20010db8000000000000000000000001n;
const tagged = 0x1000;

const matches: readonly Match[] = [
  [],
  [at('in_port', 1)],
  [at('in_port', port.local)],
  [at('reg0', 5)],
  [at('reg1', 0)],
  [at('reg3', 0x50000, 0xff0000), at('reg2', 7)],
  [at('xreg2', 0x1_0000_0002n)],
  [at('xxreg1', 0xffn, 0xffffn)],
  [at('xxreg3', 1n)],
  [at('metadata', 0x1234n)],
  [at('metadata', 0x1200n, 0xff00n)],
  [at('pkt_mark', 3, 0xf)],
  [at('conj_id', 12)],
  [at('ct_state', 0x21, 0x23), ip],
  [at('ct_state', 0x22), ip],
  [at('ct_state', 0, 0x20), ip],
  [at('ct_zone', 9), at('ct_mark', 0x10, 0xff), at('ct_label', 1n << 100n, 0xffn << 96n)],
  [at('ct_label', 5n)],
  [ip, at('ct_state', 0x22, 0x22), at('ct_nw_src', 0x0a000000, 0xff000000), at('ct_nw_proto', 6), at('ct_tp_dst', 80)],
  [ipv6, at('ct_state', 0x22, 0x22), at('ct_ipv6_dst', six)],
  [arp],
  [arp, at('arp_op', 1), at('arp_tpa', 0x0a000001)],
  [arp, at('arp_spa', 0x0a000000, 0xffffff00), at('arp_sha', mac), at('arp_tha', 0n, 0xffffff000000n)],
  [at('eth_type', 0x8035), at('arp_op', 3)],
  [ip],
  [ip, at('ip_dst', 0x0a000000, 0xffffff00)],
  [ip, at('ip_src', 0xc0a80101), at('ip_dst', 0x0a000001, 0xff0000ff)],
  [ip, at('ip_dscp', 46), at('ip_ecn', 1), at('nw_ttl', 1)],
  [ip, at('ip_frag', 0)],
  [ip, at('ip_frag', 1, 1)],
  [ip, at('ip_frag', 0, 2)],
  [ip, at('ip_frag', 3)],
  [ip, at('nw_proto', 47)],
  [ipv6],
  [ipv6, at('ipv6_src', six), at('ipv6_dst', six & ~0xffffn, ((1n << 128n) - 1n) ^ 0xffffn)],
  [ipv6, at('ipv6_label', 0x12345)],
  [ipv6, at('ipv6_dst', 0xffff0a000001n)],
  [...tcp, at('tcp_dst', 80)],
  [...tcp, at('tcp_src', 1024, 0xfc00), at('tcp_flags', 2, 0x12)],
  [...tcp, at('tcp_flags', 0x12)],
  [ipv6, at('nw_proto', 6), at('tcp_dst', 443)],
  [...udp, at('udp_src', 68), at('udp_dst', 67)],
  [...udp, at('udp_dst', 4096, 0xf000)],
  [ip, at('nw_proto', 132), at('sctp_dst', 99)],
  [...icmp, at('icmp_type', 8), at('icmp_code', 0)],
  [...icmpv6, at('icmpv6_type', 135), at('nd_target', six), at('nd_sll', mac)],
  [...icmpv6, at('icmpv6_type', 136), at('nd_tll', mac)],
  [...icmpv6, at('icmpv6_type', 128), at('icmpv6_code', 0)],
  [at('tun_id', 100n), at('tun_src', 0x0a000001), at('tun_dst', 0x0a000002)],
  [at('tun_id', 0x10000n, 0xff0000n)],
  [at('tun_dst', 0x0a000000, 0xffff0000)],
  [at('tun_ipv6_src', six), at('tun_ipv6_dst', six)],
  [at('tun_gbp_id', 7), at('tun_flags', 1)],
  [at('vlan_vid', tagged | 30)],
  [at('vlan_vid', tagged | 30), at('vlan_pcp', 5)],
  [at('vlan_vid', 0)],
  [at('vlan_vid', tagged, tagged)],
  [at('vlan_vid', tagged, tagged), at('vlan_pcp', 3)],
  [at('vlan_vid', tagged | 0x10, tagged | 0xff0)],
  [at('vlan_tci', 0xb01e)],
  [at('vlan_tci', 0x101e, 0x1fff)],
  [at('eth_src', mac), at('eth_dst', 0x010000000000n, 0x010000000000n)],
  [at('eth_type', 0x88cc), at('eth_dst', 0x0180c200000en)],
  [at('eth_type', 0x8847), at('mpls_label', 55), at('mpls_tc', 1), at('mpls_bos', 1)],
  [...icmpv6, at('icmpv6_type', 135), at('nd_reserved', 5), at('nd_options_type', 1)],
  [at('actset_output', 1)],
  [at('eth_type', 0x8848), at('mpls_ttl', 9)],
  [at('ct_state', 0), ip],
  // The switch wants a field behind those it needs: this one starts with what needs the rest.
  inWireOrder([at('tcp_dst', 8080), at('nw_proto', 6), at('ip_src', 1), ip, at('in_port', 1)]),
];

const fromArp = (actions: readonly Action[]): readonly [Match, readonly Action[]] => [[arp, at('arp_op', 1)], actions];

const actionLists: readonly (readonly [Match, readonly Action[]])[] = [
  [[], []],
  [[], [out(1), out(port.inPort), out(port.local), out(port.normal), out(port.flood), out(port.all)]],
  [[], [{ kind: 'output', port: port.controller, maxLength: 128 }]],
  [[], [{ kind: 'controller', maxLength: 65535 }]],
  [[], [{ kind: 'controller', maxLength: 128, controllerId: 5 }]],
  [[], [{ kind: 'controller', maxLength: 65535, reason: 2 }]],
  [[], [{ kind: 'controller', maxLength: 65535, userdata: new Uint8Array([0, 1, 0xfe, 9]), pause: true }]],
  [[], [{ kind: 'controller', maxLength: 200, userdata: new Uint8Array([7]), meter: 1, controllerId: 3, reason: 3 }]],
  [[], [{ kind: 'group', group: 7 }]],
  [[], [{ kind: 'meter', meter: 1 }, out(1)]],
  [[], [set('reg0', 5), set('reg1', 0x50000, 0xff0000), set('xreg3', 7n), set('xxreg3', 1n << 90n, 0xfffn << 84n)]],
  [[], [set('metadata', 0xabn), set('metadata', 0x1200n, 0xff00n), set('xxreg0', 5n), set('pkt_mark', 3)]],
  [[], [set('eth_src', mac), set('eth_dst', 0x0200n, 0xff00n)]],
  [[], [{ kind: 'push_vlan', etherType: 0x8100 }, set('vlan_vid', tagged | 30), set('vlan_pcp', 3), out(1)]],
  [[at('vlan_vid', tagged | 5)], [{ kind: 'pop_vlan' }, out(1)]],
  [[], [set('vlan_tci', 0x101e)]],
  [[ip], [set('ip_dst', 0x0a000001), set('ip_src', 0x0a000000, 0xffffff00), set('nw_ttl', 64), { kind: 'dec_ttl' }]],
  [[ip], [set('ip_dscp', 46), set('ip_ecn', 1)]],
  [[ipv6], [set('ipv6_src', six), set('ipv6_dst', 0n, (1n << 64n) - 1n), set('ipv6_label', 0x55)]],
  [tcp, [set('tcp_src', 1000), set('tcp_dst', 0x1000, 0xf000)]],
  [udp, [set('udp_dst', 53)]],
  [icmp, [set('icmp_type', 0), set('icmp_code', 0)]],
  [[], [set('tun_id', 100n), set('tun_src', 0x0a000001), set('tun_dst', 0x0a000002), set('tun_ipv6_dst', six)]],
  [[], [set('in_port', 0), set('in_port', port.local), set('tun_gbp_id', 9), set('tun_flags', 1)]],
  fromArp([
    set('arp_op', 2),
    set('arp_sha', mac),
    set('arp_spa', 0x0a000001),
    set('arp_tha', mac),
    set('arp_tpa', 0x0a000002),
  ]),
  fromArp([
    move(bits('eth_src', 0, 48), bits('eth_dst', 0, 48)),
    move(bits('arp_sha', 0, 48), bits('arp_tha', 0, 48)),
    move(bits('arp_spa', 0, 32), bits('arp_tpa', 0, 32)),
    move(bits('arp_tpa', 0, 32), bits('reg5', 0, 32)),
    out(port.inPort),
  ]),
  [[ip], [move(bits('ip_src', 0, 32), bits('reg1', 0, 32)), move(bits('ip_dst', 8, 8), bits('reg2', 4, 8))]],
  [[], [move(bits('tun_src', 0, 32), bits('tun_dst', 0, 32)), move(bits('tun_id', 0, 24), bits('reg3', 0, 24))]],
  [[], [move(bits('in_port', 0, 16), bits('reg4', 0, 16)), move(bits('reg4', 0, 16), bits('in_port', 0, 16))]],
  [[], [move(bits('xxreg0', 32, 64), bits('xreg4', 0, 64)), move(bits('reg0', 31, 1), bits('reg1', 0, 1))]],
  [[at('vlan_vid', tagged, tagged)], [move(bits('vlan_vid', 0, 12), bits('reg0', 0, 12))]],
  [[ipv6], [move(bits('ipv6_src', 0, 128), bits('xxreg1', 0, 128)), move(bits('nw_ttl', 0, 8), bits('reg0', 0, 8))]],
  [[], [move(bits('metadata', 0, 32), bits('reg0', 0, 32)), move(bits('ct_mark', 0, 32), bits('reg1', 0, 32))]],
  [[ip], [{ kind: 'ct', zone: bits('reg8', 0, 16), nat: {}, table: 22 }]],
  [[ip], [{ kind: 'ct', zone: bits('tun_id', 8, 16), table: 22 }]],
  [[ip], [{ kind: 'ct', zone: 9, table: 0 }, { kind: 'ct_clear' }]],
  [[ip], [{ kind: 'ct' }]],
  [
    [ip],
    [
      {
        kind: 'ct',
        commit: true,
        zone: bits('reg8', 16, 16),
        table: 23,
        nat: { direction: 'src', address: { family: 4, min: 0xcb00710a }, port: { min: 1024, max: 2047 } },
        exec: [set('ct_mark', 1), set('ct_mark', 0x100, 0xff00), set('ct_label', 5n, 0xffn)],
      },
    ],
  ],
  [
    [ip],
    [
      {
        kind: 'ct',
        commit: true,
        force: true,
        zone: 5,
        nat: {
          direction: 'dst',
          address: { family: 4, min: 0x0a000001, max: 0x0a000009 },
          persistent: true,
          mode: 'hash',
        },
        exec: [
          move(bits('reg0', 0, 32), bits('ct_mark', 0, 32)),
          move(bits('eth_src', 0, 48), bits('ct_label', 0, 48)),
        ],
      },
    ],
  ],
  [
    [ipv6],
    [
      {
        kind: 'ct',
        commit: true,
        nat: { direction: 'src', address: { family: 6, min: six, max: six + 9n }, port: { min: 5 }, mode: 'random' },
      },
      { kind: 'ct', commit: true, nat: { direction: 'dst', address: { family: 6, min: six } } },
      { kind: 'ct', commit: true, nat: { direction: 'src' } },
    ],
  ],
  [tcp, [{ kind: 'ct', commit: true, alg: 21 }]],
  [udp, [{ kind: 'ct', commit: true, alg: 69 }]],
  [
    [],
    [
      { kind: 'resubmit', table: 20 },
      { kind: 'resubmit', inPort: 2 },
      { kind: 'resubmit', inPort: port.local, table: 9 },
    ],
  ],
  [[ip, at('ct_state', 0x22, 0x22)], [{ kind: 'resubmit', table: 20, ct: true }]],
];

const apply = (actions: readonly Action[]): Instruction => ({ kind: 'apply_actions', actions });

const instructionLists: readonly (readonly Instruction[])[] = [
  [],
  [{ kind: 'goto_table', table: 60 }],
  [{ kind: 'write_metadata', value: 0x12n }],
  [
    { kind: 'write_metadata', value: 0x1200n, mask: 0xff00n },
    { kind: 'goto_table', table: 61 },
  ],
  [{ kind: 'clear_actions' }],
  // Out of order, and with an instruction that does nothing.
  [{ kind: 'goto_table', table: 62 }, { kind: 'write_actions', actions: [out(1)] }, apply([set('reg0', 1)])],
  [apply([]), { kind: 'goto_table', table: 63 }],
];

/** Distinct by cookie; the match flows by table 40, the others each in a table and priority of their own. */
export const flows: readonly FlowEntry[] = [
  ...matches.map(
    (match, i): FlowEntry => ({ table: 40, priority: 100 + i, cookie: BigInt(i), match, instructions: [] }),
  ),
  ...actionLists.map(
    ([match, actions], i): FlowEntry => ({
      table: 10,
      priority: 1000 + i,
      cookie: 0x1000n + BigInt(i),
      match,
      instructions: [apply(actions)],
    }),
  ),
  ...instructionLists.map(
    (instructions, i): FlowEntry => ({
      table: 0,
      priority: 32766 + i,
      cookie: 0xffff_0000_0000_0000n + BigInt(i),
      match: [],
      instructions,
      flags: i,
      idleTimeout: i * 1000,
      hardTimeout: i * 2000,
    }),
  ),
];
