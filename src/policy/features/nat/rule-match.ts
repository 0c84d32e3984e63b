// The packets that a NAT rule is about, the same in every table that asks.

import type { Match } from '../../../openflow/flow/match.ts';
import type { Facts } from '../../engine/unit.ts';
import { legs, type NatRule, natPools, tenants } from '../../facts/objects.ts';
import { fromInner, registers } from '../../registers.ts';
import { inPrefix, registersAre } from '../words/match-and-action.ts';

export interface RuleMatch {
  readonly match: Match;
  readonly priority: number;
}

/** What `ruleMatch` asks for. */
export const ruleMatchReads = [natPools, legs, tenants];

/** Of two rules whose sources overlap, the longer prefix wins. */
export function ruleMatch({ tenant, source, pool }: NatRule, facts: Facts): RuleMatch | undefined {
  const owner = facts.get(tenants, tenant);
  const outer = facts.get(legs, facts.get(natPools, pool)?.interface ?? '');
  if (!owner || !outer) return undefined;
  return {
    priority: 100 + source.length,
    match: [
      ...registersAre(
        [registers.egressInterface, outer.index],
        [registers.tenant, owner.id],
        [registers.direction, fromInner],
      ),
      ...inPrefix('source', source),
    ],
  };
}
