// What is counted of flows (OXS, OpenFlow 1.5.1 section 7.2.4).

/** Statistics of a flow or of many (OXS, OpenFlow 1.5.1 section 7.2.4). */
export interface Stats {
  readonly durationSeconds?: number;
  /** Where `durationSeconds` cannot say it exactly: see Duration. */
  readonly durationNanoseconds?: number;
  readonly idleSeconds?: number;
  readonly idleNanoseconds?: number;
  readonly flowCount?: number;
  readonly packetCount?: bigint;
  readonly byteCount?: bigint;
  /** Exactly which statistics there are, and where; absent: those that have a value, in the usual order. */
  readonly statsOrder?: StatsOrder;
}

/** A statistic that has a name here (OpenFlow 1.5.1 section 7.2.4). */
export type StatName = 'durationSeconds' | 'idleSeconds' | 'packetCount' | 'byteCount' | 'flowCount';

/** Bytes are a whole OXS that is not known here, or that a later one of its kind overrides. */
export type StatsOrder = readonly (StatName | Uint8Array)[];
