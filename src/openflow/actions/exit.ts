// NXAST_EXIT.

import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** End here, with all tables that called. */
export type ExitAction = BareAction<'exit'>;

export const exit: ActionDefinition<ExitAction> = bare(nicira(17), { kind: 'exit' });
