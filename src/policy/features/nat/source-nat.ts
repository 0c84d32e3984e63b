// Source NAT of what a rule covers, in the three tables of its way: `inner_nat` sends it through the tenant's zone, `snat`
// commits the translation of a connection's first packet into the tenant's chunk, and what comes out of `snat_state`
// untranslated found no port, a full zone or a full conntrack: it goes no further.

import type { CtNat } from '../../../openflow/actions/nat.ts';
import type { Match } from '../../../openflow/flow/match.ts';
import { useKey } from '../../facts/base.ts';
import { type NatChunk, natChunks, natRules } from '../../facts/objects.ts';
import { tables } from '../../pipeline.ts';
import { registers } from '../../registers.ts';
import { drop, flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { is } from '../words/match-and-action.ts';
import { everyNatProtocol, type NatProtocol, natProtocols, protocolNumber } from './nat-protocols.ts';
import { type RuleMatch, ruleMatch, ruleMatchReads } from './rule-match.ts';

interface Owner {
  readonly kind: 'nat-rules';
  readonly id: number;
}

export const sourceNat = flowUnit({
  name: 'nat/source',
  over: natRules,
  reads: [...ruleMatchReads, natChunks],
  flows: (rule, facts) => {
    const of = ruleMatch(rule, facts);
    if (!of) return [];
    const owner = { kind: 'nat-rules', id: rule.id } as const;
    const [chunk] = facts.by(natChunks, 'here', useKey(rule));
    // What no rule could translate falls past all of them, with or without a chunk.
    if (!chunk) return everyNatProtocol.map(protocol => refuse(of, protocol, 'no-chunk', owner));
    return [
      ...everyNatProtocol.flatMap(protocol =>
        natProtocols(chunk).includes(protocol)
          ? translate(of, protocol, chunk, owner)
          : [refuse(of, protocol, 'icmp-owned-by-other-tenant', owner)],
      ),
      drop('snat_state', of.priority, 'nat-exhausted', of.match, owner),
    ];
  },
});

function refuse(of: RuleMatch, protocol: NatProtocol, reason: 'no-chunk' | 'icmp-owned-by-other-tenant', owner: Owner) {
  return drop('inner_nat', of.priority, reason, matchOf(of, protocol), owner);
}

function translate(of: RuleMatch, protocol: NatProtocol, chunk: NatChunk, owner: Owner): PipelineFlow[] {
  const text = { priority: of.priority, owner, match: matchOf(of, protocol) };
  const { zone } = registers;
  const nat = translation(chunk, protocol);
  return [
    flow({ ...text, table: 'inner_nat', actions: [{ kind: 'ct', zone, table: tables.inner_state, nat: {} }] }),
    flow({ ...text, table: 'snat', actions: [{ kind: 'ct', commit: true, zone, table: tables.snat_state, nat }] }),
  ];
}

function matchOf({ match }: RuleMatch, protocol: NatProtocol): Match {
  return [...match, is('nw_proto', protocolNumber(protocol))];
}

function translation({ address, port, size }: NatChunk, protocol: NatProtocol): CtNat {
  const to = { direction: 'src', address: { family: 4, min: address } } as const;
  return protocol === 'icmp' ? to : { ...to, port: { min: port, max: port + size - 1 } };
}
