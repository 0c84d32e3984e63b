// OFPAT_SET_QUEUE.

import { parseInteger } from '../text/parse/parse-number.ts';
import type { ActionDefinition } from './shared/action-definition.ts';

/** Queue what is sent from here on. */
export interface SetQueueAction {
  readonly kind: 'set_queue';
  readonly queue: number;
}

export const setQueue: ActionDefinition<SetQueueAction> = {
  kind: 'set_queue',
  forms: [
    {
      place: { type: 21 },
      encode: (action, writer) => writer.u32(action.queue),
      decode: reader => ({ kind: 'set_queue', queue: reader.u32() }),
    },
  ],
  print: action => `set_queue:${action.queue}`,
  words: { set_queue: value => ({ kind: 'set_queue', queue: parseInteger(value, 32, 'a queue') }) },
};
