// What a match's text has said so far. ovs-ofctl keeps it in one struct flow: what is said later takes the place of what
// was said of the same bits before, and fields of several protocols share a place (OVS lib/meta-flow.c, mf_set()).

import { type FieldName, fieldOf } from '../../flow/fields.ts';
import type { FieldValue, MatchField, Subfield } from '../../flow/match.ts';
import { partsOf, registersOf } from '../../flow/registers.ts';
import { type Piece, unexpected } from './cursor.ts';

export interface Stated extends MatchField {
  /** Where the text says so. */
  readonly where: Piece;
}

export interface MatchDraft {
  /** By the first of the fields that share a place. */
  readonly places: Map<FieldName, Stated>;
  /** Some field of Ethernet packets was named, so that the match is on such packets. */
  ethernet: boolean;
  /** Bytes that options of tunnels take. */
  optionBytes: number;
}

export function newDraft(): MatchDraft {
  return { places: new Map(), ethernet: false, optionBytes: 0 };
}

/** Fields that share a place, in which any of them may name any other. */
const shared: readonly (readonly FieldName[])[] = [
  ['tcp_src', 'udp_src', 'sctp_src', 'icmp_type', 'icmpv6_type'],
  ['tcp_dst', 'udp_dst', 'sctp_dst', 'icmp_code', 'icmpv6_code'],
  ['ip_src', 'arp_spa'],
  ['ip_dst', 'arp_tpa'],
  ['nw_proto', 'arp_op'],
  ['arp_sha', 'nd_sll'],
  ['arp_tha', 'nd_tll'],
  ['tcp_flags', 'nd_options_type'],
  ['ip_dscp', 'nw_tos'],
  ['vlan_tci', 'vlan_vid', 'vlan_pcp'],
];

const placeNames: ReadonlyMap<FieldName, FieldName> = new Map(
  shared.flatMap(([first, ...others]) => others.map((name): [FieldName, FieldName] => [name, first as FieldName])),
);

/** The name under which a field's place is kept. */
export function placeOf(name: FieldName): FieldName {
  return placeNames.get(name) ?? name;
}

/** All options of a match (OVS lib/tun-metadata.c, TUN_METADATA_TOT_OPT_SIZE). */
const mostOptionBytes = 256;

const vid = 0x0fff;
const present = 0x1000;
const priority = 0xe000;

/** What a field says of the TCI, whose other bits it leaves as they were (OVS lib/match.c). */
function stateTci(draft: MatchDraft, { field, value, mask, where }: Stated): void {
  const old = draft.places.get('vlan_tci');
  const oldMask = Number(old?.mask ?? 0);
  const oldValue = Number(old?.value ?? 0);
  const put = (newValue: number, newMask: number) => {
    if (newMask === 0) draft.places.delete('vlan_tci');
    else draft.places.set('vlan_tci', { field: 'vlan_tci', value: newValue & newMask, mask: newMask, where });
  };
  const bits = mask === undefined ? 0xffff : Number(mask);
  const number = Number(value);
  if (field === 'vlan_tci') put(number, bits);
  else if (field === 'vlan_pcp') {
    if (bits === 0) put(oldValue, oldMask & vid ? oldMask & ~priority : 0);
    else put((oldValue & ~priority) | (number << 13) | present, oldMask | present | priority);
  } else if (bits === 0) put(oldValue, oldMask & priority ? oldMask & ~vid : 0);
  else {
    const kept = bits & (vid | present);
    put((oldValue & priority) | (number & kept), (oldMask & priority) | kept);
  }
}

/** `dl_vlan`: a VLAN id beside whatever priority; undefined: no tag at all. */
export function stateVlan(draft: MatchDraft, number: number | undefined, where: Piece): void {
  draft.ethernet = true;
  const old = draft.places.get('vlan_tci');
  const tci = number === undefined ? 0 : (Number(old?.value ?? 0) & priority) | present | number;
  const mask = number === undefined ? 0xffff : Number(old?.mask ?? 0) | present | vid;
  draft.places.set('vlan_tci', { field: 'vlan_tci', value: tci, mask, where });
}

