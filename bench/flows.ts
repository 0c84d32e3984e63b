// 100,000 flows as a gateway has them, spread over ten tables: classification, tunnels, conntrack with NAT, sets by
// conjunction, bridging, ACLs in both families, ARP, encapsulation.

import {
  type Action,
  type FieldName,
  type FlowEntry,
  formatFlow,
  type Instruction,
  type Match,
  type MatchField,
  type Subfield,
} from '../src/openflow/index.ts';

const at = (field: FieldName, value: number | bigint, mask?: number | bigint): MatchField =>
  mask === undefined ? { field, value } : { field, value, mask };
const set = (field: FieldName, value: number | bigint): Action => ({ kind: 'set_field', field, value });
const all = (field: FieldName, bits: number): Subfield => ({ field, offset: 0, bits });
const resubmit = (table: number): Action => ({ kind: 'resubmit', table });

const ip = at('eth_type', 0x0800);
const ipv6 = at('eth_type', 0x86dd);
const tcp = [ip, at('nw_proto', 6)];
const untracked = at('ct_state', 0, 0x20);
const established = at('ct_state', 0x22, 0x22);
const fresh = at('ct_state', 0x21, 0x21);

const ten = (i: number): number => 0x0a000000 + i;
const mac = (i: number): bigint => 0x020000000000n + BigInt(i);
const six = (i: number): bigint => 0x20010db8000000000000000000000000n + BigInt(i);

const prefix112 = ((1n << 128n) - 1n) ^ 0xffffn;

/** conjunction(id, clause/of), clause from 1, in its wire format (OVS include/openflow/nicira-ext.h). */
function conjunction(id: number, clause: number, of: number): Action {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xffff);
  view.setUint16(2, bytes.length);
  view.setUint32(4, 0x2320);
  view.setUint16(8, 34);
  bytes[10] = clause - 1;
  bytes[11] = of;
  view.setUint32(12, id);
  return { kind: 'unknown_action', bytes };
}

interface Row {
  readonly match: Match;
  readonly actions: readonly Action[];
}

/** The flow number `i` of each table. */
const tables: readonly ((i: number) => Row)[] = [
  i => ({
    match: [at('in_port', (i % 48) + 1), at('vlan_vid', 0x1000 | (i % 4000)), at('eth_src', mac(i))],
    actions: [{ kind: 'pop_vlan' }, set('reg0', i), set('metadata', BigInt(i)), resubmit(1)],
  }),
  i => ({
    match: [at('tun_id', BigInt(1000 + i)), at('tun_src', ten(i % 250)), at('tun_dst', 0x0affff01)],
    actions: [{ kind: 'move', from: all('tun_id', 24), to: all('reg1', 24) }, set('reg2', i), resubmit(2)],
  }),
  i => ({
    match: [untracked, ip, at('reg1', 1000 + i)],
    actions: [{ kind: 'ct', zone: i % 65536, table: 3, nat: {} }],
  }),
  i => ({
    match: [fresh, ...tcp, at('ip_dst', ten(i)), at('tcp_dst', 1 + (i % 60000))],
    actions: [
      {
        kind: 'ct',
        commit: true,
        zone: 7,
        table: 4,
        nat: {
          direction: 'dst',
          address: { family: 4, min: 0xc0a80000 + (i % 65536) },
          port: { min: 8000 + (i % 1000) },
        },
        exec: [set('ct_mark', i), set('ct_label', BigInt(i) << 32n)],
      },
    ],
  }),
  i => ({
    match: [established, ip, at('reg5', i % 16), i % 2 === 0 ? at('ip_src', ten(i)) : at('ip_dst', ten(i))],
    actions: [conjunction(1 + (i >> 5), 1 + (i % 2), 2)],
  }),
  i => ({
    match: [at('metadata', BigInt(i % 64)), at('eth_dst', mac(i))],
    actions: [set('reg15', (i % 48) + 1), resubmit(8)],
  }),
  i => ({
    match: [...tcp, at('ip_src', ten(i << 4), 0xfffffff0), at('tcp_dst', 0x1000, 0xf000), at('reg3', i % 8, 0xff)],
    actions: i % 3 === 0 ? [] : [set('reg4', 1), resubmit(7)],
  }),
  i => ({
    match: [ipv6, at('nw_proto', 17), at('ipv6_src', six(i)), at('ipv6_dst', six(i << 16), prefix112)],
    actions: [{ kind: 'dec_ttl' }, set('eth_dst', mac(i)), resubmit(8)],
  }),
  i => ({
    match: [at('eth_type', 0x0806), at('arp_op', 1), at('arp_tpa', ten(i)), at('metadata', 5n)],
    actions: [
      { kind: 'move', from: all('eth_src', 48), to: all('eth_dst', 48) },
      set('eth_src', mac(i)),
      set('arp_op', 2),
      { kind: 'move', from: all('arp_sha', 48), to: all('arp_tha', 48) },
      { kind: 'move', from: all('arp_spa', 32), to: all('arp_tpa', 32) },
      set('arp_sha', mac(i)),
      set('arp_spa', ten(i)),
      { kind: 'output', port: 0xfffffff8 },
    ],
  }),
  i => ({
    match: [at('reg15', i), at('pkt_mark', i % 4, 0xff)],
    actions: [set('tun_id', BigInt(i)), set('tun_dst', ten(i % 250)), { kind: 'output', port: 1 }],
  }),
];

/** `count` flows, as many in each table. */
export function makeFlows(count: number): readonly FlowEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const table = index % tables.length;
    const i = Math.floor(index / tables.length);
    const row = tables[table] as (i: number) => Row;
    const { match, actions } = row(i);
    const instructions: readonly Instruction[] = actions.length > 0 ? [{ kind: 'apply_actions', actions }] : [];
    return { table, priority: 100 + (i % 50), cookie: BigInt(index), match, instructions };
  });
}

/** The flow as a line that `ovs-ofctl add-flows` reads. */
export function flowLine(flow: FlowEntry): string {
  const [first] = flow.instructions;
  const action = first?.kind === 'apply_actions' ? first.actions[0] : undefined;
  if (action?.kind !== 'unknown_action') return formatFlow(flow);
  const view = new DataView(action.bytes.buffer);
  const text = `conjunction(${view.getUint32(12)},${view.getUint8(10) + 1}/${view.getUint8(11)})`;
  return formatFlow({ ...flow, instructions: [] }).replace('actions=drop', `actions=${text}`);
}
