// OFPMP_METER_STATS, OFPMP_METER_DESC and OFPMP_METER_FEATURES (OVS lib/ofp-meter.c).

import { meterNumber } from '../../codec/messages/meter-mod.ts';
import type {
  MeterDescRequest,
  MeterFeatures,
  MeterFeaturesRequest,
  MeterStats,
  MeterStatsRequest,
} from '../../codec/multipart/meters.ts';
import type { MeterEntry } from '../../flow/meter.ts';
import { bitNames } from '../bit-names.ts';
import { durationText } from '../format-duration.ts';
import { formatMeter, meterIdText } from '../format-meter.ts';
import type { MultipartPrinter } from './multipart-printer.ts';

const bandNames: readonly (readonly [bit: number, name: string])[] = [
  [2, 'drop'],
  [4, 'dscp_remark'],
];

const capabilityNames: readonly (readonly [bit: number, name: string])[] = [
  [1, 'kbps'],
  [2, 'pktps'],
  [4, 'burst'],
  [8, 'stats'],
];

function requested(meter = meterNumber.all as number): string {
  return ` meter=${meterIdText(meter)}`;
}

export const meterDesc: MultipartPrinter<MeterDescRequest, MeterEntry> = {
  name: 'OFPST_METER_CONFIG',
  request: ({ meter }) => requested(meter),
  reply: meters => meters.map(meter => `\n${formatMeter(meter)}`).join('\n'),
};

function statsText({ meter, flowCount, packetInCount, byteInCount, bands, ...stats }: MeterStats): string {
  const duration = durationText(stats.durationSeconds, stats.durationNanoseconds);
  const counts = `flow_count:${flowCount} packet_in_count:${packetInCount} byte_in_count:${byteInCount}`;
  return [
    `\nmeter:${meterIdText(meter)} ${counts} duration:${duration} bands:`,
    ...bands.map(({ packetCount, byteCount }, i) => `${i}: packet_count:${packetCount} byte_count:${byteCount}`),
  ].join('\n');
}

export const meterStats: MultipartPrinter<MeterStatsRequest, MeterStats> = {
  name: 'OFPST_METER',
  request: ({ meter }) => requested(meter),
  reply: entries => entries.map(statsText).join('\n'),
};

function featuresText({ maxMeter, maxBands, maxColor, bandTypes, capabilities }: MeterFeatures): string {
  return [
    `\nmax_meter:${maxMeter} max_bands:${maxBands} max_color:${maxColor}`,
    `band_types: ${bitNames(bandTypes, bandNames, ' ')}`,
    `capabilities: ${bitNames(capabilities, capabilityNames, ' ')}`,
  ].join('\n');
}

export const meterFeatures: MultipartPrinter<MeterFeaturesRequest, MeterFeatures> = {
  name: 'OFPST_METER_FEATURES',
  reply: entries => entries.map(featuresText).join('\n'),
};
