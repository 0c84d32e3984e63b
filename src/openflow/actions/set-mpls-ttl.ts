// OFPAT_SET_MPLS_TTL.

import { parseInteger } from '../text/parse/parse-number.ts';
import { checkMplsTtl } from './shared/action-check.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { ttlForm } from './shared/ttl-form.ts';

/** Set the TTL of the outermost MPLS label. */
export interface SetMplsTtlAction {
  readonly kind: 'set_mpls_ttl';
  readonly ttl: number;
}

export const setMplsTtl: ActionDefinition<SetMplsTtlAction> = {
  kind: 'set_mpls_ttl',
  forms: [ttlForm('set_mpls_ttl', 15)],
  print: action => `set_mpls_ttl(${action.ttl})`,
  words: { set_mpls_ttl: value => ({ kind: 'set_mpls_ttl', ttl: parseInteger(value, 8, 'a TTL') }) },
  check: checkMplsTtl,
};
