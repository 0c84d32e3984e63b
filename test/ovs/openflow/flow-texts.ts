// Flow texts for ovs-ofctl, made from a seed: every field and every action at least ten times, in company.

import { type Field, fieldNames, fieldOf, type Prerequisite } from '../../../src/openflow/index.ts';
import { Dice } from '../../fixtures/dice.ts';

const hex = (value: bigint) => `0x${value.toString(16)}`;
const mac = (value: bigint) =>
  value
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:');
const ipv4 = (value: bigint) => [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.');
const ipv6 = (value: bigint) =>
  value
    .toString(16)
    .padStart(32, '0')
    .replace(/....(?=.)/g, '$&:');

/** `10.0.0.0/8`: an address without its host bits. */
const network = (address: bigint, width: number, length: number, text: (address: bigint) => string) => {
  const host = BigInt(width - length);
  return `${text((address >> host) << host)}/${length}`;
};

/** What a packet is: the text that says so, and which prerequisites of fields it meets. */
interface Family {
  readonly text: string;
  readonly meets: readonly Prerequisite[];
  readonly ports?: 'tcp' | 'udp' | 'sctp';
}

const families: readonly Family[] = [
  { text: '', meets: [] },
  { text: 'ip', meets: ['ipv4', 'ip'] },
  { text: 'ipv6', meets: ['ipv6', 'ip'] },
  { text: 'tcp', meets: ['ipv4', 'ip', 'tcp'], ports: 'tcp' },
  { text: 'tcp6', meets: ['ipv6', 'ip', 'tcp'], ports: 'tcp' },
  { text: 'udp', meets: ['ipv4', 'ip', 'udp'], ports: 'udp' },
  { text: 'udp6', meets: ['ipv6', 'ip', 'udp'], ports: 'udp' },
  { text: 'sctp', meets: ['ipv4', 'ip', 'sctp'], ports: 'sctp' },
  { text: 'icmp', meets: ['ipv4', 'ip', 'icmp'] },
  { text: 'icmp6', meets: ['ipv6', 'ip', 'icmpv6'] },
  { text: 'icmp6,icmp_type=135', meets: ['ipv6', 'ip', 'nd', 'nd_solicit'] },
  { text: 'icmp6,icmp_type=136', meets: ['ipv6', 'ip', 'nd', 'nd_advert'] },
  { text: 'arp', meets: ['arp'] },
  { text: 'rarp', meets: ['arp'] },
  { text: 'mpls', meets: ['mpls'] },
  { text: 'dl_vlan=7', meets: ['vlan'] },
  { text: 'packet_type=(1,0x894f)', meets: ['nsh'] },
  { text: 'ip,ct_state=+trk+est,ct_nw_proto=6', meets: ['ipv4', 'ip', 'ct'] },
  { text: 'ipv6,ct_state=+trk+est,ct_nw_proto=17', meets: ['ipv6', 'ip', 'ct'] },
];

/** Whether packets of a family have what a field needs. */
function suits(field: Field, { text, meets }: Family): boolean {
  const { prerequisite: needed } = field;
  if (needed === 'none') return true;
  if (needed === 'ethernet') return !meets.includes('nsh');
  if (!meets.includes(needed)) return false;
  if (field.name.startsWith('ct_ipv6')) return text.startsWith('ipv6');
  return field.name.startsWith('ct_nw_src') || field.name.startsWith('ct_nw_dst') ? text.startsWith('ip,') : true;
}

/** Fields that make a family what it is, and what else is said where they are the subject. */
const makers: Readonly<Record<string, readonly string[]>> = {
  eth_type: [''],
  packet_type: [''],
  vlan_tci: [''],
  vlan_vid: [''],
  nw_proto: ['ip', 'ipv6'],
  icmpv6_type: ['icmp6'],
  ct_state: ['ip', 'ipv6'],
  ct_nw_proto: ['ip,ct_state=+trk+est', 'ipv6,ct_state=+trk+est'],
};

function value(field: Field, family: Family, dice: Dice): string {
  const bits = field.variable ? 8 * dice.within(1, 4) : field.bits;
  const number = dice.bits(bits);
  const masked = field.maskable && dice.chance(3);
  const mask = dice.bits(bits) | 1n;
  if (field.name === 'arp_op') return String(dice.below(256));
  if (field.name === 'nsh_ttl') return String(dice.below(64));
  if (field.name === 'nsh_mdtype') return dice.pick(['1', '2']);
  // OVS does not send a 0, which would match everything.
  if (field.name === 'ct_nw_proto') return String(dice.within(1, 255));
  switch (field.print) {
    case 'decimal':
    case 'hex':
      // Beyond 64 bits ovs-ofctl reads only hexadecimal.
      return masked ? `${hex(number & mask)}/${hex(mask)}` : bits > 64 ? hex(number) : String(number);
    case 'mac':
      return masked ? `${mac(number & mask)}/${mac(mask)}` : mac(number);
    case 'ipv4':
      return masked ? network(number, 32, dice.within(1, 32), ipv4) : ipv4(number);
    case 'ipv6':
      return masked ? network(number, 128, dice.within(1, 128), ipv6) : ipv6(number);
    case 'port':
      return dice.pick(['1', '17', '65000', 'LOCAL']);
    case 'ct_state':
      return dice.pick(['+trk', '+trk+new-est', '-trk', '+trk+est+rpl', '+inv+trk', 'trk|new', '+rel+snat-dnat+trk']);
    case 'tcp_flags':
      return dice.pick(['+syn-ack', 'syn|ack', '+fin', '0x12/0x3f', 'rst', '+psh+urg-ns']);
    case 'tun_flags':
      return dice.pick(['+oam', '-oam']);
    case 'frag':
      // Later fragments have no ports to set.
      return dice.pick(['no', 'yes', 'first', 'not_later', family.ports ? 'no' : 'later']);
    case 'packet_type':
      return '(1,0x894f)';
  }
}

/** What a field may be set to: only values that OVS takes. */
function settable(field: Field, family: Family, dice: Dice): string {
  if (field.name === 'vlan_vid') return String(0x1000 | dice.below(4096));
  if (field.name === 'nw_tos') return String(4 * dice.below(64));
  return value(field, family, dice);
}

/** Registers overlap: a flow says each bit once. */
function place(name: string): string {
  return name
    .replace(/^x*reg.*/, 'register')
    .replace(/^(vlan_).*/, '$1')
    .replace('ip_dscp', 'nw_tos')
    .replace(/^(tun_ipv6_|tun_)(src|dst)$/, '$2');
}

interface ActionMaker {
  readonly name: string;
  /** Whether packets of a family can have it. */
  readonly suits?: (family: Family) => boolean;
  readonly make: (dice: Dice, family: Family) => string;
  /** Stands behind all others: the packet is another one after it. */
  readonly last?: true;
  /** Stands alone. */
  readonly alone?: true;
}

const register = (dice: Dice) => `NXM_NX_REG${dice.below(16)}`;
const part = (dice: Dice, bits: number) => {
  const start = dice.below(32 - bits + 1);
  return `${register(dice)}[${bits === 1 ? start : `${start}..${start + bits - 1}`}]`;
};
const port = (dice: Dice) => dice.pick(['1', '2', '300', 'LOCAL']);
const inIp = ({ meets }: Family) => meets.includes('ip');
const isEthernet = ({ meets }: Family) => !meets.includes('nsh');
const inMpls = ({ meets }: Family) => meets.includes('mpls');
const hashes = ['eth_src', 'symmetric_l4', 'symmetric_l3l4', 'symmetric_l3l4+udp', 'nw_src', 'nw_dst', 'symmetric_l3'];

function nat(dice: Dice, { meets }: Family): string {
  const four = [
    () => `=${ipv4(dice.bits(32) | 1n)}`,
    () => `=10.0.0.1-10.0.0.${dice.within(1, 255)}`,
    () => `=${ipv4(dice.bits(32) | 1n)}:${dice.within(1, 60000)}`,
    () => `=10.0.0.1-10.0.0.9:1000-${dice.within(1000, 60000)}`,
  ];
  const six = [
    () => '=fd00::1',
    () => '=fd00::1-fd00::ff',
    () => `=[fd00::1]:${dice.within(1, 60000)}-60000`,
    () => '=[fd00::1]-[fd00::9]:5',
  ];
  const range = dice.pick([() => '', ...(meets.includes('ipv4') ? four : six)])();
  const flags = dice.pick(['', ',persistent', ',hash', ',random', ',persistent,random']);
  return dice.chance(6) ? 'nat' : `nat(${dice.pick(['src', 'dst'])}${range}${range ? flags : ''})`;
}

function ct(dice: Dice, family: Family): string {
  const { meets } = family;
  const exec = dice.pick([
    () => `set_field:${hex(dice.bits(32))}->ct_mark`,
    () => `set_field:${hex(dice.bits(128))}->ct_label`,
    () => `set_field:${hex(dice.bits(8))}/0xff->ct_mark`,
    () => `load:${hex(dice.bits(16))}->NXM_NX_CT_LABEL[16..31]`,
    () => `move:${register(dice)}[]->NXM_NX_CT_MARK[]`,
  ]);
  const commits = dice.chance(2);
  const parts = [
    ...(commits ? ['commit'] : []),
    ...(commits && dice.chance(3) ? ['force'] : []),
    ...(dice.chance(2) ? [`table=${dice.below(255)}`] : []),
    ...(dice.chance(2) ? [`zone=${dice.chance(2) ? dice.below(65536) : part(dice, 16)}`] : []),
    ...(dice.chance(2) ? [nat(dice, family)] : []),
    ...(commits && dice.chance(2) ? [`exec(${exec()}${dice.chance(2) ? `,${exec()}` : ''})`] : []),
    ...(meets.includes('tcp') && dice.chance(3) ? ['alg=ftp'] : []),
    ...(meets.includes('udp') && dice.chance(3) ? ['alg=tftp'] : []),
  ];
  return `ct(${parts.join(',')})`;
}

function learn(dice: Dice): string {
  const spec = dice.pick([
    () => 'NXM_OF_VLAN_TCI[0..11]',
    () => 'NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]',
    () => `eth_src=${mac(dice.bits(48))}`,
    () => 'eth_type=0x800',
    () => `${part(dice, 7)}=${dice.below(128)}`,
    () => `load:${hex(dice.bits(12))}->${part(dice, 12)}`,
    () => `load:NXM_OF_IN_PORT[]->${part(dice, 16)}`,
    () => 'load:NXM_OF_VLAN_TCI[0..11]->NXM_OF_VLAN_TCI[0..11]',
    () => 'output:NXM_OF_IN_PORT[]',
    () => `output:${part(dice, 16)}`,
    () => `reg3=${hex(dice.bits(32))}`,
    () => `xxreg1=${hex(dice.bits(120))}`,
    () => `OXM_OF_METADATA[]=OXM_OF_METADATA[]`,
  ]);
  const setting = dice.pick([
    () => `idle_timeout=${dice.below(65536)}`,
    () => `hard_timeout=${dice.below(65536)}`,
    () => `fin_idle_timeout=${dice.below(65536)},fin_hard_timeout=${dice.below(65536)}`,
    () => `priority=${dice.below(65536)}`,
    () => `cookie=${hex(dice.bits(64))}`,
    () => 'send_flow_rem',
    () => 'delete_learned',
    () => `limit=${dice.below(100000)}`,
    () => `result_dst=${part(dice, 1)}`,
  ]);
  return `learn(table=${dice.below(255)},${setting()},${spec()},${spec()}${dice.chance(2) ? `,${spec()}` : ''})`;
}

const bareActions: readonly ActionMaker[] = [
  { name: 'dec_ttl', suits: inIp, make: dice => dice.pick(['dec_ttl', 'dec_ttl(1,2)', 'dec_ttl(65535,0,3)']) },
  { name: 'pop_queue', make: () => 'pop_queue' },
  { name: 'exit', make: () => 'exit' },
  { name: 'ct_clear', make: () => 'ct_clear' },
  { name: 'dec_mpls_ttl', suits: inMpls, make: () => 'dec_mpls_ttl' },
  { name: 'dec_nsh_ttl', suits: family => family.meets.includes('nsh'), make: () => 'dec_nsh_ttl' },
  { name: 'drop', alone: true, make: () => 'drop' },
];

const actions: readonly ActionMaker[] = [
  ...bareActions,
  { name: 'output', make: dice => dice.pick([`output:${port(dice)}`, '7', 'NORMAL', 'FLOOD', 'IN_PORT', 'ALL']) },
  { name: 'output_reg', make: dice => `output:${part(dice, 16)}` },
  { name: 'output_trunc', make: dice => `output(port=${port(dice)},max_len=${dice.within(14, 70000)})` },
  { name: 'group', make: dice => `group:${dice.below(0xffffff00)}` },
  {
    name: 'controller',
    make: dice =>
      dice.pick([
        'CONTROLLER:65535',
        `controller:${dice.below(65536)}`,
        `controller(reason=${dice.pick(['no_match', 'action', 'invalid_ttl', 'group'])},id=${dice.below(65536)})`,
        `controller(max_len=${dice.below(65536)},id=9,userdata=${dice.pick(['01', '01.02.ff', 'aabbccddeeff0011'])})`,
        `controller(userdata=00.00.00.05,pause)`,
        `controller(id=3,meter_id=${dice.within(1, 1000)})`,
      ]),
  },
  { name: 'enqueue', make: dice => `enqueue:${dice.within(1, 9)}:${dice.below(100)}` },
  { name: 'set_queue', make: dice => `set_queue:${dice.below(0xffffffff)}` },
  {
    name: 'resubmit',
    make: dice =>
      dice.pick([`resubmit:${dice.within(1, 99)}`, `resubmit(,${dice.below(255)})`, `resubmit(3,${dice.below(255)})`]),
  },
  {
    name: 'resubmit_ct',
    suits: family => family.meets.includes('ct'),
    make: dice => `resubmit(,${dice.below(255)},ct)`,
  },
  { name: 'push_vlan', suits: isEthernet, make: dice => `push_vlan:${dice.pick(['0x8100', '0x88a8'])}` },
  {
    name: 'pop_vlan',
    suits: family => family.meets.includes('vlan'),
    last: true,
    make: dice => dice.pick(['pop_vlan', 'strip_vlan']),
  },
  { name: 'mod_vlan_vid', suits: isEthernet, make: dice => `mod_vlan_vid:${dice.below(4096)}` },
  { name: 'mod_vlan_pcp', suits: isEthernet, make: dice => `mod_vlan_pcp:${dice.below(8)}` },
  {
    name: 'set_vlan_vid',
    suits: family => family.meets.includes('vlan'),
    make: dice => `set_vlan_vid:${dice.below(4096)}`,
  },
  { name: 'mod_dl_src', suits: isEthernet, make: dice => `mod_dl_src:${mac(dice.bits(48))}` },
  { name: 'mod_dl_dst', suits: isEthernet, make: dice => `mod_dl_dst:${mac(dice.bits(48))}` },
  {
    name: 'mod_nw_src',
    suits: family => family.meets.includes('ipv4'),
    make: dice => `mod_nw_src:${ipv4(dice.bits(32))}`,
  },
  {
    name: 'mod_nw_dst',
    suits: family => family.meets.includes('ipv4'),
    make: dice => `mod_nw_dst:${ipv4(dice.bits(32))}`,
  },
  { name: 'mod_nw_tos', suits: inIp, make: dice => `mod_nw_tos:${4 * dice.below(64)}` },
  { name: 'mod_nw_ecn', suits: inIp, make: dice => `mod_nw_ecn:${dice.below(4)}` },
  { name: 'mod_nw_ttl', suits: inIp, make: dice => `mod_nw_ttl:${dice.below(256)}` },
  { name: 'mod_tp_src', suits: family => family.ports !== undefined, make: dice => `mod_tp_src:${dice.below(65536)}` },
  { name: 'mod_tp_dst', suits: family => family.ports !== undefined, make: dice => `mod_tp_dst:${dice.below(65536)}` },
  { name: 'set_mpls_label', suits: inMpls, make: dice => `set_mpls_label(${dice.below(0x100000)})` },
  { name: 'set_mpls_tc', suits: inMpls, make: dice => `set_mpls_tc(${dice.below(8)})` },
  { name: 'set_mpls_ttl', suits: inMpls, make: dice => `set_mpls_ttl(${dice.below(256)})` },
  { name: 'push_mpls', suits: isEthernet, last: true, make: dice => `push_mpls:${dice.pick(['0x8847', '0x8848'])}` },
  { name: 'pop_mpls', suits: inMpls, last: true, make: dice => `pop_mpls:${dice.pick(['0x0800', '0x8847'])}` },
  {
    name: 'load',
    make: dice =>
      dice.pick([
        `load:${hex(dice.bits(16))}->${part(dice, 16)}`,
        `load:${hex(dice.bits(32))}->${register(dice)}[]`,
        `load:${hex(dice.bits(64))}->OXM_OF_METADATA[]`,
        `load:${hex(dice.bits(90))}->NXM_NX_XXREG1[0..95]`,
        `load:1->${part(dice, 1)}`,
        `load:${hex(dice.bits(8))}->NXM_NX_TUN_METADATA3[0..7]`,
      ]),
  },
  {
    name: 'move',
    make: dice =>
      dice.pick([
        `move:${part(dice, 8)}->${part(dice, 8)}`,
        'move:NXM_OF_IN_PORT[]->NXM_NX_REG3[0..15]',
        `move:NXM_NX_TUN_ID[0..31]->${register(dice)}[]`,
        'move:NXM_NX_XXREG0[]->NXM_NX_XXREG1[]',
        'move:OXM_OF_METADATA[0..31]->NXM_NX_TUN_IPV4_DST[]',
        'move:NXM_NX_TUN_METADATA0[0..15]->NXM_NX_REG0[0..15]',
      ]),
  },
  {
    name: 'push',
    make: dice => `push:${dice.pick([part(dice, 5), 'NXM_NX_TUN_ID[]', 'NXM_NX_XXREG2[]', 'OXM_OF_METADATA[]'])}`,
  },
  {
    name: 'pop',
    make: dice => `pop:${dice.pick([part(dice, 5), 'NXM_NX_TUN_ID[]', 'NXM_NX_XXREG2[]', 'OXM_OF_METADATA[]'])}`,
  },
  {
    name: 'set_tunnel',
    make: dice => dice.pick([`set_tunnel:${hex(dice.bits(32))}`, `set_tunnel64:${hex(dice.bits(64))}`]),
  },
  { name: 'delete_field', make: dice => `delete_field:tun_metadata${dice.below(64)}` },
  { name: 'ct', suits: inIp, make: ct },
  { name: 'learn', suits: isEthernet, make: learn },
  {
    name: 'conjunction',
    alone: true,
    make: dice =>
      `conjunction(${dice.below(0xffffffff)},1/2),conjunction(${dice.below(1000)},${dice.within(1, 9)}/${dice.within(9, 64)})`,
  },
  { name: 'note', make: dice => `note:${dice.pick(['00', '01.02.03', 'ff.ff.ff.ff.ff.ff.ff', 'aabbcc'])}` },
  {
    name: 'sample',
    make: dice =>
      `sample(probability=${dice.within(1, 65535)},collector_set_id=${dice.below(1000)},obs_domain_id=${dice.below(1000)},obs_point_id=${dice.below(1000)}${dice.pick(['', ',sampling_port=5', ',sampling_port=LOCAL,ingress', ',egress'])})`,
  },
  {
    name: 'fin_timeout',
    suits: family => family.ports === 'tcp',
    make: dice =>
      dice.pick([
        `fin_timeout(idle_timeout=${dice.below(65536)})`,
        `fin_timeout(idle_timeout=5,hard_timeout=${dice.within(1, 99)})`,
      ]),
  },
  {
    name: 'multipath',
    make: dice =>
      `multipath(${dice.pick(hashes)},${dice.below(65536)},${dice.pick(['modulo_n', 'hash_threshold', 'hrw', 'iter_hash'])},${dice.within(1, 256)},${dice.below(100)},${part(dice, 8)})`,
  },
  {
    name: 'bundle',
    make: dice =>
      `bundle(${dice.pick(hashes)},${dice.below(65536)},${dice.pick(['hrw', 'active_backup'])},ofport,members:${dice.pick(['1', '1,2', '4,8,15,16', 'LOCAL,5'])})`,
  },
  {
    name: 'bundle_load',
    make: dice =>
      `bundle_load(${dice.pick(hashes)},${dice.below(65536)},${dice.pick(['hrw', 'active_backup'])},ofport,${part(dice, 16)},members:${dice.pick(['1', '1,2', '4,8,15,16'])})`,
  },
  {
    name: 'clone',
    make: dice =>
      `clone(${dice.pick(['output:1', 'set_field:5->reg0,output:2', `resubmit(,${dice.below(255)})`, 'ct_clear,exit'])})`,
  },
  { name: 'check_pkt_larger', make: dice => `check_pkt_larger(${dice.below(65536)})->${part(dice, 1)}` },
  {
    name: 'encap',
    suits: isEthernet,
    last: true,
    make: dice =>
      dice.pick([
        'encap(nsh(md_type=1))',
        'encap(nsh(md_type=2,tlv(0x1000,10,0x12345678)))',
        'encap(nsh)',
        'encap(mpls)',
        'encap(mpls_mc)',
      ]),
  },
  {
    name: 'decap',
    suits: family => family.meets.includes('nsh'),
    last: true,
    make: dice => dice.pick(['decap()', 'decap(packet_type(ns=0,type=0))', 'decap(packet_type(ns=1,type=0x894f))']),
  },
];

/** Instructions, in the order in which they may stand behind actions. */
const instructions: readonly { readonly name: string; readonly make: (dice: Dice) => string }[] = [
  { name: 'clear_actions', make: () => 'clear_actions' },
  {
    name: 'write_actions',
    make: dice =>
      `write_actions(${dice.pick([`output:${port(dice)}`, 'set_field:1->reg0,group:3', 'pop_vlan,output:9'])})`,
  },
  {
    name: 'write_metadata',
    make: dice => `write_metadata:${hex(dice.bits(64))}${dice.chance(2) ? `/${hex(dice.bits(64))}` : ''}`,
  },
  { name: 'goto_table', make: dice => `goto_table:${dice.within(201, 254)}` },
];

/** What a text must be about. */
type Subject =
  | { readonly field: Field }
  | { readonly setting: Field }
  | { readonly action: ActionMaker }
  | { readonly instruction: string };

/** Since OVS 3.7; another ovs-ofctl than the usual one is a newer one. */
const newest = /^(reg(1[6-9]|[23]\d)|xreg([89]|1\d)|xxreg[4-7])$/;
const names = fieldNames.filter(name => process.env.OVS_OFCTL !== undefined || !newest.test(name));

const matchable = names.map(fieldOf).filter(field => field.only !== 'action');
const mayBeSet = names
  .map(fieldOf)
  // OVS sets tunnel metadata of a field only when it knows its length, and ct_mark and ct_label only in ct().
  .filter(field => field.writable && !field.name.startsWith('ct_'));

const subjects: readonly Subject[] = [
  ...matchable.map(field => ({ field })),
  ...mayBeSet.map(setting => ({ setting })),
  ...actions.map(action => ({ action })),
  ...instructions.map(({ name }) => ({ instruction: name })),
  { instruction: 'meter' },
];

function allows(subject: Subject, family: Family): boolean {
  if ('field' in subject) return suits(subject.field, family);
  if ('setting' in subject) {
    // Only a tag that is there has a VID to set.
    if (subject.setting.name === 'vlan_vid') return family.meets.includes('vlan');
    return suits(subject.setting, family);
  }
  return 'action' in subject ? (subject.action.suits?.(family) ?? true) : true;
}

function matchText(subject: Subject, family: Family, dice: Dice): string {
  const forced = 'field' in subject ? [subject.field] : [];
  const others = matchable.filter(field => suits(field, family) && !(field.name in makers));
  const chosen: Field[] = [...forced];
  for (let count = dice.below(3); count > 0; count--) {
    const other = dice.pick(others);
    if (chosen.every(field => place(field.name) !== place(other.name))) chosen.push(other);
  }
  const { text: head } = family;
  return [...(head ? [head] : []), ...chosen.map(field => `${field.name}=${value(field, family, dice)}`)].join(',');
}

function actionsText(subject: Subject, family: Family, dice: Dice): string {
  const forced = 'action' in subject ? [subject.action] : [];
  if (forced[0]?.alone) return forced[0].make(dice, family);
  const able = actions.filter(({ suits: can, alone }) => !alone && (can?.(family) ?? true));
  const chosen = [...forced];
  for (let count = dice.below(3); count > 0; count--) chosen.push(dice.pick(able));
  // After one that changes what the packet is, nothing else makes sense.
  const ordered = [...chosen.filter(({ last }) => !last), ...chosen.filter(({ last }) => last).slice(0, 1)];
  const set =
    'setting' in subject ? [`set_field:${settable(subject.setting, family, dice)}->${subject.setting.name}`] : [];
  const wanted = 'instruction' in subject ? subject.instruction : undefined;
  const meter = wanted === 'meter' ? [`meter:${dice.within(1, 1000)}`] : [];
  const behind = instructions
    .filter(({ name }) => name === wanted || dice.chance(8))
    .filter(({ name }) => name !== 'clear_actions' || wanted === 'clear_actions');
  const all = [
    ...meter,
    ...set,
    ...ordered.map(({ make }) => make(dice, family)),
    ...behind.map(({ make }) => make(dice)),
  ];
  return all.length > 0 ? all.join(',') : 'drop';
}

function flowText(subject: Subject, dice: Dice): string {
  const made = 'field' in subject ? makers[subject.field.name] : undefined;
  const family: Family = made
    ? { text: dice.pick(made), meets: 'field' in subject && subject.field.name === 'packet_type' ? ['nsh'] : [] }
    : dice.pick(families.filter(each => allows(subject, each)));
  const head = [
    `cookie=${hex(dice.bits(64))}`,
    `table=${dice.below(200)}`,
    ...(dice.chance(2) ? [`priority=${dice.below(65536)}`] : []),
    ...(dice.chance(5) ? [`idle_timeout=${dice.below(65536)}`] : []),
    ...(dice.chance(5) ? [`hard_timeout=${dice.below(65536)}`] : []),
    ...(dice.chance(5) ? [`importance=${dice.below(65536)}`] : []),
    ...(dice.chance(6)
      ? [dice.pick(['send_flow_rem', 'check_overlap', 'reset_counts', 'no_packet_counts', 'no_byte_counts'])]
      : []),
  ];
  const match = matchText(subject, family, dice);
  return `${[...head, ...(match ? [match] : [])].join(',')},actions=${actionsText(subject, family, dice)}`;
}

/** How often each field, each field that may be set, each action and each instruction is the subject of a text. */
export const timesEach = 10;

/** The texts of one seed: `timesEach` for each subject. */
export function flowTexts(seed: number): readonly string[] {
  const dice = new Dice(seed);
  return Array.from({ length: timesEach }, () => subjects.map(subject => flowText(subject, dice))).flat();
}

export const subjectCount = subjects.length;
