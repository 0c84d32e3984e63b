// What a fenced node asks its lease for: features/fence/lease.ts says why.

import type { Action } from '../../openflow/flow/action.ts';
import type { FlowEntry } from '../../openflow/flow/flow.ts';
import type { Match, Subfield } from '../../openflow/flow/match.ts';
import { drop, load, registersAre } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { registers } from '../registers.ts';
import { legsHere, type StageContext } from './context.ts';

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
