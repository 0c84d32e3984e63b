// Wide registers are made of 32-bit ones, of which the first is the most significant (ovs-fields(7)).

import type { FieldName } from './fields.ts';

/** The 32-bit registers of each wide one. */
export const registersOf: ReadonlyMap<FieldName, readonly FieldName[]> = new Map([
  ...Array.from({ length: 16 }, (_, i) => [`xreg${i}` as FieldName, named(2 * i, 2)] as const),
  ...Array.from({ length: 8 }, (_, i) => [`xxreg${i}` as FieldName, named(4 * i, 4)] as const),
]);

function named(first: number, count: number): readonly FieldName[] {
  return Array.from({ length: count }, (_, i) => `reg${first + i}` as FieldName);
}

/** Numbers of the 32-bit registers. */
export const registerNumbers: ReadonlyMap<FieldName, number> = new Map(
  Array.from({ length: 32 }, (_, i) => [`reg${i}` as FieldName, i]),
);

/** To cut 64 bits in two, and to join them: each step of bigints would make one. */
const halves = new DataView(new ArrayBuffer(8));

export function joined(high: number, low: number): bigint {
  halves.setUint32(0, high);
  halves.setUint32(4, low);
  return halves.getBigUint64(0);
}

/** The value of each of `count` registers that a wide one is made of: two or four. */
export function partsOf(value: bigint, count: number): readonly number[] {
  if (count === 4) return [...partsOf(value >> 64n, 2), ...partsOf(value, 2)];
  halves.setBigUint64(0, value);
  return [halves.getUint32(0), halves.getUint32(4)];
}
