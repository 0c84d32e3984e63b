// The packets that a NAT rule is about, the same in every table that asks.

import type { Match } from '../../openflow/flow/match.ts';
import { inPrefix, registersAre } from '../flow-builder.ts';
import type { NatRule } from '../model.ts';
import { fromInner, registers } from '../registers.ts';

/** Of two rules whose sources overlap, the longer prefix wins. */
export function ruleMatch({ tenant, source, pool }: NatRule): { readonly match: Match; readonly priority: number } {
  return {
    priority: 100 + source.length,
    match: [
      ...registersAre(
        [registers.egressInterface, pool.interface.index],
        [registers.tenant, tenant.id],
        [registers.direction, fromInner],
      ),
      ...inPrefix('source', source),
    ],
  };
}
