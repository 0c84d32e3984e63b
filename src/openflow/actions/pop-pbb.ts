// OFPAT_POP_PBB.

import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';

/** Take the PBB header away. */
export type PopPbbAction = BareAction<'pop_pbb'>;

export const popPbb: ActionDefinition<PopPbbAction> = bare({ type: 27 }, { kind: 'pop_pbb' });
