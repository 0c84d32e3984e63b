// OFPAT_METER, since OpenFlow 1.5; before, it is an instruction.

import { mostMeter } from '../flow/meter.ts';
import { type Piece, unexpected } from '../text/parse/cursor.ts';
import { parseWithin } from '../text/parse/parse-number.ts';
import { openflow15 } from '../wire/version.ts';
import type { ActionDefinition } from './shared/action-definition.ts';

/** Count and limit by a meter; since OpenFlow 1.5 (before, there is an instruction). */
export interface MeterAction {
  readonly kind: 'meter';
  readonly meter: number;
}

/** OFPM_MAX. */

export function parseMeterNumber(value: Piece): number {
  return parseWithin(value, 1, mostMeter, 'a meter');
}

export const meter: ActionDefinition<MeterAction> = {
  kind: 'meter',
  forms: [
    {
      place: { type: 29, since: openflow15 },
      encode: (action, writer) => writer.u32(action.meter),
      decode: reader => ({ kind: 'meter', meter: reader.u32() }),
    },
  ],
  print: action => `meter:${action.meter}`,
  words: {
    meter(value, { version }, _, word) {
      if (version < openflow15) throw unexpected(word, 'no meter inside actions before OpenFlow 1.5');
      return { kind: 'meter', meter: parseMeterNumber(value) };
    },
  },
};
