// A match as OVS puts it on the wire (OVS lib/nx-match.c, nx_put_raw()): over 1.5 registers go in pairs.

import { openflow15 } from '../wire/version.ts';
import type { FieldName } from './fields.ts';
import type { Match, MatchField } from './match.ts';

const allOnes = 0xffffffff;

/** Numbers of the 32-bit registers. */
const registerNumbers: ReadonlyMap<string, number> = new Map(Array.from({ length: 32 }, (_, i) => [`reg${i}`, i]));

function wide(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Two registers as one of twice the width. */
function pair(index: number, high: MatchField | undefined, low: MatchField | undefined): MatchField {
  const mask = (register: MatchField | undefined) => (register ? Number(register.mask ?? allOnes) : 0);
  const value = (register: MatchField | undefined) => Number(register?.value ?? 0);
  const field = `xreg${index}` as FieldName;
  const [highMask, lowMask] = [mask(high), mask(low)];
  const both = wide(value(high), value(low));
  if (highMask === allOnes && lowMask === allOnes) return { field, value: both };
  return { field, value: both, mask: wide(highMask, lowMask) };
}

/** Registers stand together in a canonical match, in their order, where their pairs stand too. */
function pairRegisters(match: Match): Match {
  const first = match.findIndex(({ field }) => registerNumbers.has(field));
  if (first === -1) return match;
  const paired = match.slice(0, first);
  for (let i = first; i < match.length; i++) {
    const one = match[i] as MatchField;
    const number = registerNumbers.get(one.field);
    if (number === undefined) {
      paired.push(one);
      continue;
    }
    const next = match[i + 1];
    const isLow = (number & 1) === 1;
    const hasLow = !isLow && next !== undefined && registerNumbers.get(next.field) === number + 1;
    if (hasLow) i++;
    paired.push(pair(number >> 1, isLow ? undefined : one, isLow ? one : hasLow ? next : undefined));
  }
  return paired;
}

/** Fields of which OVS keeps fewer bits than they have: it always sends the mask. */
const alwaysMasked: Readonly<Partial<Record<FieldName, number>>> = { ct_state: 0xff, tun_flags: 1 };

function withMask(field: MatchField): MatchField {
  const mask = alwaysMasked[field.field];
  return mask === undefined || field.mask !== undefined ? field : { ...field, mask };
}

/** A canonical match in the fields that OVS uses in `version`. */
export function wireMatch(match: Match, version: number): Match {
  const masked = match.some(({ field }) => alwaysMasked[field] !== undefined) ? match.map(withMask) : match;
  return version >= openflow15 ? pairRegisters(masked) : masked;
}
