// Table `outer_state`: only what belongs to a connection that began inside goes on.

import { drop, flow, miss } from '../flow-builder.ts';
import { tables } from '../pipeline.ts';
import type { Stage } from './context.ts';
import { isInvalid, isKnown } from './ct-state.ts';

export const outerState: Stage = () => [
  drop(tables.outer_state, 110, 'invalid', [isInvalid()]),
  ...isKnown().map(state => flow({ table: tables.outer_state, priority: 100, match: [state], next: tables.route })),
  miss(tables.outer_state, 'new-from-outside'),
];
