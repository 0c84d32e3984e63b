// OFPAT_OUTPUT, and a port alone as an action.

import { port } from '../flow/ports.ts';
import { formatPort } from '../text/names.ts';
import { unexpected } from '../text/parse/cursor.ts';
import { portOf } from '../text/parse/parse-number.ts';
import { subfieldOf } from '../text/parse/parse-subfield.ts';
import { parseOutputTrunc } from './output-trunc.ts';
import { checkPort } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';

/** Send the packet out of a port; `maxLength` counts for the controller port only. */
export interface OutputAction {
  readonly kind: 'output';
  readonly port: number;
  readonly maxLength?: number;
}

/** OFPCML_NO_BUFFER: send the whole packet to the controller. */
export const wholePacket = 0xffff;

/** Ports of 16 bits below this have no name (OVS lib/ofp-port.c). */
const leastNamed = 0xff00;

/** `output:1`, `output:NXM_NX_REG0[]` or `output(port=1,max_len=100)`. */
const parse: ActionParser = (value, context) => {
  if (value.text.includes('port') && value.text.includes('max_len')) return parseOutputTrunc(value, context);
  const number = portOf(value.text, context);
  if (number !== undefined) {
    return number === port.controller
      ? { kind: 'output', port: number, maxLength: wholePacket }
      : { kind: 'output', port: number };
  }
  const from = subfieldOf(value);
  if (!from) throw unexpected(value, 'a port, or a field that holds one');
  return { kind: 'output_reg', from };
};

export const output: ActionDefinition<OutputAction> = {
  kind: 'output',
  forms: [
    {
      place: { type: 0 },
      encode(action, writer) {
        writer.u32(action.port);
        writer.u16(action.maxLength ?? (action.port === port.controller ? wholePacket : 0));
        writer.zeros(6);
      },
      decode(reader) {
        const number = reader.u32();
        const maxLength = reader.u16();
        reader.pad(6);
        return maxLength === 0 && number !== port.controller
          ? { kind: 'output', port: number }
          : { kind: 'output', port: number, maxLength };
      },
    },
  ],
  print(action, options) {
    if (action.port === port.controller) return `CONTROLLER:${action.maxLength ?? wholePacket}`;
    const text = formatPort(action.port, options);
    return action.port < leastNamed ? `output:${text}` : text;
  },
  words: { output: parse },
  check: (action, _, options) => checkPort(action.port, options),
  canonical(action) {
    if (action.port === port.controller && action.maxLength === undefined) return { ...action, maxLength: wholePacket };
    if (action.port === port.controller || action.maxLength === undefined) return action;
    return { kind: 'output', port: action.port };
  },
};
