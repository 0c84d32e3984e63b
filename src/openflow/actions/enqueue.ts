// `enqueue:PORT:QUEUE`, which no version of OpenFlow has an action for: it is always said in others.

import { port } from '../flow/ports.ts';
import { formatPort } from '../text/names.ts';
import { cut, trim, unexpected } from '../text/parse/cursor.ts';
import { parseInteger, parsePort } from '../text/parse/parse-number.ts';
import { wholePacket } from './output.ts';
import { isReserved } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';

/** Output through a queue of a port: OFPAT_SET_QUEUE, OFPAT_OUTPUT and NXAST_POP_QUEUE. */
export interface EnqueueAction {
  readonly kind: 'enqueue';
  readonly port: number;
  readonly queue: number;
}

const parse: ActionParser = (value, context) => {
  const found = /^([^:q,]+)[:q,](.*)$/.exec(value.text);
  if (!found?.[1]) throw unexpected(value, 'PORT:QUEUE');
  const at = found[1].length;
  const queue = trim(cut(value, at + 1));
  return { kind: 'enqueue', port: parsePort(cut(value, 0, at), context), queue: parseInteger(queue, 32, 'a queue') };
};

export const enqueue: ActionDefinition<EnqueueAction> = {
  kind: 'enqueue',
  forms: [],
  lower: action => [
    { kind: 'set_queue', queue: action.queue },
    { kind: 'output', port: action.port, maxLength: wholePacket },
    { kind: 'pop_queue' },
  ],
  print: (action, options) => `enqueue:${formatPort(action.port, options)}:${action.queue}`,
  words: { enqueue: parse },
  check(action, _, { where }) {
    const hasNone = isReserved(action.port) && action.port !== port.inPort && action.port !== port.local;
    if (hasNone) throw unexpected(where, 'a port that has queues');
  },
};
