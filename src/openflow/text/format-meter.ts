// A meter as `ovs-ofctl dump-meters` writes it (OVS lib/ofp-meter.c).

import { meterFlags } from '../codec/meters.ts';
import { type MeterBand, type MeterEntry, meterFlag, meterNumber, mostMeter } from '../flow/meter.ts';

const reservedNames: ReadonlyMap<number, string> = new Map(
  Object.entries(meterNumber).map(([name, number]) => [number, name]),
);

/** A meter's number, or the name of a reserved one. */
export function meterIdText(meter: number): string {
  return meter <= mostMeter ? String(meter) : (reservedNames.get(meter) ?? 'unknown');
}

function flagsText(flags: number): string {
  const rest = Object.values(meterFlag).reduce((left, bit) => left & ~bit, flags);
  const names = Object.entries(meterFlag).flatMap(([name, bit]) => (flags & bit ? [`${name} `] : []));
  return [...names, ...(rest === 0 ? [] : [`flags:0x${rest.toString(16)} `])].join('');
}

function typeText(band: MeterBand): string {
  switch (band.kind) {
    case 'drop':
    case 'dscp_remark':
      return band.kind;
    case 'experimenter':
      return '65535';
    case 'unknown_band':
      return String(band.type);
  }
}

function bandText(band: MeterBand, withBurst: boolean): string {
  const burst = withBurst ? ` burst_size=${band.burst ?? 0}` : '';
  const precedence = band.kind === 'dscp_remark' ? ` prec_level=${band.precedence}` : '';
  return `\ntype=${typeText(band)} rate=${band.rate}${burst}${precedence}`;
}

/** The meter, each band on a line of its own. Bands that OVS does not know show type, rate and burst. */
export function formatMeter(meter: MeterEntry): string {
  const flags = meterFlags(meter);
  const bands = meter.bands.map(band => bandText(band, (flags & meterFlag.burst) !== 0));
  return `meter=${meterIdText(meter.meter)} ${flagsText(flags)}bands=${bands.join('')}`;
}
