// The packets that a NAT rule is about, the same in every table that asks.

import type { Prefix } from '../../../lib/address.ts';
import type { Match } from '../../../openflow/flow/match.ts';
import type { Facts } from '../../engine/unit.ts';
import { legs, type NatRule, tenants } from '../../facts/objects.ts';
import { type NatProtocol, portBlocks, prefixesWithout, rankOf, ranks, type Selection } from '../../nat/selection.ts';
import { fromInner, registers } from '../../registers.ts';
import { inPrefix, is, registersAre } from '../words/match-and-action.ts';
import { protocolNumber } from './nat-protocols.ts';

export interface RuleMatch {
  readonly match: Match;
  readonly priority: number;
}

/** Of a packet that begins a connection. */
export interface SelectedMatch extends RuleMatch {
  /** Undefined: any that is translated. */
  readonly protocol: NatProtocol | undefined;
}

/** What `ruleMatch` asks for. */
export const ruleMatchReads = [legs, tenants];

/** All that comes from its source, and goes to the interface of its pool. */
export function ruleMatch(
  { tenant, source, interface: to }: Pick<NatRule, 'tenant' | 'source'> & { readonly interface: string },
  facts: Facts,
): RuleMatch | undefined {
  const owner = facts.get(tenants, tenant);
  const outer = facts.get(legs, to);
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

/** Of two rules that cover a packet the more specific wins, its source first. */
export function selectedMatches({ source, selections }: NatRule, of: RuleMatch): readonly SelectedMatch[] {
  return selections.flatMap(selection => {
    const { protocol, ports } = selection;
    const priority = priorityOf(source, selection);
    const blocks = protocol && ports ? portBlocks(ports) : [undefined];
    return farEnds(of, selection).flatMap(match =>
      blocks.map(block => ({
        match: block ? [...match, is(`${protocol as 'tcp' | 'udp'}_dst`, block.port, block.mask)] : match,
        ...{ priority, protocol },
      })),
    );
  });
}

/** Of a packet in pieces no port is seen, and so not which rule it is that covers it, where one asks for ports. */
export function unseenMatches({ source, selections }: NatRule, of: RuleMatch): readonly RuleMatch[] {
  return selections
    .filter(({ ports }) => ports !== undefined)
    .flatMap(selection =>
      farEnds(of, selection).map(match => ({
        match: [...match, is('ip_frag', 1, 1)],
        priority: priorityOf(source, selection),
      })),
    );
}

function priorityOf(source: Prefix, selection: Selection): number {
  return 100 + source.length * ranks + rankOf(selection);
}

/** Above those of all rules where they are told apart by destination. */
export const aboveRules = 100 + 33 * ranks;

function farEnds({ match }: RuleMatch, selection: Selection): readonly Match[] {
  const { destination, except, protocol } = selection;
  const proto = protocol ? [is('nw_proto', protocolNumber(protocol))] : [];
  return prefixesWithout(destination, except).map(prefix => [
    ...match,
    // The source has the Ethernet type.
    ...inPrefix('destination', prefix).slice(1),
    ...proto,
  ]);
}
