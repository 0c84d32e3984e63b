// A match as OVS puts it on the wire (OVS lib/nx-match.c, nx_put_raw()): over 1.5 registers go in pairs.

import { openflow15 } from '../wire/version.ts';
import { type FieldName, fieldOf } from './fields.ts';
import type { Match, MatchField } from './match.ts';

const allOnes = 0xffffffff;

function half(field: MatchField | undefined, shift: bigint): { readonly value: bigint; readonly mask: bigint } {
  if (!field) return { value: 0n, mask: 0n };
  return { value: BigInt(field.value) << shift, mask: BigInt(field.mask ?? allOnes) << shift };
}

/** Two registers as one of twice the width. */
function pair(index: number, high: MatchField | undefined, low: MatchField | undefined): MatchField {
  const [a, b] = [half(high, 32n), half(low, 0n)];
  const mask = a.mask | b.mask;
  const field = `xreg${index}` as FieldName;
  const value = a.value | b.value;
  return mask === fieldOf(field).allOnes ? { field, value } : { field, value, mask };
}

/** Numbers of the 32-bit registers. */
const registerNumbers: ReadonlyMap<string, number> = new Map(Array.from({ length: 32 }, (_, i) => [`reg${i}`, i]));

function pairRegisters(match: Match): Match {
  const registers = new Map<number, MatchField>();
  for (const field of match) {
    const number = registerNumbers.get(field.field);
    if (number !== undefined) registers.set(number, field);
  }
  if (registers.size === 0) return match;
  const pairs = Array.from({ length: 16 }, (_, i) => i)
    .filter(i => registers.has(2 * i) || registers.has(2 * i + 1))
    .map(i => pair(i, registers.get(2 * i), registers.get(2 * i + 1)));
  const others = match.filter(({ field }) => !registerNumbers.has(field));
  return [...others, ...pairs].sort((a, b) => fieldOf(a.field).order - fieldOf(b.field).order);
}

/** Fields of which OVS keeps fewer bits than they have: it always sends the mask. */
const alwaysMasked: Readonly<Partial<Record<FieldName, number>>> = { ct_state: 0xff, tun_flags: 1 };

function withMask(field: MatchField): MatchField {
  const mask = alwaysMasked[field.field];
  return mask === undefined || field.mask !== undefined ? field : { ...field, mask };
}

/** A canonical match in the fields that OVS uses in `version`. */
export function wireMatch(match: Match, version: number): Match {
  const masked = match.map(withMask);
  return version >= openflow15 ? pairRegisters(masked) : masked;
}