function stateRegisters(draft: MatchDraft, registers: readonly FieldName[], { value, mask, where }: Stated): void {
  const values = partsOf(BigInt(value), registers.length);
  const masks = mask === undefined ? undefined : partsOf(BigInt(mask), registers.length);
  for (const [i, field] of registers.entries()) {
    const part = masks?.[i];
    state(draft, { field, value: values[i] as number, ...(part !== undefined && { mask: part }), where });
  }
}

/** An option under a mask: the bits that do not count are zeros, but it is as long as it was said. */
function optionOf(stated: Stated): Stated {
  const { value, mask } = stated;
  if (mask === undefined) return stated;
  const bytes = bytesOf(BigInt(value) | BigInt(mask));
  const masked = BigInt(value) & BigInt(mask);
  return { ...stated, value: masked, ...(bytesOf(masked | BigInt(mask)) !== bytes && { bytes }) };
}

function bytesOf(number: bigint): number {
  return number === 0n ? 0 : Math.ceil(number.toString(16).length / 2);
}

/** What a text says of a field takes the place of what it said before; a mask of zeros takes it back. */
export function state(draft: MatchDraft, stated: Stated): void {
  const { field: name, mask, where } = stated;
  const field = fieldOf(name);
  if (field.prerequisite !== 'none') draft.ethernet = true;
  const registers = registersOf.get(name);
  if (registers) {
    stateRegisters(draft, registers, stated);
    return;
  }
  const place = placeNames.get(name) ?? name;
  if (place === 'vlan_tci') {
    stateTci(draft, stated);
    return;
  }
  if (field.variable) {
    if (draft.places.has(place)) throw unexpected(where, 'each option of a tunnel once');
    draft.optionBytes += bytesOf(BigInt(stated.value) | BigInt(mask ?? 0));
    if (draft.optionBytes > mostOptionBytes) {
      throw unexpected(where, `options of tunnels that take at most ${mostOptionBytes} bytes together`);
    }
    draft.places.set(place, optionOf(stated));
    return;
  }
  if (mask !== undefined && Number(mask) === 0) draft.places.delete(place);
  else if (name === 'nw_tos')
    draft.places.set(place, { ...stated, field: 'ip_dscp', value: Number(stated.value) >> 2 });
  else draft.places.set(place, stated);
}

/** What the draft says of a field: value and mask. */
function get(draft: MatchDraft, name: FieldName): { readonly value: bigint; readonly mask: bigint } {
  const registers = registersOf.get(name);
  if (registers) {
    const parts = registers.map(register => get(draft, register));
    return parts.reduce((all, part) => ({
      value: (all.value << 32n) | part.value,
      mask: (all.mask << 32n) | part.mask,
    }));
  }
  const stated = draft.places.get(placeOf(name));
  if (!stated) return { value: 0n, mask: 0n };
  const field = fieldOf(name);
  const ones = (1n << BigInt(8 * field.bytes)) - 1n;
  const mask = stated.mask === undefined ? ones : BigInt(stated.mask);
  if (name === 'vlan_vid') return { value: BigInt(stated.value) & 0x1fffn, mask: mask & 0x1fffn };
  if (name === 'vlan_pcp') return { value: BigInt(stated.value) >> 13n, mask: mask >> 13n };
  return { value: BigInt(stated.value) & mask, mask };
}

/** Some bits of a field: what was said of its other bits stays. */
export function stateBits(
  draft: MatchDraft,
  { field: name, offset, bits }: Subfield,
  value: bigint,
  where: Piece,
): void {
  const field = fieldOf(name);
  const old = get(draft, name);
  const ones = ((1n << BigInt(bits)) - 1n) << BigInt(offset);
  const width = (1n << BigInt(8 * field.bytes)) - 1n;
  const mask = old.mask | ones;
  const whole = (old.value & ~ones) | (value << BigInt(offset));
  if (!field.maskable && mask !== width) throw unexpected(where, `all of ${name}, which is matched as a whole`);
  const narrow = (number: bigint): FieldValue => (field.bytes <= 4 ? Number(number) : number);
  // OVS takes all twenty bits of a flow label for the whole field.
  const isWhole = mask === width || (name === 'ipv6_label' && mask === field.allOnes);
  state(draft, { field: name, value: narrow(whole), ...(!isWhole && { mask: narrow(mask) }), where });
}
