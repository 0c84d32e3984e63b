// A match as OVS puts it on the wire (OVS lib/nx-match.c, nx_put_raw()): over 1.5 registers go in pairs.

import { openflow15 } from '../wire/version.ts';
import type { FieldName } from './fields.ts';
import type { Match, MatchField } from './match.ts';
import { joined, registerNumbers } from './registers.ts';

const allOnes = 0xffffffff;

const wideNames = Array.from({ length: 16 }, (_, i) => `xreg${i}` as FieldName);

function maskOf(register: MatchField | undefined): number {
  return register ? Number(register.mask ?? allOnes) : 0;
}

/** Two registers as one of twice the width. */
function pair(index: number, high: MatchField | undefined, low: MatchField | undefined): MatchField {
  const field = wideNames[index] as FieldName;
  const value = joined(Number(high?.value ?? 0), Number(low?.value ?? 0));
  const highMask = maskOf(high);
  const lowMask = maskOf(low);
  if (highMask === allOnes && lowMask === allOnes) return { field, value };
  return { field, value, mask: joined(highMask, lowMask) };
}

/** Fields of which OVS keeps fewer bits than they have: it always sends the mask. */
const alwaysMasked: ReadonlyMap<string, number> = new Map([
  ['ct_state', 0xff],
  ['tun_flags', 1],
]);

function withMask(one: MatchField): MatchField {
  if (one.mask !== undefined) return one;
  const mask = alwaysMasked.get(one.field);
  return mask === undefined ? one : { field: one.field, value: one.value, mask };
}

/**
 * A canonical match in the fields that OVS uses in `version`. Registers stand together in a canonical match, in their
 * order, where their pairs stand too.
 */
export function wireMatch(match: Match, version: number): Match {
  const inPairs = version >= openflow15;
  const sent: MatchField[] = [];
  for (let i = 0; i < match.length; i++) {
    const one = match[i] as MatchField;
    const number = inPairs ? registerNumbers.get(one.field) : undefined;
    if (number === undefined) {
      sent.push(withMask(one));
      continue;
    }
    const isLow = (number & 1) === 1;
    const next = isLow ? undefined : match[i + 1];
    const low = next && registerNumbers.get(next.field) === number + 1 ? next : undefined;
    if (low) i++;
    sent.push(isLow ? pair(number >> 1, undefined, one) : pair(number >> 1, one, low));
  }
  return sent;
}
