// A match in one form: fields in the order of their table, each once, value under mask, no wide registers (see
// canonical.ts).

import { type Field, type FieldName, fieldOf } from './fields.ts';
import type { FieldValue, Match, MatchField } from './match.ts';
import { partsOf, registersOf } from './registers.ts';

/** The field as numbers of its own width, value under mask; undefined when it matches everything. */
export function canonicalField(field: Field, value: FieldValue, mask: FieldValue | undefined): MatchField | undefined {
  if (field.bytes <= 4) {
    const { ones } = field;
    const bits = mask === undefined ? ones : (Number(mask) & ones) >>> 0;
    if (bits === 0) return undefined;
    if (bits === ones)
      return { field: field.name, value: mask === undefined ? Number(value) : (Number(value) & ones) >>> 0 };
    return { field: field.name, value: (Number(value) & bits) >>> 0, mask: bits };
  }
  const bits = mask === undefined ? field.allOnes : BigInt(mask) & field.allOnes;
  if (bits === 0n) return undefined;
  if (bits === field.allOnes) return { field: field.name, value: BigInt(value) & field.allOnes };
  return { field: field.name, value: BigInt(value) & bits, mask: bits };
}

/** A field in terms of the fields OVS keeps. */
function expand({ field: name, value, mask }: MatchField): readonly MatchField[] {
  const registers = registersOf.get(name);
  if (registers) return expandRegister(registers, BigInt(value), mask === undefined ? undefined : BigInt(mask));
  if (name === 'vlan_tci') return expandTci(Number(value), mask === undefined ? 0xffff : Number(mask));
  if (name === 'nw_tos') return [{ field: 'ip_dscp', value: Number(value) >> 2 }];
  if (name === 'packet_type' && Number(value) === 0 && mask === undefined) return [];
  return [mask === undefined ? { field: name, value } : { field: name, value, mask }];
}

function expandRegister(
  registers: readonly FieldName[],
  value: bigint,
  mask: bigint | undefined,
): readonly MatchField[] {
  const values = partsOf(value, registers.length);
  const masks = mask === undefined ? undefined : partsOf(mask, registers.length);
  const found: MatchField[] = [];
  for (let i = 0; i < registers.length; i++) {
    const field = registers[i] as FieldName;
    const bits = masks?.[i];
    if (bits === undefined || bits === 0xffffffff) found.push({ field, value: values[i] as number });
    else if (bits !== 0) found.push({ field, value: values[i] as number, mask: bits });
  }
  return found;
}

/** What OVS over 1.5 can say of a TCI: the priority only next to a tag or a VID, and only whole. */
function expandTci(tci: number, mask: number): readonly MatchField[] {
  const vid: MatchField = { field: 'vlan_vid', value: tci & 0x1fff, mask: mask & 0x1fff };
  const withPriority = (tci & 0x1fff) !== 0 && mask >> 13 !== 0;
  return withPriority ? [vid, { field: 'vlan_pcp', value: tci >> 13 }] : [vid];
}

/** Two statements about one register are one statement. */
function merge(a: MatchField, b: MatchField): MatchField {
  const field = fieldOf(a.field);
  const value = BigInt(a.value) | BigInt(b.value);
  const mask = BigInt(a.mask ?? field.allOnes) | BigInt(b.mask ?? field.allOnes);
  return canonicalField(field, field.bytes <= 4 ? Number(value) : value, mask) ?? a;
}

/** The match as OVS means it: fields in the table's order, each once, no wide registers. */
export function canonicalMatch(match: Match): Match {
  const found: MatchField[] = [];
  for (const one of match) {
    if (folded.has(one.field)) for (const part of expand(one)) add(found, part);
    else add(found, one);
  }
  return found;
}

function add(found: MatchField[], said: MatchField): void {
  const field = fieldOf(said.field);
  const one = field.variable || isCanonical(field, said) ? said : canonicalField(field, said.value, said.mask);
  if (one) insert(found, one, field.order);
}

/** At its place: a match has few fields, and most come in their order. */
function insert(found: MatchField[], one: MatchField, order: number): void {
  let at = found.length;
  while (at > 0 && fieldOf((found[at - 1] as MatchField).field).order > order) at--;
  const before = found[at - 1];
  if (before?.field === one.field) {
    found[at - 1] = merge(before, one);
    return;
  }
  found.push(one);
  for (let i = found.length - 1; i > at; i--) found[i] = found[i - 1] as MatchField;
  found[at] = one;
}

/** Fields that OVS keeps as others. */
const folded: ReadonlySet<FieldName> = new Set([...registersOf.keys(), 'vlan_tci', 'nw_tos', 'packet_type']);

/** A value of a number's width, or under a mask that leaves out some of its bits, as nearly all that come from a switch. */
function isCanonical(field: Field, { value, mask, header }: MatchField): boolean {
  if (header !== undefined || typeof value !== 'number' || field.bytes > 4) return false;
  if (mask === undefined) return value <= field.ones;
  return typeof mask === 'number' && mask !== 0 && mask < field.ones && (value & ~mask) === 0;
}
