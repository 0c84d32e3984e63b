// NXAST_STACK_PUSH and NXAST_STACK_POP.

import { bitsOf, readFieldHeader, writeFieldHeader } from '../../codec/oxm.ts';
import type { Subfield } from '../../flow/match.ts';
import { type ActionForm, fixed, nicira } from './action-form.ts';

/** Moves bits of a field to the stack or from it. */
export interface StackAction<Kind extends string> {
  readonly kind: Kind;
  readonly subfield: Subfield;
}

export function stackForm<K extends string>(kind: K, subtype: number): ActionForm<StackAction<K>> {
  return fixed(14, {
    place: nicira(subtype),
    encode({ subfield }, writer) {
      const start = writer.length;
      writer.u16(subfield.offset);
      writeFieldHeader(writer, subfield, 0);
      writer.u16(subfield.bits);
      writer.zeros(14 - (writer.length - start));
    },
    decode(reader) {
      const offset = reader.u16();
      const field = readFieldHeader(reader, 0);
      if (!field) return undefined;
      const bits = reader.u16();
      reader.pad(reader.remaining);
      return { kind, subfield: bitsOf(field, offset, bits) };
    },
  });
}
