// What connection tracking said of a packet, and what follows from it, whosever it is. A node without its lease does not
// ask: another may translate by now.

import { self } from '../../facts/base.ts';
import { leaseReads, unlessLeased } from '../fence/lease.ts';
import { drop, flow, flowUnit } from '../flow-unit.ts';
import { isEstablished, isInvalid, isNew, isRelated, isRelatedTranslatedBack, isSourceTranslated } from './ct-state.ts';
import { aboveRules } from './rule-match.ts';

export const connectionState = flowUnit({
  name: 'nat/connection-state',
  over: self,
  reads: leaseReads,
  flows: (_, facts) => [
    ...unlessLeased(facts, 'outer_nat', 300),
    ...unlessLeased(facts, 'inner_nat', 190),

    // Only what belongs to a connection that began inside goes on, translated back.
    flow({ table: 'outer_state', priority: 300, match: [isEstablished()], next: 'route' }),
    drop('outer_state', 290, 'invalid', [isInvalid()]),
    flow({ table: 'outer_state', priority: 100, match: [isRelatedTranslatedBack()], next: 'route' }),
    drop('outer_state', 90, 'not-translated', [isRelated()]),
    // Whoever begins a connection from outside needs a rule that lets it in.
    drop('dnat', 0, 'new-from-outside'),

    // A packet of a known connection is translated already; a new one gets its translation; nothing else has one to get.
    flow({ table: 'inner_state', priority: 120, match: [isEstablished()], next: 'translated' }),
    drop('inner_state', 110, 'invalid', [isInvalid()]),
    flow({ table: 'inner_state', priority: 100, match: [isSourceTranslated()], next: 'translated' }),
    flow({ table: 'inner_state', priority: 90, match: [isNew()], next: 'inner_new' }),

    // What was to be translated goes on only if it was. A connection that finds no port comes out of the commit as it went
    // in, its inside source included, by which its rule is known again.
    drop('snat_state', aboveRules + 10, 'invalid', [isInvalid()]),
    flow({ table: 'snat_state', priority: aboveRules, match: [isSourceTranslated()], next: 'translated' }),
  ],
});
