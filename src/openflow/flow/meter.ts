// One meter, as data (OpenFlow 1.5.1 section 7.3.4.5).

export interface MeterEntry {
  /** 1 to 0xffff0000; OVS's virtual meters have their own numbers. */
  readonly meter: number;
  /** What rates and bursts count. */
  readonly unit: 'kbps' | 'pktps';
  /** Bursts are given, not the switch's default. */
  readonly burst?: boolean;
  readonly stats?: boolean;
  readonly bands: readonly MeterBand[];
}

export interface MeterBand {
  readonly kind: 'drop';
  readonly rate: number;
  readonly burst?: number;
}
