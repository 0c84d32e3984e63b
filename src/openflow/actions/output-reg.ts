// NXAST_OUTPUT_REG and NXAST_OUTPUT_REG2: `output:NXM_NX_REG0[0..15]`.

import { packBits, unpackBits } from '../codec/nicira.ts';
import { bitsOf, hasShortHeader, readFieldHeader, writeFieldHeader } from '../codec/oxm.ts';
import type { Subfield } from '../flow/match.ts';
import { formatSubfield } from '../text/format-subfield.ts';
import { wholePacket } from './output.ts';
import { checkField } from './shared/action-check.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { fixed, nicira, type WireForm } from './shared/action-form.ts';

/** Output to the port whose number is in a field. */
export interface OutputRegAction {
  readonly kind: 'output_reg';
  readonly from: Subfield;
  readonly maxLength?: number;
  readonly form?: WireForm;
}

function outputRegOf(from: Subfield, maxLength: number): OutputRegAction {
  return { kind: 'output_reg', from, ...(maxLength !== wholePacket && { maxLength }) };
}

export const outputReg: ActionDefinition<OutputRegAction> = {
  kind: 'output_reg',
  forms: [
    {
      place: nicira(15),
      fits: ({ from }) => hasShortHeader(from.field),
      encode({ from, maxLength = wholePacket }, writer) {
        writer.u16(packBits(from.offset, from.bits));
        writeFieldHeader(writer, from, 0);
        writer.u16(maxLength);
        writer.zeros(6);
      },
      decode(reader) {
        const bits = unpackBits(reader.u16());
        const field = readFieldHeader(reader, 0);
        const maxLength = reader.u16();
        reader.pad(6);
        return field && outputRegOf(bitsOf(field, bits.offset, bits.bits), maxLength);
      },
    },
    fixed(14, {
      place: nicira(32),
      form: 'NXAST_OUTPUT_REG2',
      encode({ from, maxLength = wholePacket }, writer) {
        const start = writer.length;
        writer.u16(packBits(from.offset, from.bits));
        writer.u16(maxLength);
        writeFieldHeader(writer, from, 0);
        writer.zeros(14 - (writer.length - start));
      },
      decode(reader) {
        const bits = unpackBits(reader.u16());
        const maxLength = reader.u16();
        const field = readFieldHeader(reader, 0);
        reader.pad(reader.remaining);
        return field && outputRegOf(bitsOf(field, bits.offset, bits.bits), maxLength);
      },
    }),
  ],
  print: action => `output:${formatSubfield(action.from)}`,
  check: ({ from }, packet, options) => checkField(from.field, packet, options),
};
