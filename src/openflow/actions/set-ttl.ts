// OFPAT_SET_NW_TTL: `mod_nw_ttl:64`.

import { parseInteger } from '../text/parse/parse-number.ts';
import { checkTtl } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { ttlForm } from './shared/ttl-form.ts';

/** Set the TTL of IP. */
export interface SetTtlAction {
  readonly kind: 'set_ttl';
  readonly ttl: number;
}

const parse: ActionParser = value => ({ kind: 'set_ttl', ttl: parseInteger(value, 8, 'a TTL') });

export const setTtl: ActionDefinition<SetTtlAction> = {
  kind: 'set_ttl',
  forms: [ttlForm('set_ttl', 23)],
  print: action => `mod_nw_ttl:${action.ttl}`,
  words: { mod_nw_ttl: parse, set_nw_ttl: parse },
  check: checkTtl,
};
