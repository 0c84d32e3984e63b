// NXAST_DEBUG_RECIRC.

import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Recirculate, for tests of OVS itself. */
export type DebugRecircAction = BareAction<'debug_recirc'>;

export const debugRecirc: ActionDefinition<DebugRecircAction> = bare(nicira(255), { kind: 'debug_recirc' });
