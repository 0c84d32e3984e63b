// OFPAT_DEC_MPLS_TTL.

import { checkMplsTtl } from './shared/action-check.ts';
import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';

/** Take one from the TTL of the outermost MPLS label. */
export type DecMplsTtlAction = BareAction<'dec_mpls_ttl'>;

export const decMplsTtl: ActionDefinition<DecMplsTtlAction> = bare<DecMplsTtlAction>(
  { type: 16 },
  { kind: 'dec_mpls_ttl' },
  { check: checkMplsTtl },
);
