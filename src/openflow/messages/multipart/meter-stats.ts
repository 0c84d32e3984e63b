// OFPMP_METER_STATS (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-meter.c).

import { readLasted, writeDuration } from '../../codec/duration.ts';
import { takeEntry } from '../../codec/entry.ts';
import { meterIdText } from '../../flow/meter.ts';
import { durationText } from '../../text/format-duration.ts';
import { decodeMeterNumber, encodeMeterNumber, meterFilterText } from './shared/meter-filter.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

export interface MeterStatsRequest {
  readonly type: 'meter_stats';
  /** Absent: all meters. */
  readonly meter?: number;
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

const statsLength = 40;

function statsText({ meter, flowCount, packetInCount, byteInCount, bands, ...stats }: MeterStats): string {
  const duration = durationText(stats.durationSeconds, stats.durationNanoseconds);
  const counts = `flow_count:${flowCount} packet_in_count:${packetInCount} byte_in_count:${byteInCount}`;
  return [
    `\nmeter:${meterIdText(meter)} ${counts} duration:${duration} bands:`,
    ...bands.map(({ packetCount, byteCount }, i) => `${i}: packet_count:${packetCount} byte_count:${byteCount}`),
  ].join('\n');
}

export const meterStats: MultipartDefinition<MeterStatsRequest, MeterStats> = {
  type: 'meter_stats',
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
  name: 'OFPST_METER',
  printRequest: ({ meter }) => meterFilterText(meter),
  printReply: entries => entries.map(statsText).join('\n'),
};
