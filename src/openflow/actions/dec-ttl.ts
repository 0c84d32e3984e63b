// OFPAT_DEC_NW_TTL and NXAST_DEC_TTL_CNT_IDS.

import { pairs, unexpected } from '../text/parse/cursor.ts';
import { parseDecimal } from '../text/parse/parse-number.ts';
import { checkTtl } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { nicira, nothing } from './shared/action-form.ts';

/** Take one from the TTL. Without ids, controller 0 gets the packet whose TTL runs out. */
export interface DecTtlAction {
  readonly kind: 'dec_ttl';
  readonly controllerIds?: readonly number[];
}

const parse: ActionParser = value => {
  if (value.text === '') return { kind: 'dec_ttl' };
  const controllerIds = pairs(value).map(({ key }) => parseDecimal(key, 0xffff, 'the id of a controller'));
  if (controllerIds.length === 0) throw unexpected(value, 'the ids of controllers');
  return { kind: 'dec_ttl', controllerIds };
};

export const decTtl: ActionDefinition<DecTtlAction> = {
  kind: 'dec_ttl',
  forms: [
    { ...nothing<DecTtlAction>({ type: 24 }, { kind: 'dec_ttl' }), fits: action => action.controllerIds === undefined },
    {
      place: nicira(21),
      encode({ controllerIds = [] }, writer) {
        writer.u16(controllerIds.length);
        writer.zeros(4);
        for (const id of controllerIds) writer.u16(id);
      },
      decode(reader) {
        const count = reader.u16();
        reader.pad(4);
        const controllerIds = Array.from({ length: Math.min(count, reader.remaining / 2) }, () => reader.u16());
        if (controllerIds.length !== count || reader.remaining > 6) return undefined;
        reader.pad(reader.remaining);
        return { kind: 'dec_ttl', controllerIds };
      },
    },
  ],
  print: action => (action.controllerIds ? `dec_ttl(${action.controllerIds.join(',')})` : 'dec_ttl'),
  words: { dec_ttl: parse },
  check: checkTtl,
};
