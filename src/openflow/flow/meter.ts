// One meter, as data (OpenFlow 1.5.1 section 7.3.4.5).

/** OFPM_*: OVS's virtual meters limit what goes up to vswitchd and to controllers. */
export const meterNumber = { slowpath: 0xfffffffd, controller: 0xfffffffe, all: 0xffffffff } as const;

/** OFPM_MAX. */
export const mostMeter = 0xffff0000;

/** Bits of ofp_meter_flags. */
export const meterFlag = { kbps: 1, pktps: 2, burst: 4, stats: 8 } as const;

/** A meter: its number, unit and bands. */
export interface MeterEntry {
  /** 1 to 0xffff0000; OVS's virtual meters have their own numbers. */
  readonly meter: number;
  /** What rates and bursts count. */
  readonly unit: 'kbps' | 'pktps';
  /** Bursts are given, not the switch's default. */
  readonly burst?: boolean;
  readonly stats?: boolean;
  /** Bits of ofp_meter_flags, where a decoded meter has others than `unit`, `burst` and `stats` make. */
  readonly flags?: number;
  readonly bands: readonly MeterBand[];
}

/** Rates and bursts in the meter's unit; a burst of 0 is absent (OpenFlow 1.5.1 section 7.3.4.5). */
export type MeterBand =
  | { readonly kind: 'drop'; readonly rate: number; readonly burst?: number }
  | {
      readonly kind: 'dscp_remark';
      readonly rate: number;
      readonly burst?: number;
      /** By how much the drop precedence in the DSCP goes up: 0 to 255. */
      readonly precedence: number;
    }
  | {
      readonly kind: 'experimenter';
      readonly rate: number;
      readonly burst?: number;
      readonly experimenter: number;
      readonly data: Uint8Array;
    }
  /** A band that is not known here; `data` is what stands behind rate and burst. */
  | {
      readonly kind: 'unknown_band';
      readonly type: number;
      readonly rate: number;
      readonly burst?: number;
      readonly data: Uint8Array;
    };
