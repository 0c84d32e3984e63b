// NXAST_STACK_PUSH.

import { formatSubfield } from '../text/format-subfield.ts';
import { parseSubfield } from '../text/parse/parse-subfield.ts';
import { checkField } from './shared/action-check.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { type StackAction, stackForm } from './shared/stack-form.ts';

/** Push bits of a field on the stack. */
export type PushAction = StackAction<'push'>;

export const push: ActionDefinition<PushAction> = {
  kind: 'push',
  forms: [stackForm('push', 27)],
  print: action => `push:${formatSubfield(action.subfield)}`,
  words: { push: value => ({ kind: 'push', subfield: parseSubfield(value) }) },
  check: ({ subfield }, packet, options) => checkField(subfield.field, packet, options),
};
