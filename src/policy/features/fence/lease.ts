// Table `fence`: one flow that ends by itself, and that each confirmed heartbeat renews (controller/membership/fence.ts).
// It marks every packet, in a register, which costs the datapath nothing; without the mark, what another node may have
// taken over meanwhile is dropped: translation, traffic between nodes, what the gateway of an interface does on its wire.
// Each table that does such things asks for it here, by one flow that stands before its others.

import type { Action } from '../../../openflow/actions/all.ts';
import { sealFlow } from '../../../openflow/codec/sealed-flow.ts';
import type { FlowEntry } from '../../../openflow/flow/flow.ts';
import type { Match, Subfield } from '../../../openflow/flow/match.ts';
import type { Facts } from '../../engine/unit.ts';
import { only, self } from '../../facts/base.ts';
import type { NodeConfig } from '../../node.ts';
import { tables } from '../../pipeline.ts';
import { registers } from '../../registers.ts';
import { drop, type FlowText, flow, type PipelineFlow } from '../flow-unit.ts';
import { load, registersAre } from '../words/match-and-action.ts';

/** Marks the packet if this node has its lease. */
export const lookAtFence: Action = { kind: 'resubmit', table: tables.fence };

/** @param seconds how long it stands */
export function leaseFlow(seconds: number): FlowEntry {
  return {
    ...flow({ table: 'fence', priority: 100, actions: [load(registers.leased, 1)] }).entry,
    hardTimeout: seconds,
  };
}

/** By which the flow is known among those of a bridge; undefined where nodes are not fenced: then it is nobody's. */
export function leaseKeyOf({ fence }: Pick<NodeConfig, 'fence'>): string | undefined {
  return fence === undefined ? undefined : sealFlow(leaseFlow(fence)).key;
}

/** What the functions below ask for. */
export const leaseReads = [self];

/** Whether what others may take over is done only while this node has its lease. */
export function isFenced(facts: Facts): boolean {
  return facts.get(self, only)?.fence !== undefined;
}

/** Drops what a node without its lease must not do; nothing where nodes are not fenced. */
export function unlessLeased(
  facts: Facts,
  table: FlowText['table'],
  priority: number,
  conditions: readonly (readonly [Subfield, number])[] = [],
  match: Match = [],
): PipelineFlow[] {
  return isFenced(facts)
    ? [drop(table, priority, 'fenced', [...registersAre([registers.leased, 0], ...conditions), ...match])]
    : [];
}

/** Notes that the packet goes to another node: `egress` asks for the lease then. */
export function goingOver(facts: Facts): Action[] {
  return isFenced(facts) ? [load(registers.toPeer, 1)] : [];
}
