// What is not known. A printer that left it out would print a text that means something else.

import type { UnknownOxm } from '../flow/match.ts';
import type { PropertyOrder } from '../flow/property.ts';

// All ones: what a switch says that does not count something, or does not know (OpenFlow 1.5.1 section 7.3.5).

export const unknownCount = 0xffff_ffff_ffff_ffffn;
export const unknownSeconds = 0xffffffff;

function hexText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** An OXM that no field stands for, as OVS names one: `1:200(value)` or `1:200(value/mask)` (OVS lib/nx-match.c). */
function unknownOxm(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rest = view.getUint16(2);
  const body = bytes.subarray(4);
  const half = rest & 0x100 ? body.length / 2 : body.length;
  const mask = rest & 0x100 ? `/${hexText(body.subarray(half))}` : '';
  return `${view.getUint16(0)}:${rest >>> 9}(${hexText(body.subarray(0, half))}${mask})`;
}

/** What a match has beside its known fields. No parser takes it: a flow without it would match more. */
export function unknownOxms(unknown: readonly UnknownOxm[] = []): readonly string[] {
  return unknown.map(({ bytes }) => unknownOxm(bytes));
}

/** Properties that have no name, as `unknown(7)=0a0b`. */
export function unknownProperties<Name extends string>(order: PropertyOrder<Name> = []): readonly string[] {
  return order.flatMap(item => (typeof item === 'string' ? [] : [`unknown(${item.type})=${hexText(item.value)}`]));
}
