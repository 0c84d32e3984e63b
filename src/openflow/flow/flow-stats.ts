// A flow entry with its counters, as a dump gives it.

import type { FlowEntry } from './flow.ts';
import type { Stats } from './stats.ts';

/** A flow with its counters. */
export interface FlowStats extends FlowEntry, Stats {
  readonly packetCount: bigint;
  readonly byteCount: bigint;
  /** How long it has been installed; down to milliseconds on OVS. */
  readonly durationSeconds: number;
  /** Since its last packet. */
  readonly idleSeconds?: number;
  /** Eviction precedence, when it is not 0. */
  readonly importance?: number;
}
