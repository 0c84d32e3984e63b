// NXAST_CT_CLEAR.

import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Forget what conntrack said of the packet. */
export type CtClearAction = BareAction<'ct_clear'>;

export const ctClear: ActionDefinition<CtClearAction> = bare(nicira(43), { kind: 'ct_clear' });
