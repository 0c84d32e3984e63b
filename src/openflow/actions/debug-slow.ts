// NXAST_DEBUG_SLOW.

import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Take the slow path, for tests of OVS itself. */
export type DebugSlowAction = BareAction<'debug_slow'>;

export const debugSlow: ActionDefinition<DebugSlowAction> = bare(nicira(254), { kind: 'debug_slow' });
