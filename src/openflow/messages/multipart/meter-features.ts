// OFPMP_METER_FEATURES (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-meter.c).

import { meterFlag } from '../../flow/meter.ts';
import { bitNames } from '../../text/bit-names.ts';
import { openflow15 } from '../../wire/version.ts';
import { type MultipartDefinition, noBody } from './shared/multipart-definition.ts';

export interface MeterFeaturesRequest {
  readonly type: 'meter_features';
}

/** What meters a switch can have (OpenFlow 1.5.1 section 7.3.5). */
export interface MeterFeatures {
  readonly maxMeter: number;
  /** Bits by OFPMBT_* number. */
  readonly bandTypes: number;
  /** Bits of ofp_meter_flags. */
  readonly capabilities: number;
  /** Bands per meter, 0 to 255. */
  readonly maxBands: number;
  readonly maxColor: number;
  /** Bits of ofp_meter_feature_flags; OpenFlow 1.5, and absent where the switch (OVS) leaves them out. */
  readonly features?: number;
}

const flagNames = Object.entries(meterFlag).map(([name, bit]) => [bit, name] as const);

const bandNames: readonly (readonly [bit: number, name: string])[] = [
  [2, 'drop'],
  [4, 'dscp_remark'],
];

function featuresText({ maxMeter, maxBands, maxColor, bandTypes, capabilities }: MeterFeatures): string {
  return [
    `\nmax_meter:${maxMeter} max_bands:${maxBands} max_color:${maxColor}`,
    `band_types: ${bitNames(bandTypes, bandNames, ' ')}`,
    `capabilities: ${bitNames(capabilities, flagNames, ' ')}`,
  ].join('\n');
}

export const meterFeatures: MultipartDefinition<MeterFeaturesRequest, MeterFeatures> = {
  type: 'meter_features',
  places: [{ type: 11 }],
  ...noBody,
  decodeRequest: () => ({ type: 'meter_features' }),
  encodeEntry(entry, writer) {
    writer.u32(entry.maxMeter);
    writer.u32(entry.bandTypes);
    writer.u32(entry.capabilities);
    writer.u8(entry.maxBands);
    writer.u8(entry.maxColor);
    writer.zeros(2);
    if (entry.features === undefined || writer.version < openflow15) return;
    writer.u32(entry.features);
    writer.zeros(4);
  },
  decodeEntry(reader) {
    const fixed: MeterFeatures = {
      maxMeter: reader.u32(),
      bandTypes: reader.u32(),
      capabilities: reader.u32(),
      maxBands: reader.u8(),
      maxColor: reader.u8(),
    };
    reader.pad(2);
    // The last field is new in OpenFlow 1.5, and OVS does not send it.
    if (reader.version < openflow15 || reader.remaining < 8) return fixed;
    const features = reader.u32();
    reader.pad(4);
    return { ...fixed, features };
  },
  name: 'OFPST_METER_FEATURES',
  printReply: entries => entries.map(featuresText).join('\n'),
};
