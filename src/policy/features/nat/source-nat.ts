// Source NAT of what a rule covers, in the three tables of its way: `inner_nat` sends it through the tenant's zone, `snat`
// commits the translation of a connection's first packet into the tenant's chunk, and what comes out of `snat_state`
// untranslated found no port, a full zone or a full conntrack: it goes no further.

import type { CtNat } from '../../../openflow/flow/action.ts';
import { protocols } from '../../constants.ts';
import { useKey } from '../../facts/base.ts';
import { type NatChunk, natChunks, natRules } from '../../facts/objects.ts';
import { is } from '../../flow-builder.ts';
import { tables } from '../../pipeline.ts';
import { registers } from '../../registers.ts';
import { drop, flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { natProtocols, protocolNumber } from './nat-protocols.ts';
import { type RuleMatch, ruleMatch, ruleMatchReads } from './rule-match.ts';

export const sourceNat = flowUnit({
  name: 'nat/source',
  over: natRules,
  reads: [...ruleMatchReads, natChunks],
  flows: (rule, facts) => {
    const of = ruleMatch(rule, facts);
    if (!of) return [];
    const owner = { kind: 'nat-rules', id: rule.id } as const;
    const [chunk] = facts.by(natChunks, 'here', useKey(rule));
    if (!chunk) return [drop('inner_nat', of.priority, 'no-chunk', of.match, owner)];
    return translate(of, chunk, owner);
  },
});

function translate(
  { match, priority }: RuleMatch,
  chunk: NatChunk,
  owner: { kind: 'nat-rules'; id: number },
): PipelineFlow[] {
  const icmp = [...match, is('nw_proto', protocols.icmp)];
  return [
    ...natProtocols(chunk).flatMap(protocol => {
      const of = { priority, owner, match: [...match, is('nw_proto', protocolNumber(protocol))] };
      return [
        flow({
          ...of,
          table: 'inner_nat',
          actions: [{ kind: 'ct', zone: registers.zone, table: tables.inner_state, nat: {} }],
        }),
        flow({
          ...of,
          table: 'snat',
          actions: [
            {
              ...{ kind: 'ct', commit: true, zone: registers.zone, table: tables.snat_state },
              nat: translation(chunk, protocol),
            },
          ],
        }),
      ];
    }),
    ...(chunk.icmp ? [] : [drop('inner_nat', priority, 'icmp-owned-by-other-tenant', icmp, owner)]),
    drop('snat_state', priority, 'nat-exhausted', match, owner),
  ];
}

function translation({ address, port, size }: NatChunk, protocol: 'tcp' | 'udp' | 'icmp'): CtNat {
  const to = { direction: 'src', address: { family: 4, min: address } } as const;
  return protocol === 'icmp' ? to : { ...to, port: { min: port, max: port + size - 1 } };
}
