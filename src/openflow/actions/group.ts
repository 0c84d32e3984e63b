// OFPAT_GROUP.

import { parseInteger } from '../text/parse/parse-number.ts';
import type { ActionDefinition } from './shared/action-definition.ts';

/** Hand the packet to a group. */
export interface GroupAction {
  readonly kind: 'group';
  readonly group: number;
}

export const group: ActionDefinition<GroupAction> = {
  kind: 'group',
  forms: [
    {
      place: { type: 22 },
      encode: (action, writer) => writer.u32(action.group),
      decode: reader => ({ kind: 'group', group: reader.u32() }),
    },
  ],
  print: action => `group:${action.group}`,
  words: { group: value => ({ kind: 'group', group: parseInteger(value, 32, 'a group') }) },
};
