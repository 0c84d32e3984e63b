// Table `inner_nat`: towards an inner interface nothing is tracked, and the packet goes on as it is. From inside to an
// outer interface it needs a NAT rule of its tenant, and goes through the tenant's zone.

import { drop, flow, is, miss, registersAre } from '../flow-builder.ts';
import type { Interface, NatRule } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { chunkOf, ownedBy, type Stage, type StageContext } from './context.ts';
import { unlessLeased } from './fence.ts';
import { everyNatProtocol, natProtocols, protocolNumber } from './nat-protocols.ts';
import { ruleMatch } from './rule-match.ts';

export const innerNat: Stage = context => [
  ...context.intent.interfaces.filter(iface => iface.role === 'inner').map(untracked),
  ...unlessLeased(context, tables.inner_nat, 190),
  ...context.intent.natRules.flatMap(rule => translated(context, rule)),
  miss(tables.inner_nat, 'not-natted'),
];

function untracked(iface: Interface) {
  return flow({
    table: tables.inner_nat,
    priority: 200,
    owner: ownedBy(iface),
    match: registersAre([registers.egressInterface, iface.index]),
    next: tables.neighbour,
  });
}

function translated(context: StageContext, rule: NatRule) {
  const { match, priority } = ruleMatch(rule);
  const chunk = chunkOf(context, rule);
  const owner = { kind: 'nat-rules', id: rule.id } as const;
  // What no rule could translate falls past all of them, with or without a chunk.
  return everyNatProtocol.map(protocol => {
    const of = [...match, is('nw_proto', protocolNumber(protocol))];
    if (!chunk) return drop(tables.inner_nat, priority, 'no-chunk', of, owner);
    if (!natProtocols(chunk).includes(protocol))
      return drop(tables.inner_nat, priority, 'icmp-owned-by-other-tenant', of, owner);
    return flow({
      table: tables.inner_nat,
      priority,
      owner,
      match: of,
      actions: [{ kind: 'ct', zone: registers.zone, table: tables.inner_state, nat: {} }],
    });
  });
}
