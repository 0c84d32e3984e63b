// OFPAT_COPY_TTL_OUT.

import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';

/** Copy the TTL from the next header to the outermost. */
export type CopyTtlOutAction = BareAction<'copy_ttl_out'>;

export const copyTtlOut: ActionDefinition<CopyTtlOutAction> = bare({ type: 11 }, { kind: 'copy_ttl_out' });
