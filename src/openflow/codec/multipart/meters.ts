// OFPMP_METER_STATS, OFPMP_METER_DESC (OFPMP_METER_CONFIG before OpenFlow 1.5) and OFPMP_METER_FEATURES (OpenFlow
// 1.5.1 section 7.3.5).

import type { MeterEntry } from '../../flow/meter.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow15 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { readLasted, writeDuration } from '../duration.ts';
import { takeEntry } from '../entry.ts';
import { meterNumber } from '../messages/meter-mod.ts';
import { decodeMeter, encodeBands, meterFlags } from '../meters.ts';
import { type MultipartCodec, noBody } from './multipart-codec.ts';

export interface MeterDescRequest {
  readonly type: 'meter_desc';
  /** Absent: all meters. */
  readonly meter?: number;
}

export interface MeterStatsRequest {
  readonly type: 'meter_stats';
  /** Absent: all meters. */
  readonly meter?: number;
}

export interface MeterFeaturesRequest {
  readonly type: 'meter_features';
}

/** Counters of a meter and of its bands (OpenFlow 1.5.1 section 7.3.5). */
export interface MeterStats {
  readonly meter: number;
  /** Flows that use it (OpenFlow 1.5: references to it). */
  readonly flowCount: number;
  /** Packets and bytes that came to it, dropped or not. */
  readonly packetInCount: bigint;
  readonly byteInCount: bigint;
  readonly durationSeconds: number;
  /** Where `durationSeconds` cannot say it exactly: see Duration. */
  readonly durationNanoseconds?: number;
  /** What each band acted on, in the meter's order. */
  readonly bands: readonly { readonly packetCount: bigint; readonly byteCount: bigint }[];
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

const descLength = 8;
const statsLength = 40;

function encodeMeterNumber(writer: Writer, meter = meterNumber.all as number): void {
  writer.u32(meter);
  writer.zeros(4);
}

function decodeMeterNumber(reader: Reader): { readonly meter?: number } {
  const meter = reader.u32();
  reader.pad(4);
  return meter === meterNumber.all ? {} : { meter };
}

export const meterDesc: MultipartCodec<MeterDescRequest, MeterEntry> = {
  places: [{ type: 10 }],
  encodeRequest: (request, writer) => encodeMeterNumber(writer, request.meter),
  decodeRequest: reader => ({ type: 'meter_desc', ...decodeMeterNumber(reader) }),
  encodeEntry(entry, writer) {
    const start = writer.length;
    writer.u16(0);
    writer.u16(meterFlags(entry));
    writer.u32(entry.meter);
    encodeBands(writer, entry.bands);
    writer.patchLength(start, start, 'a meter');
  },
  decodeEntry(outer) {
    const reader = takeEntry(outer, descLength, 'meter');
    reader.skip(2);
    const flags = reader.u16();
    return decodeMeter(reader.u32(), flags, reader);
  },
};

export const meterStats: MultipartCodec<MeterStatsRequest, MeterStats> = {
  places: [{ type: 9 }],
  encodeRequest: (request, writer) => encodeMeterNumber(writer, request.meter),
  decodeRequest: reader => ({ type: 'meter_stats', ...decodeMeterNumber(reader) }),
  encodeEntry(entry, writer) {
    const start = writer.length;
    writer.u32(entry.meter);
    writer.u16(0);
    writer.zeros(6);
    writer.u32(entry.flowCount);
    writer.u64(entry.packetInCount);
    writer.u64(entry.byteInCount);
    writeDuration(writer, entry.durationSeconds, entry.durationNanoseconds);
    for (const band of entry.bands) {
      writer.u64(band.packetCount);
      writer.u64(band.byteCount);
    }
    writer.patchLength(start + 4, start, 'the statistics of a meter');
  },
  decodeEntry(outer) {
    const reader = takeEntry(outer, statsLength, 'meter statistics', 4);
    const meter = reader.u32();
    reader.skip(2);
    reader.pad(6);
    const flowCount = reader.u32();
    const packetInCount = reader.u64();
    const byteInCount = reader.u64();
    const lasted = readLasted(reader);
    const bands: { packetCount: bigint; byteCount: bigint }[] = [];
    while (reader.remaining > 0) bands.push({ packetCount: reader.u64(), byteCount: reader.u64() });
    return {
      meter,
      flowCount,
      packetInCount,
      byteInCount,
      ...lasted,
      bands,
    };
  },
};

export const meterFeatures: MultipartCodec<MeterFeaturesRequest, MeterFeatures> = {
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
};
