// NXAST_OUTPUT_TRUNC: `output(port=1,max_len=100)`.

import { port, portFrom16, portTo16 } from '../flow/ports.ts';
import { formatPort } from '../text/names.ts';
import { type Piece, pairs, unexpected } from '../text/parse/cursor.ts';
import { parsePort, parseWithin } from '../text/parse/parse-number.ts';
import { checkPort, isReserved } from './shared/action-check.ts';
import type { ActionContext } from './shared/action-context.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Output the first `maxLength` bytes, 14 or more. */
export interface OutputTruncAction {
  readonly kind: 'output_trunc';
  readonly port: number;
  readonly maxLength: number;
}

export function parseOutputTrunc(value: Piece, context: ActionContext): OutputTruncAction {
  const settings = new Map(pairs(value).map(pair => [pair.key.text, pair]));
  const portPair = settings.get('port');
  const lengthPair = settings.get('max_len');
  if (!portPair || !lengthPair || settings.size > 2) throw unexpected(value, 'port=N,max_len=N');
  const number = parsePort(portPair.value, context);
  if (isReserved(number) && number !== port.local && number !== port.inPort) {
    throw unexpected(portPair.value, 'a port that can be cut: 0 to 65279, LOCAL or IN_PORT');
  }
  return { kind: 'output_trunc', port: number, maxLength: parseWithin(lengthPair.value, 14, 0xffffffff, 'bytes') };
}

export const outputTrunc: ActionDefinition<OutputTruncAction> = {
  kind: 'output_trunc',
  forms: [
    {
      place: nicira(39),
      encode(action, writer) {
        writer.u16(portTo16(action.port));
        writer.u32(action.maxLength);
      },
      decode: reader => ({ kind: 'output_trunc', port: portFrom16(reader.u16()), maxLength: reader.u32() }),
    },
  ],
  print: (action, options) => `output(port=${formatPort(action.port, options)},max_len=${action.maxLength})`,
  check: (action, _, options) => checkPort(action.port, options),
};
