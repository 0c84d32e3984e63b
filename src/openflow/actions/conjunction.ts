// NXAST_CONJUNCTION (ovs-fields(7), "Conjunctive Matching").

import { unexpected } from '../text/parse/cursor.ts';
import { numberText } from '../text/parse/parse-number.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** One dimension of a conjunctive match; `clause` is 0 to `clauses` - 1 (ovs-ofctl prints it from 1). */
export interface ConjunctionAction {
  readonly kind: 'conjunction';
  readonly id: number;
  readonly clause: number;
  readonly clauses: number;
}

const parse: ActionParser = value => {
  const found = /^\s*([+\dxa-fA-F]+)\s*,\s*\+?(\d+)\s*\/\s*\+?(\d+)\s*$/.exec(value.text);
  const [id, clause, clauses] = [numberText(found?.[1] ?? ''), Number(found?.[2]), Number(found?.[3])];
  if (id === undefined || id > 0xffffffffn || clauses < 2 || clauses > 64 || clause < 1 || clause > clauses) {
    throw unexpected(value, 'ID,K/N with 2 to 64 clauses and K from 1 to N');
  }
  return { kind: 'conjunction', id: Number(id), clause: clause - 1, clauses };
};

export const conjunction: ActionDefinition<ConjunctionAction> = {
  kind: 'conjunction',
  forms: [
    {
      place: nicira(34),
      encode(action, writer) {
        writer.u8(action.clause);
        writer.u8(action.clauses);
        writer.u32(action.id);
      },
      decode(reader) {
        const clause = reader.u8();
        const clauses = reader.u8();
        return { kind: 'conjunction', id: reader.u32(), clause, clauses };
      },
    },
  ],
  print: action => `conjunction(${action.id},${action.clause + 1}/${action.clauses})`,
  words: { conjunction: parse },
};
