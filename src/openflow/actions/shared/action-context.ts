// What an action's text is read against: the version it is for, and the match of its flow.

import type { Mutable } from '../../../lib/mutable.ts';
import type { Packet } from '../../text/parse/packet.ts';
import type { NameOptions } from '../../text/parse/parse-number.ts';

/** Actions that stand in another. */
export type Outer = 'write_actions' | 'ct' | 'clone';

export interface ActionContext extends NameOptions {
  readonly version: number;
  /** What is known of the packet at this point; absent where there is no match to know it from. */
  readonly packet?: Packet;
  /** The table of the flow; absent where none is said. */
  readonly table?: number;
  /** The action that these stand in. */
  readonly outer?: Outer;
  /** How many actions this one is in. */
  depth: number;
}

/** The context of actions in another: what they do to the packet stays among them. */
export function inside(context: ActionContext, outer: Outer): ActionContext {
  const { packet } = context;
  return nested(context, outer, packet && { ...packet });
}

/** The context of actions that stand in another, with what is known of the packet there. */
export function nested(context: ActionContext, outer: Outer, packet: Packet | undefined): ActionContext {
  const { version, depth, table, portNumber, tableNumber } = context;
  const inner: Mutable<ActionContext> = { version, depth, outer };
  if (packet) inner.packet = packet;
  if (table !== undefined) inner.table = table;
  if (portNumber) inner.portNumber = portNumber;
  if (tableNumber) inner.tableNumber = tableNumber;
  return inner;
}
