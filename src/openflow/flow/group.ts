// One group, as data (OpenFlow 1.5.1 section 7.3.4.3).

import type { Action } from './action.ts';

export interface GroupEntry {
  /** 0 to 0xffffff00. */
  readonly group: number;
  readonly type: 'all' | 'select' | 'indirect' | 'fast_failover';
  readonly buckets: readonly GroupBucket[];
}

export interface GroupBucket {
  /** Share of a select group, 0 to 65535; 0: never chosen. */
  readonly weight?: number;
  /** The bucket lives while this port does, or this group; for fast failover. */
  readonly watchPort?: number;
  readonly watchGroup?: number;
  readonly actions: readonly Action[];
}
