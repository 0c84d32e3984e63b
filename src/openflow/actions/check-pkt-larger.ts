// NXAST_CHECK_PKT_LARGER: `check_pkt_larger(1500)->NXM_NX_REG0[0]`.

import { readFieldHeader, writeFieldHeader } from '../codec/oxm.ts';
import type { FieldRef } from '../flow/match.ts';
import { formatSubfield } from '../text/format-subfield.ts';
import { cut, unexpected } from '../text/parse/cursor.ts';
import { parseInteger } from '../text/parse/parse-number.ts';
import { parseSubfield, splitArrow } from '../text/parse/parse-subfield.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { fixed, nicira } from './shared/action-form.ts';

/** One bit: whether the packet has more than `length` bytes. */
export interface CheckPktLargerAction {
  readonly kind: 'check_pkt_larger';
  readonly length: number;
  readonly to: FieldRef & { readonly offset: number };
}

/** The value ends with the parenthesis of the length. */
const parse: ActionParser = text => {
  const [length, target] = splitArrow(text);
  const { bits, ...to } = parseSubfield(target);
  if (bits !== 1) throw unexpected(target, 'one bit of a field');
  const number = cut(length, 0, length.text.length - (length.text.endsWith(')') ? 1 : 0));
  return { kind: 'check_pkt_larger', length: parseInteger(number, 16, 'bytes'), to };
};

export const checkPktLarger: ActionDefinition<CheckPktLargerAction> = {
  kind: 'check_pkt_larger',
  forms: [
    fixed(14, {
      place: nicira(49),
      encode({ length, to }, writer) {
        const start = writer.length;
        writer.u16(length);
        writer.u16(to.offset);
        writeFieldHeader(writer, to, 0);
        writer.zeros(14 - (writer.length - start));
      },
      decode(reader) {
        const length = reader.u16();
        const offset = reader.u16();
        const field = readFieldHeader(reader, 0);
        if (!field) return undefined;
        reader.pad(reader.remaining);
        return { kind: 'check_pkt_larger', length, to: { ...field, offset } };
      },
    }),
  ],
  print: action => `check_pkt_larger(${action.length})->${formatSubfield({ ...action.to, bits: 1 })}`,
  words: { check_pkt_larger: parse },
};
