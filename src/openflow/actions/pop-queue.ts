// NXAST_POP_QUEUE.

import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Queue what is sent as before the last set_queue. */
export type PopQueueAction = BareAction<'pop_queue'>;

export const popQueue: ActionDefinition<PopQueueAction> = bare(nicira(5), { kind: 'pop_queue' });
