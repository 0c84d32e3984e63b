// NXAST_REG_LOAD: `load:5->NXM_NX_REG0[0..15]`. OpenFlow 1.5 has a set_field with a mask instead.

import { packBits, unpackBits } from '../codec/nicira.ts';
import { bitsOf, readFieldHeader, writeFieldHeader } from '../codec/oxm.ts';
import { type Field, fieldOf } from '../flow/fields.ts';
import type { Subfield } from '../flow/match.ts';
import { formatSubfield } from '../text/format-subfield.ts';
import { hex } from '../text/format-value.ts';
import { unexpected } from '../text/parse/cursor.ts';
import { parseFieldNumber } from '../text/parse/parse-number.ts';
import { parseSubfield, splitArrow } from '../text/parse/parse-subfield.ts';
import { openflow14, openflow15 } from '../wire/version.ts';
import type { Action } from './all.ts';
import type { SetFieldAction } from './set-field.ts';
import { checkSet } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';
import { bitRun, isLoadable, loadBits, runs } from './shared/load-bits.ts';

/** Sets part of a field: NXAST_REG_LOAD before OpenFlow 1.5. */
export interface LoadAction {
  readonly kind: 'load';
  readonly to: Subfield;
  readonly value: bigint;
}

/** A load of more bits than one NXAST_REG_LOAD takes. */
function split({ to, value }: LoadAction): readonly Action[] {
  const parts = runs((1n << BigInt(to.bits)) - 1n, to.bits);
  return [...parts].map(({ offset, bits }) => ({
    kind: 'load',
    to: { ...to, offset: to.offset + offset, bits },
    value: bitRun(value, offset, bits),
  }));
}

function fieldBytes(field: Field): number {
  return field.name === 'in_port' ? 2 : field.bytes;
}

/** A load in versions that have a set_field with a mask. */
function setFieldOf({ to, value }: LoadAction): SetFieldAction {
  const { field: name, offset, bits } = to;
  const field = fieldOf(name);
  // Of a field narrower than its bytes OVS sends the mask even when it is all of the field.
  const isWhole = offset === 0 && bits === 8 * fieldBytes(field);
  if (field.bytes > 4) {
    const shift = BigInt(offset);
    const shifted = value << shift;
    if (isWhole) return { kind: 'set_field', field: name, value: shifted };
    return { kind: 'set_field', field: name, value: shifted, mask: ((1n << BigInt(bits)) - 1n) << shift };
  }
  const shifted = Number(value) * 2 ** offset;
  if (isWhole) return { kind: 'set_field', field: name, value: shifted };
  return { kind: 'set_field', field: name, value: shifted, mask: (2 ** bits - 1) * 2 ** offset };
}

const parse: ActionParser = text => {
  const [source, target] = splitArrow(text);
  const to = parseSubfield(target);
  const value = parseFieldNumber(source, fieldOf(to.field).bytes, 'a value');
  if (value >> BigInt(to.bits) !== 0n) throw unexpected(source, `a value of ${to.bits} bits`);
  return { kind: 'load', to, value };
};

export const load: ActionDefinition<LoadAction> = {
  kind: 'load',
  forms: [
    {
      place: { ...nicira(7), until: openflow14 },
      encode({ to, value }, writer) {
        writer.u16(packBits(to.offset, to.bits));
        writeFieldHeader(writer, to, 0);
        writer.u64(value);
      },
      decode(reader) {
        const bits = unpackBits(reader.u16());
        const field = readFieldHeader(reader, 0);
        return field && { kind: 'load', to: bitsOf(field, bits.offset, bits.bits), value: reader.u64() };
      },
    },
  ],
  lower(action, version) {
    if (version >= openflow15) return [setFieldOf(action)];
    if (!isLoadable(action.to.field)) return [{ ...setFieldOf(action), form: 'NXAST_REG_LOAD2' }];
    return action.to.bits > loadBits ? split(action) : undefined;
  },
  print: action => `load:${hex(action.value)}->${formatSubfield(action.to)}`,
  words: { load: parse },
  check: ({ to, value }, packet, options) => checkSet(to.field, value << BigInt(to.offset), packet, options),
  target: action => action.to.field,
};
