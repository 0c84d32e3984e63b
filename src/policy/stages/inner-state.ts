// Table `inner_state`: a packet of a known connection is translated already; a new one gets its translation; nothing else
// has one to get.

import { isEstablished, isInvalid, isNew, isSourceTranslated } from '../features/nat/ct-state.ts';
import { drop, flow, miss } from '../flow-builder.ts';
import { tables } from '../pipeline.ts';
import type { Stage } from './context.ts';

export const innerState: Stage = () => [
  flow({ table: tables.inner_state, priority: 120, match: [isEstablished()], next: tables.translated }),
  drop(tables.inner_state, 110, 'invalid', [isInvalid()]),
  flow({ table: tables.inner_state, priority: 100, match: [isSourceTranslated()], next: tables.translated }),
  flow({ table: tables.inner_state, priority: 90, match: [isNew()], next: tables.snat }),
  miss(tables.inner_state, 'not-translated'),
];
