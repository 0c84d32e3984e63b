// One group, as data (OpenFlow 1.5.1 section 7.3.4.3).

import type { Action } from '../actions/all.ts';
import type { PropertyOrder } from './property.ts';

/** OFPG_BUCKET_*: not one bucket, but the first, the last or all. */
export const bucketNumber = { first: 0xfffffffd, last: 0xfffffffe, all: 0xffffffff } as const;

/** Group types by OFPGT_* number. */
export const groupTypes = ['all', 'select', 'indirect', 'fast_failover'] as const;

/** A group: its number, type and buckets. */
export interface GroupEntry {
  /** 0 to 0xffffff00. */
  readonly group: number;
  /** A number for a type of an experimenter: 128 to 255. */
  readonly type: (typeof groupTypes)[number] | number;
  readonly buckets: readonly Bucket[];
  /** How a select group chooses (OVS's selection method property, OpenFlow 1.5); absent: the switch's default. */
  readonly selection?: GroupSelection;
  /** Exactly which properties a decoded group has; absent: the selection, if any. */
  readonly propertyOrder?: PropertyOrder<'selection'>;
}

/** One of the ways a group can go (OpenFlow 1.5.1 section 7.3.4.3). */
export interface Bucket {
  /** 0 to 0xffffff00; absent: the lowest that no other bucket has. OpenFlow 1.3 and 1.4 have none. */
  readonly id?: number;
  /** Select groups; 0 to 65535. */
  readonly weight?: number;
  /** Fast failover groups. */
  readonly watchPort?: number;
  readonly watchGroup?: number;
  readonly actions: readonly Action[];
  /** Exactly which properties a decoded bucket has; absent: those with a value, and the weight in a select group. */
  readonly propertyOrder?: PropertyOrder<'weight' | 'watchPort' | 'watchGroup'>;
}

/** The selection method of a select group (OVS, ovs-ofctl(8)). */
export interface GroupSelection {
  /** Such as `dp_hash` or `hash`; at most 15 characters. */
  readonly method: string;
  readonly parameter: bigint;
  /** OXMs of the fields to hash, as on the wire. */
  readonly fields?: Uint8Array;
  /** Whose property it is; absent: Netronome's. Open vSwitch 2.4 wrote 0x1540. */
  readonly vendor?: number;
}
