// Table `snat`: the first packet of a connection commits its translation into the tenant's chunk.

import type { CtNat } from '../../openflow/flow/action.ts';
import { flow, is, miss } from '../flow-builder.ts';
import type { NatChunk, NatRule } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { chunkOf, type Stage, type StageContext } from './context.ts';
import { type NatProtocol, natProtocols, protocolNumber } from './nat-protocols.ts';
import { ruleMatch } from './rule-match.ts';

export const snat: Stage = context => [
  ...context.intent.natRules.flatMap(rule => commits(context, rule)),
  miss(tables.snat, 'not-natted'),
];

function commits(context: StageContext, rule: NatRule) {
  const chunk = chunkOf(context, rule);
  if (!chunk) return [];
  const { match, priority } = ruleMatch(rule);
  return natProtocols(chunk).map(protocol =>
    flow({
      table: tables.snat,
      priority,
      owner: { kind: 'nat-rules', id: rule.id },
      match: [...match, is('nw_proto', protocolNumber(protocol))],
      actions: [
        { kind: 'ct', commit: true, zone: registers.zone, table: tables.snat_state, nat: translation(chunk, protocol) },
      ],
    }),
  );
}

function translation({ address, port, size }: NatChunk, protocol: NatProtocol): CtNat {
  const to = { direction: 'src', address: { family: 4, min: address } } as const;
  return protocol === 'icmp' ? to : { ...to, port: { min: port, max: port + size - 1 } };
}
