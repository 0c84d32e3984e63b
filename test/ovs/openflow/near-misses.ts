// Texts that are flows, or nearly: valid ones with one or two things about them changed, the way people get them wrong.

import { Dice } from '../../fixtures/dice.ts';
import { flowTexts } from './flow-texts.ts';

/** Whether an item of a list ends here: at a comma or a space that is not in parentheses. */
function items(text: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  let item = '';
  for (const char of text) {
    if (depth === 0 && (char === ',' || char === ' ')) {
      if (item !== '') found.push(item);
      item = '';
      continue;
    }
    if (char === '(') depth++;
    else if (char === ')') depth--;
    item += char;
  }
  return item === '' ? found : [...found, item];
}

/** A flow in its items: those of the match, with the settings, and the actions. */
interface Parts {
  readonly match: readonly string[];
  readonly actions: readonly string[];
}

function partsOf(text: string): Parts {
  const [match = '', actions = ''] = text.split('actions=');
  return { match: items(match), actions: items(actions) };
}

const join = ({ match, actions }: Parts): string => `${[...match, ''].join(',')}actions=${actions.join(',')}`;

function without<T>(list: readonly T[], index: number): readonly T[] {
  return list.filter((_, i) => i !== index);
}

function inserted<T>(list: readonly T[], index: number, item: T): readonly T[] {
  return [...list.slice(0, index), item, ...list.slice(index)];
}

function swapped<T>(list: readonly T[], dice: Dice): readonly T[] {
  if (list.length < 2) return list;
  const index = dice.below(list.length - 1);
  return [...list.slice(0, index), list[index + 1] as T, list[index] as T, ...list.slice(index + 2)];
}

const protocols = 'ip ipv4 ip6 ipv6 arp rarp icmp icmp6 tcp tcp6 udp udp6 sctp sctp6 mpls mplsm eth'.split(' ');
const words = new Set(protocols);
const prerequisite = /^(ct_state|icmp_type|dl_vlan|vlan_tci|packet_type|ct_nw_proto|nw_proto|dl_type)=/;

/** Numbers at the edges of fields. */
const edges = [
  0n,
  1n,
  ...[2n, 3n, 4n, 6n, 8n, 9n, 12n, 13n, 16n, 20n, 24n, 31n, 32n, 33n, 48n, 63n, 64n].flatMap(bits => [
    (1n << bits) - 1n,
    1n << bits,
  ]),
  254n,
  0xfff7n,
  0xff00n,
  0xfffffff0n,
  -1n,
  -2n,
];

/** Ways of writing a number. */
const spellings: readonly ((number: bigint) => string)[] = [
  number => `0${number}`,
  number => `00${number}`,
  number => `0x${number.toString(16)}`,
  number => `0X${number.toString(16).toUpperCase()}`,
  number => `0x0${number.toString(16)}`,
  number => `+${number}`,
  number => `-${number}`,
  number => `${number}.0`,
  number => `${number}e0`,
  number => `${number}u`,
  number => `0b${number.toString(2)}`,
  number => `0o${number.toString(8)}`,
  number => `${number.toString(16)}h`,
  number => `"${number}"`,
  number => `'${number}'`,
];

const number = /(?<![\w.:])(0x[0-9a-f]+|[0-9]+)(?![\w.:])/g;

/** The text with one of its numbers another. */
function withNumber(text: string, dice: Dice, make: (number: bigint) => string): string {
  const found = [...text.matchAll(number)];
  if (found.length === 0) return text;
  const { 0: old, index } = dice.pick(found);
  return text.slice(0, index) + make(BigInt(old)) + text.slice(index + old.length);
}

const extras: readonly ((dice: Dice) => string)[] = [
  dice => `goto_table:${dice.below(256)}`,
  dice => `meter:${dice.below(3)}`,
  () => 'clear_actions',
  dice => `write_metadata:${dice.below(256)}`,
  dice => `write_actions(${dice.pick(['output:1', 'meter:1', 'drop', 'clear_actions', 'goto_table:3'])})`,
  () => 'drop',
  () => 'apply_actions(output:1)',
  dice => `output:${dice.pick(['0', '65279', '65280', '65535', 'none', 'table', 'CONTROLLER', 'controller', 'x', ''])}`,
  dice => dice.pick(['pop_vlan', 'strip_vlan', 'push_vlan:0x8100', 'push_mpls:0x8847', 'pop_mpls:0x800', 'dec_ttl']),
  dice => dice.pick(['ct(table=1)', 'ct(commit,nat(src=10.0.0.1))', 'ct(nat(dst=fd00::1))', 'nat(src)', 'ct_clear']),
  dice =>
    dice.pick(['ct(commit,exec(output:1))', 'clone(meter:1)', 'clone(ct(commit,exec(load:1->NXM_NX_CT_MARK[])))']),
  dice =>
    dice.pick(['conjunction(1,1/2)', 'set_field:1->ct_mark', 'load:1->NXM_NX_CT_ZONE[]', 'set_field:6->nw_proto']),
  dice => dice.pick(['decap()', 'encap(nsh)', 'encap(ethernet)', 'dec_nsh_ttl', 'dec_mpls_ttl', 'set_mpls_ttl(9)']),
  dice => dice.pick(['mod_nw_src:1.2.3.4', 'mod_tp_dst:80', 'mod_nw_tos:3', 'mod_vlan_pcp:8', 'set_vlan_vid:5']),
  dice =>
    dice.pick(['resubmit(,)', 'resubmit(1,2,3)', 'resubmit:1', 'resubmit(,1,ct)', 'resubmit(in_port,0)', 'resubmit()']),
];

