// One group, as data (OpenFlow 1.5.1 section 7.3.4.3).

import type { Action } from './action.ts';

export interface GroupEntry {
  /** 0 to 0xffffff00. */
  readonly group: number;
  readonly type: 'all' | 'select' | 'indirect' | 'fast_failover';
  readonly buckets: readonly Bucket[];
  /** How a select group chooses (OVS's selection method property); absent: the switch's default. */
  readonly selection?: GroupSelection;
}

export interface Bucket {
  /** 0 to 0xffffff00; absent: its place among the buckets. */
  readonly id?: number;
  /** Select groups; 0 to 65535. */
  readonly weight?: number;
  /** Fast failover groups. */
  readonly watchPort?: number;
  readonly watchGroup?: number;
  readonly actions: readonly Action[];
}

export interface GroupSelection {
  /** Such as `dp_hash` or `hash`; at most 15 characters. */
  readonly method: string;
  readonly parameter: bigint;
  /** OXMs of the fields to hash, as on the wire. */
  readonly fields?: Uint8Array;
}
