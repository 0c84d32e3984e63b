// Sources of which rules take some: in `inner_nat` all that comes from one goes through the tenant's zone, and `snat` finds who takes
// it. Where a rule takes all, its own flows do that.

import { formatPrefix, type Prefix } from '../../../lib/address.ts';
import { table } from '../../engine/table.ts';
import { type Unit, unit } from '../../engine/unit.ts';
import { natPools, natRules, tenants } from '../../facts/objects.ts';
import { isWhole } from '../../nat/selection.ts';
import { flowUnit } from '../flow-unit.ts';
import { ruleMatch, ruleMatchReads } from './rule-match.ts';
import { toZone } from './source-nat.ts';

/** A source of a tenant's rules towards an outer interface. */
interface RuleSource {
  readonly tenant: string;
  readonly interface: string;
  readonly source: Prefix;
}

function keyOf({ tenant, interface: outer, source }: RuleSource): string {
  return `${tenant} ${outer} ${formatPrefix(source)}`;
}

const wholeSources = table({
  name: 'whole-sources',
  key: (of: RuleSource) => keyOf(of),
});

const partSources = table({
  name: 'part-sources',
  key: (of: RuleSource) => keyOf(of),
});

const find = unit({
  name: 'nat/rule-sources',
  over: natRules,
  reads: [natPools],
  writes: [wholeSources, partSources],
  emit: ({ tenant, source, pool: name, selections }, facts, out) => {
    const pool = facts.get(natPools, name);
    if (!pool) return;
    const isAll = selections.some(isWhole);
    out.put(isAll ? wholeSources : partSources, { tenant, interface: pool.interface, source });
  },
});

const toZoneOfSome = flowUnit({
  name: 'nat/some-of-source',
  over: partSources,
  reads: [wholeSources, ...ruleMatchReads],
  flows: (of, facts) => {
    const match = facts.get(wholeSources, keyOf(of)) ? undefined : ruleMatch(of, facts);
    const tenant = facts.get(tenants, of.tenant);
    return match && tenant ? toZone(match, { kind: 'tenants', id: tenant.id }) : [];
  },
});

export const ruleSources: readonly Unit[] = [find, toZoneOfSome];