type Change = (parts: Parts, dice: Dice, other: Parts) => string;

/** Every way of getting a flow wrong; each keeps most of it. */
const changes: Readonly<Record<string, Change>> = {
  'a prerequisite dropped': ({ match, actions }) => {
    const index = match.findIndex(item => words.has(item) || prerequisite.test(item));
    return join({ match: index === -1 ? match : without(match, index), actions });
  },
  'another protocol': ({ match, actions }, dice) => {
    const index = match.findIndex(item => words.has(item));
    const word = dice.pick(protocols);
    return join({ match: index === -1 ? [...match, word] : inserted(without(match, index), index, word), actions });
  },
  'an item dropped': ({ match, actions }, dice) =>
    dice.chance(2)
      ? join({ match: without(match, dice.below(match.length)), actions })
      : join({ match, actions: without(actions, dice.below(actions.length)) }),
  'a number at an edge': (parts, dice) => withNumber(join(parts), dice, () => String(dice.pick(edges))),
  'a mask': ({ match, actions }, dice) => {
    const index = dice.below(match.length);
    const item = match[index] as string;
    const mask = dice.pick(['/0', '/1', '/0xff', '/-1', '/32', '/33', '/255.255.0.0', '/0xffffffff', '/', '/ffff::']);
    const changed = item.includes('/') ? item.replace(/\/.*/, mask) : item + mask;
    return join({ match: inserted(without(match, index), index, changed), actions });
  },
  'a spelling of a number': (parts, dice) => withNumber(join(parts), dice, dice.pick(spellings)),
  'an order': ({ match, actions }, dice) =>
    dice.chance(3) ? join({ match: swapped(match, dice), actions }) : join({ match, actions: swapped(actions, dice) }),
  'a field repeated': ({ match, actions }, dice, other) =>
    join({ match: [...match, dice.pick(dice.chance(2) ? match : other.match)], actions }),
  'a field of another': ({ match, actions }, dice, other) =>
    join({ match: inserted(match, dice.below(match.length + 1), dice.pick(other.match)), actions }),
  'an action of another': ({ match, actions }, dice, other) =>
    join({ match, actions: inserted(actions, dice.below(actions.length + 1), dice.pick(other.actions)) }),
  'an extra action': ({ match, actions }, dice) =>
    join({ match, actions: inserted(actions, dice.below(actions.length + 1), dice.pick(extras)(dice)) }),
  'a space': (parts, dice) => {
    const text = join(parts);
    const places = [...text.matchAll(/[=,:()/>-]|\[|\]/g)];
    const { index } = dice.pick(places);
    const at = index + dice.below(2);
    return text.slice(0, at) + dice.pick([' ', '  ', '\t', ',', ', ', ' ,']) + text.slice(at);
  },
  'a capital': (parts, dice) => {
    const text = join(parts);
    const { 0: word, index } = dice.pick([...text.matchAll(/[a-z_]{2,}/g)]);
    return text.slice(0, index) + word.toUpperCase() + text.slice(index + word.length);
  },
  'a character': (parts, dice) => {
    const text = join(parts);
    const at = dice.below(text.length);
    const put = dice.chance(2) ? '' : dice.pick([...'()[],:=/-> 019af_x']);
    return text.slice(0, at) + put + text.slice(at + dice.below(2));
  },
  'a range of bits': (parts, dice) => {
    const text = join(parts);
    const found = [...text.matchAll(/\[[^\]]*\]/g)];
    const range = dice.pick([
      '[]',
      '[0]',
      '[31]',
      '[32]',
      '[0..15]',
      '[8..7]',
      '[0..63]',
      '[00..07]',
      '[ 0..3]',
      '[0..3',
      '',
    ]);
    if (found.length === 0) return text.replace('actions=', `reg${dice.below(16)}${range}=${dice.below(20)},actions=`);
    const { 0: old, index } = dice.pick(found);
    return text.slice(0, index) + range + text.slice(index + old.length);
  },
};

export interface NearMiss {
  readonly text: string;
  /** What was changed. */
  readonly change: string;
}

/** `count` texts of a seed. */
export function nearMisses(seed: number, count: number): readonly NearMiss[] {
  const dice = new Dice(seed);
  const texts = flowTexts(seed).map(partsOf);
  const names = Object.keys(changes);
  return Array.from({ length: count }, () => {
    const change = dice.pick(names);
    const parts = dice.pick(texts);
    let text = (changes[change] as Change)(parts, dice, dice.pick(texts));
    if (dice.chance(12))
      text = text.replace(
        'actions=',
        dice.pick(['action=', 'actions =', 'actions= ', 'actions:', 'Actions=', 'acts=']),
      );
    return { text, change };
  });
}
