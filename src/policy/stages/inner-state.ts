// Table `inner_state`: a known connection goes straight on, already translated; a new one gets its translation.

import { drop, flow } from '../flow-builder.ts';
import { tables } from '../pipeline.ts';
import type { Stage } from './context.ts';
import { isInvalid, isKnown, isTranslated } from './ct-state.ts';

export const innerState: Stage = () => [
  drop(tables.inner_state, 110, 'invalid', [isInvalid()]),
  ...[...isKnown(), isTranslated()].map(state =>
    flow({ table: tables.inner_state, priority: 100, match: [state], next: tables.neighbour }),
  ),
  flow({ table: tables.inner_state, priority: 0, next: tables.snat }),
];
