// NXAST_CLONE.

import type { Action } from './all.ts';
import { inside } from './shared/action-context.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Do `actions` with a copy of the packet. */
export interface CloneAction {
  readonly kind: 'clone';
  readonly actions: readonly Action[];
}

export const clone: ActionDefinition<CloneAction> = {
  kind: 'clone',
  forms: [
    {
      place: nicira(42),
      encode(action, writer, list) {
        writer.zeros(6);
        list.encode(writer, action.actions);
      },
      decode(reader, list) {
        reader.pad(6);
        return { kind: 'clone', actions: list.decode(reader) };
      },
    },
  ],
  print: (action, options, printList) => `clone(${printList(action.actions, options)})`,
  words: {
    clone: (value, context, parseList) => ({ kind: 'clone', actions: parseList(value, inside(context, 'clone')) }),
  },
};
