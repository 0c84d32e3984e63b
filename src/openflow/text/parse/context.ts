// What an action's text is read against: the version it is for, and the match of its flow.

import type { Packet } from './check-prerequisites.ts';
import type { NameOptions } from './parse-number.ts';

export interface ActionContext extends NameOptions {
  readonly version: number;
  /** What is known of the packet at this point; absent where there is no match to know it from. */
  readonly packet?: Packet;
  /** How many actions this one is in. */
  depth: number;
}
