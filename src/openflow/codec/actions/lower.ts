// Actions that a version says in other actions (OVS lib/ofp-actions.c, encode_SET_FIELD() and its neighbours).

import type { Action, SetFieldAction } from '../../flow/action.ts';
import { type Field, type FieldName, fieldOf } from '../../flow/fields.ts';
import type { FieldValue, Subfield } from '../../flow/match.ts';
import { openflow15 } from '../../wire/version.ts';
import { actionBits, hasShortHeader } from '../oxm.ts';
import type { ActionOf } from './action-codec.ts';

/** Bits that one NXAST_REG_LOAD can carry. */
const loadBits = 64;

/** NXAST_REG_LOAD has no room for the longer headers, and knows no length of a tun_metadata. */
function isLoadable(field: FieldName): boolean {
  return hasShortHeader(field) && !fieldOf(field).variable;
}

/** The runs of ones in a mask, each at most 64 bits long. */
function* runs(mask: bigint, width: number): Generator<{ readonly offset: number; readonly bits: number }> {
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

function bitsOf(value: bigint, offset: number, bits: number): bigint {
  return (value >> BigInt(offset)) & ((1n << BigInt(bits)) - 1n);
}

/** A masked set_field in versions that only load. */
function loadsOf({ field, value, mask }: SetFieldAction): readonly Action[] {
  const whole = BigInt(value);
  return [...runs(BigInt(mask ?? 0), actionBits(fieldOf(field)))].map(({ offset, bits }) => ({
    kind: 'load',
    to: { field, offset, bits },
    value: bitsOf(whole, offset, bits),
  }));
}

/** A load of more bits than one NXAST_REG_LOAD takes. */
function splitLoad({ to, value }: ActionOf<'load'>): readonly Action[] {
  const parts = runs((1n << BigInt(to.bits)) - 1n, to.bits);
  return [...parts].map(({ offset, bits }) => ({
    kind: 'load',
    to: { ...to, offset: to.offset + offset, bits },
    value: bitsOf(value, offset, bits),
  }));
}

function fieldBytes(field: Field): number {
  return field.name === 'in_port' ? 2 : field.bytes;
}

/** A load in versions that have a set_field with a mask. */
function setFieldOf({ to, value }: { readonly to: Subfield; readonly value: bigint }): SetFieldAction {
  const field = fieldOf(to.field);
  const narrow = (wide: bigint): FieldValue => (field.bytes <= 4 ? Number(wide) : wide);
  const shifted = narrow(value << BigInt(to.offset));
  const ones = narrow(((1n << BigInt(to.bits)) - 1n) << BigInt(to.offset));
  // Of a field narrower than its bytes OVS sends the mask even when it is all of the field.
  const whole = to.offset === 0 && to.bits === 8 * fieldBytes(field);
  return { kind: 'set_field', field: to.field, value: shifted, ...(!whole && { mask: ones }) };
}

/** The actions that say `action` in `version`; undefined when it has a form of its own there. */
export function lower(action: Action, version: number): readonly Action[] | undefined {
  switch (action.kind) {
    case 'enqueue':
      return [
        { kind: 'set_queue', queue: action.queue },
        { kind: 'output', port: action.port, maxLength: 0xffff },
        { kind: 'pop_queue' },
      ];
    case 'load':
      if (version >= openflow15) return [setFieldOf(action)];
      if (!isLoadable(action.to.field)) return [{ ...setFieldOf(action), form: 'NXAST_REG_LOAD2' }];
      return action.to.bits > loadBits ? splitLoad(action) : undefined;
    case 'set_field': {
      const loads = version < openflow15 && action.mask !== undefined && action.form === undefined;
      return loads && isLoadable(action.field) ? loadsOf(action) : undefined;
    }
    default:
      return undefined;
  }
}
