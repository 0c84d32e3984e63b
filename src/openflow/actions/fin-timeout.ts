// NXAST_FIN_TIMEOUT.

import { protocols } from '../flow/protocol-numbers.ts';
import { pairs, unexpected } from '../text/parse/cursor.ts';
import { parseInteger } from '../text/parse/parse-number.ts';
import { need } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Timeouts of the flow once a FIN or RST is seen, seconds; 0 leaves the timeout as it is. */
export interface FinTimeoutAction {
  readonly kind: 'fin_timeout';
  readonly idleTimeout: number;
  readonly hardTimeout: number;
}

const parse: ActionParser = value => {
  let idleTimeout = 0;
  let hardTimeout = 0;
  for (const { key, value: seconds } of pairs(value)) {
    if (key.text === 'idle_timeout') idleTimeout = parseInteger(seconds, 16, 'seconds');
    else if (key.text === 'hard_timeout') hardTimeout = parseInteger(seconds, 16, 'seconds');
    else throw unexpected(key, 'idle_timeout or hard_timeout');
  }
  return { kind: 'fin_timeout', idleTimeout, hardTimeout };
};

export const finTimeout: ActionDefinition<FinTimeoutAction> = {
  kind: 'fin_timeout',
  forms: [
    {
      place: nicira(19),
      encode(action, writer) {
        writer.u16(action.idleTimeout);
        writer.u16(action.hardTimeout);
        writer.zeros(2);
      },
      decode(reader) {
        const idleTimeout = reader.u16();
        const hardTimeout = reader.u16();
        reader.pad(2);
        return { kind: 'fin_timeout', idleTimeout, hardTimeout };
      },
    },
  ],
  print(action) {
    const idle = action.idleTimeout ? [`idle_timeout=${action.idleTimeout}`] : [];
    const hard = action.hardTimeout ? [`hard_timeout=${action.hardTimeout}`] : [];
    return `fin_timeout(${[...idle, ...hard].join(',')})`;
  },
  words: { fin_timeout: parse },
  check: (_, { protocol }, options) => need(protocol === protocols.tcp, 'with fin_timeout also tcp', options),
};
