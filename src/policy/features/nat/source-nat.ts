// Source NAT of what a rule covers, in the three tables of its way. `inner_nat` asks for the source alone, and sends it through
// the tenant's zone: there what is known is translated, errors and pieces included, which show no port. `snat` asks which rule
// covers the first packet of a connection, and commits its translation into the tenant's chunk; what comes out of `snat_state`
// untranslated found no port, a full zone or a full conntrack: it goes no further.

import type { CtNat } from '../../../openflow/actions/nat.ts';
import type { Match } from '../../../openflow/flow/match.ts';
import type { CookieParts } from '../../cookies.ts';
import { useKey } from '../../facts/base.ts';
import { type NatChunk, natChunks, natPools, natRules, type Tenant, tenants } from '../../facts/objects.ts';
import { everyNatProtocol, isWhole, type NatProtocol } from '../../nat/selection.ts';
import { tables } from '../../pipeline.ts';
import { registers } from '../../registers.ts';
import { drop, flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { is } from '../words/match-and-action.ts';
import { natProtocols, protocolNumber } from './nat-protocols.ts';
import {
  type RuleMatch,
  ruleMatch,
  ruleMatchReads,
  type SelectedMatch,
  selectedMatches,
  unseenMatches,
} from './rule-match.ts';

export const sourceNat = flowUnit({
  name: 'nat/source',
  over: natRules,
  reads: [...ruleMatchReads, natPools, natChunks],
  flows: (rule, facts) => {
    const of = ruleMatch({ ...rule, interface: facts.get(natPools, rule.pool)?.interface ?? '' }, facts);
    if (!of) return [];
    const owner = { kind: 'nat-rules', id: rule.id } as const;
    const [chunk] = facts.by(natChunks, 'here', useKey(rule));
    return [
      ...(rule.selections.some(isWhole) ? toZone(of, owner) : []),
      ...selectedMatches(rule, of).flatMap(each => begin(each, chunk, owner)),
      ...unseenMatches(rule, of).map(each => refuseUnseen(each, facts.get(tenants, rule.tenant))),
    ];
  },
});

/** Rules that differ in ports have one flow for that. */
function refuseUnseen({ priority, match }: RuleMatch, tenant: Tenant | undefined): PipelineFlow {
  return drop('snat', priority, 'not-natted', match, { kind: 'tenants', id: tenant?.id ?? 0 });
}

/** Every protocol, whatever rules select: errors about TCP and UDP are ICMP. */
export function toZone(of: RuleMatch, owner: CookieParts): PipelineFlow[] {
  const actions = [{ kind: 'ct', zone: registers.zone, table: tables.inner_state, nat: {} }] as const;
  return everyNatProtocol.map(protocol =>
    flow({ table: 'inner_nat', priority: of.priority, owner, match: matchOf(of, protocol), actions }),
  );
}

function begin(of: SelectedMatch, chunk: NatChunk | undefined, owner: CookieParts): readonly PipelineFlow[] {
  const some = of.protocol === undefined ? everyNatProtocol : [of.protocol];
  const refuse = (protocol: NatProtocol, reason: 'no-chunk' | 'icmp-owned-by-other-tenant') =>
    drop('snat', of.priority, reason, matchOf(of, protocol), owner);
  if (!chunk) return some.map(protocol => refuse(protocol, 'no-chunk'));
  return [
    ...some.map(protocol =>
      natProtocols(chunk).includes(protocol)
        ? commit(of, protocol, chunk, owner)
        : refuse(protocol, 'icmp-owned-by-other-tenant'),
    ),
    drop('snat_state', of.priority, 'nat-exhausted', of.match, owner),
  ];
}

function commit(of: SelectedMatch, protocol: NatProtocol, chunk: NatChunk, owner: CookieParts): PipelineFlow {
  const nat = translation(chunk, protocol);
  return flow({
    ...{ table: 'snat', priority: of.priority, owner, match: matchOf(of, protocol) },
    actions: [{ kind: 'ct', commit: true, zone: registers.zone, table: tables.snat_state, nat }],
  });
}

/** The match of a selection may name the protocol. */
function matchOf({ match }: RuleMatch, protocol: NatProtocol): Match {
  return [...match.filter(({ field }) => field !== 'nw_proto'), is('nw_proto', protocolNumber(protocol))];
}

function translation({ address, port, size }: NatChunk, protocol: NatProtocol): CtNat {
  const to = { direction: 'src', address: { family: 4, min: address } } as const;
  return protocol === 'icmp' ? to : { ...to, port: { min: port, max: port + size - 1 } };
}
