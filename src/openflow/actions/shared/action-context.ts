// What an action's text is read against: the version it is for, and the match of its flow.

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
  return { ...context, outer, ...(packet && { packet: { ...packet } }) };
}
