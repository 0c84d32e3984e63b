// Table `snat_state`: what was to be translated goes on only if it was. A connection that finds no port free, a full zone
// or a full conntrack comes out of the commit as it went in, its inside source included, by which its rule is known again.

import { isInvalid, isSourceTranslated } from '../features/nat/ct-state.ts';
import { drop, flow, miss } from '../flow-builder.ts';
import type { NatRule } from '../model.ts';
import { tables } from '../pipeline.ts';
import { chunkOf, type Stage } from './context.ts';
import { ruleMatch } from './rule-match.ts';

/** Priority above those of all rules. */
const translated = 300;

export const snatState: Stage = context => [
  drop(tables.snat_state, translated + 10, 'invalid', [isInvalid()]),
  flow({ table: tables.snat_state, priority: translated, match: [isSourceTranslated()], next: tables.translated }),
  ...context.intent.natRules.filter(rule => chunkOf(context, rule)).map(exhausted),
  miss(tables.snat_state, 'not-translated'),
];

function exhausted(rule: NatRule) {
  const { match, priority } = ruleMatch(rule);
  return drop(tables.snat_state, priority, 'nat-exhausted', match, { kind: 'nat-rules', id: rule.id });
}
