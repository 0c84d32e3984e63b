// Table `outer_state`: only what belongs to a connection that began inside goes on, translated back.

import { isEstablished, isInvalid, isRelated, isRelatedTranslatedBack } from '../features/nat/ct-state.ts';
import { drop, flow, miss } from '../flow-builder.ts';
import { tables } from '../pipeline.ts';
import type { Stage } from './context.ts';
import { outerSources } from './martians.ts';

export const outerState: Stage = context => [
  flow({ table: tables.outer_state, priority: 120, match: [isEstablished()], next: tables.route }),
  drop(tables.outer_state, 110, 'invalid', [isInvalid()]),
  // Who is answered was asked, and so is no martian; an error may come from anybody.
  ...outerSources(context).map(match => drop(tables.outer_state, 105, 'martian-source', match)),
  flow({ table: tables.outer_state, priority: 100, match: [isRelatedTranslatedBack()], next: tables.route }),
  drop(tables.outer_state, 90, 'not-translated', [isRelated()]),
  miss(tables.outer_state, 'new-from-outside'),
];
