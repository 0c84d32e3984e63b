// OFPAT_COPY_TTL_IN.

import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';

/** Copy the TTL from the outermost header to the next. */
export type CopyTtlInAction = BareAction<'copy_ttl_in'>;

export const copyTtlIn: ActionDefinition<CopyTtlInAction> = bare({ type: 12 }, { kind: 'copy_ttl_in' });
