// What one NXAST_REG_LOAD can carry, and how more of it is cut (OVS lib/ofp-actions.c).

import { hasShortHeader } from '../../codec/oxm.ts';
import { type FieldName, fieldOf } from '../../flow/fields.ts';

/** Bits that one NXAST_REG_LOAD can carry. */
export const loadBits = 64;

/** NXAST_REG_LOAD has no room for the longer headers, and knows no length of a tun_metadata. */
export function isLoadable(field: FieldName): boolean {
  return hasShortHeader(field) && !fieldOf(field).variable;
}

/** The runs of ones in a mask, each at most 64 bits long. */
export function* runs(mask: bigint, width: number): Generator<{ readonly offset: number; readonly bits: number }> {
  const isSet = (bit: number) => (mask >> BigInt(bit)) & 1n;
  for (let offset = 0; offset < width; ) {
    if (!isSet(offset)) {
      offset++;
      continue;
    }
    let bits = 1;
    while (bits < loadBits && offset + bits < width && isSet(offset + bits)) bits++;
    yield { offset, bits };
    offset += bits;
  }
}

export function bitRun(value: bigint, offset: number, bits: number): bigint {
  return (value >> BigInt(offset)) & ((1n << BigInt(bits)) - 1n);
}
