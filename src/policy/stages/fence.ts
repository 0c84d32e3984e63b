// Table `fence`: one flow that ends by itself, and that each confirmed heartbeat renews (controller/membership/fence.ts).
// It marks every packet, in a register, which costs the datapath nothing; without the mark, what another node may have
// taken over meanwhile is dropped: translation, traffic between nodes, what the gateway of an interface does on its wire.
// Each table that does such things asks for it here, by one flow that stands before its others.

import type { Action } from '../../openflow/flow/action.ts';
import type { FlowEntry } from '../../openflow/flow/flow.ts';
import type { Match, Subfield } from '../../openflow/flow/match.ts';
import { drop, flow, load, registersAre } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { legsHere, type StageContext } from './context.ts';

/** Marks the packet if this node has its lease. */
export const lookAtFence: Action = { kind: 'resubmit', table: tables.fence };

/** @param seconds how long it stands */
export function leaseFlow(seconds: number): FlowEntry {
  return {
    ...flow({ table: tables.fence, priority: 100, actions: [load(registers.leased, 1)] }),
    hardTimeout: seconds,
  };
}

/** Drops what a node without its lease must not do; nothing where nodes are not fenced. */
export function unlessLeased(
  { isFenced }: Pick<StageContext, 'isFenced'>,
  table: number,
  priority: number,
  conditions: readonly (readonly [Subfield, number])[] = [],
  match: Match = [],
): FlowEntry[] {
  return isFenced
    ? [drop(table, priority, 'fenced', [...registersAre([registers.leased, 0], ...conditions), ...match])]
    : [];
}

/** Interfaces here that another node takes when this one is gone. */
export function legsThatMove(context: StageContext): Interface[] {
  return context.isFenced ? legsHere(context).filter(iface => !iface.isPinned) : [];
}

/** Notes that the packet goes to another node: `egress` asks for the lease then. */
export function goingOver({ isFenced }: Pick<StageContext, 'isFenced'>): Action[] {
  return isFenced ? [load(registers.toPeer, 1)] : [];
}
