// NXAST_STACK_POP.

import { formatSubfield } from '../text/format-subfield.ts';
import { parseSubfield } from '../text/parse/parse-subfield.ts';
import { checkTarget } from './shared/action-check.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { type StackAction, stackForm } from './shared/stack-form.ts';

/** Pop bits of a field from the stack. */
export type PopAction = StackAction<'pop'>;

export const pop: ActionDefinition<PopAction> = {
  kind: 'pop',
  forms: [stackForm('pop', 28)],
  print: action => `pop:${formatSubfield(action.subfield)}`,
  words: { pop: value => ({ kind: 'pop', subfield: parseSubfield(value) }) },
  check: ({ subfield }, packet, options) => checkTarget(subfield.field, packet, options),
  target: action => action.subfield.field,
};
