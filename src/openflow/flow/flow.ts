// One flow entry, as it is wanted or as it is installed.

import type { Instruction } from './instruction.ts';
import type { Match, UnknownOxm } from './match.ts';

/** The priority of a flow that says none (OFP_DEFAULT_PRIORITY). */
export const defaultPriority = 32768;

/** In the place of a table (OFPTT_ALL). */
export const allTables = 0xff;

/** A flow: where it stands, what it matches, what it does. */
export interface FlowEntry {
  /** 0 to 254. */
  readonly table: number;
  /** 0 to 65535. */
  readonly priority: number;
  readonly cookie: bigint;
  readonly match: Match;
  /** Decoded OXMs that the field table does not know; they are written back where they stood. */
  readonly unknownMatch?: readonly UnknownOxm[];
  readonly instructions: readonly Instruction[];
  /** Seconds, 0 to 65535; absent or 0: never. */
  readonly idleTimeout?: number;
  readonly hardTimeout?: number;
  /** Bits of ofp_flow_mod_flags. */
  readonly flags?: number;
}
