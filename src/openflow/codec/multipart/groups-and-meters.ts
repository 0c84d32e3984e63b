// OFPMP_GROUP_DESC, OFPMP_METER_DESC and OFPMP_METER_STATS (OpenFlow 1.5.1 sections 7.3.5.11, 7.3.5.14 and 7.3.5.13).

import { OpenFlowDecodeError } from '../../errors.ts';
import type { GroupEntry } from '../../flow/group.ts';
import type { MeterEntry } from '../../flow/meter.ts';
import { group as groupNumber } from '../../flow/ports.ts';
import { decodeBuckets, decodeSelection, encodeBuckets, encodeSelection, groupType, groupTypes } from '../groups.ts';
import { meterNumber } from '../messages/meter-mod.ts';
import { decodeMeter, encodeBands, meterFlags } from '../meters.ts';
import type { MultipartCodec } from './multipart-codec.ts';

export interface GroupDescRequest {
  readonly type: 'group_desc';
  /** Absent: all groups. */
  readonly group?: number;
}

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

export interface MeterStats {
  readonly meter: number;
  /** Flows that use it. */
  readonly flowCount: number;
  /** Packets and bytes that came to it, dropped or not. */
  readonly packetInCount: bigint;
  readonly byteInCount: bigint;
  readonly durationSeconds: number;
  /** What each band acted on, in the meter's order. */
  readonly bands: readonly { readonly packetCount: bigint; readonly byteCount: bigint }[];
}

const nano = 1_000_000_000;

export const groupDesc: MultipartCodec<GroupDescRequest, GroupEntry> = {
  places: [{ type: 7 }],
  encodeRequest(request, writer) {
    writer.u32(request.group ?? groupNumber.all);
    writer.zeros(4);
  },
  decodeRequest(reader) {
    const number = reader.u32();
    return { type: 'group_desc', ...(number !== groupNumber.all && { group: number }) };
  },
  encodeEntry(entry, writer) {
    const start = writer.length;
    writer.u16(0);
    writer.u8(groupTypes.indexOf(entry.type));
    writer.zeros(1);
    writer.u32(entry.group);
    writer.u16(0);
    writer.zeros(6);
    encodeBuckets(writer, entry);
    writer.patchLength(start + 8, start + 16, 'the buckets of a group');
    if (entry.selection) encodeSelection(writer, entry.selection);
    writer.patchLength(start, start, 'a group');
  },
  decodeEntry(outer) {
    const length = outer.peekU16(0);
    if (length < 16) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `group of ${length} bytes`);
    const reader = outer.sub(length);
    reader.skip(2);
    const type = groupType(reader.u8());
    reader.pad(1);
    const number = reader.u32();
    const bucketsLength = reader.u16();
    reader.pad(6);
    const buckets = decodeBuckets(reader.sub(bucketsLength));
    const selection = decodeSelection(reader);
    return { group: number, type, buckets, ...(selection && { selection }) };
  },
};

export const meterDesc: MultipartCodec<MeterDescRequest, MeterEntry> = {
  places: [{ type: 10 }],
  encodeRequest(request, writer) {
    writer.u32(request.meter ?? meterNumber.all);
    writer.zeros(4);
  },
  decodeRequest(reader) {
    const meter = reader.u32();
    return { type: 'meter_desc', ...(meter !== meterNumber.all && { meter }) };
  },
  encodeEntry(entry, writer) {
    const start = writer.length;
    writer.u16(0);
    writer.u16(meterFlags(entry));
    writer.u32(entry.meter);
    encodeBands(writer, entry.bands);
    writer.patchLength(start, start, 'a meter');
  },
  decodeEntry(outer) {
    const length = outer.peekU16(0);
    if (length < 8) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `meter of ${length} bytes`);
    const reader = outer.sub(length);
    reader.skip(2);
    const flags = reader.u16();
    return decodeMeter(reader.u32(), flags, reader);
  },
};

export const meterStats: MultipartCodec<MeterStatsRequest, MeterStats> = {
  places: [{ type: 9 }],
  encodeRequest(request, writer) {
    writer.u32(request.meter ?? meterNumber.all);
    writer.zeros(4);
  },
  decodeRequest(reader) {
    const meter = reader.u32();
    return { type: 'meter_stats', ...(meter !== meterNumber.all && { meter }) };
  },
  encodeEntry(entry, writer) {
    const seconds = Math.floor(entry.durationSeconds);
    writer.u32(entry.meter);
    writer.u16(40 + 16 * entry.bands.length);
    writer.zeros(6);
    writer.u32(entry.flowCount);
    writer.u64(entry.packetInCount);
    writer.u64(entry.byteInCount);
    writer.u32(seconds);
    writer.u32(Math.round((entry.durationSeconds - seconds) * nano));
    for (const band of entry.bands) {
      writer.u64(band.packetCount);
      writer.u64(band.byteCount);
    }
  },
  decodeEntry(outer) {
    const length = outer.peekU16(4);
    if (length < 40) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `meter statistics of ${length} bytes`);
    const reader = outer.sub(length);
    const meter = reader.u32();
    reader.skip(2);
    reader.pad(6);
    const flowCount = reader.u32();
    const packetInCount = reader.u64();
    const byteInCount = reader.u64();
    const durationSeconds = reader.u32() + reader.u32() / nano;
    const bands: { packetCount: bigint; byteCount: bigint }[] = [];
    while (reader.remaining > 0) bands.push({ packetCount: reader.u64(), byteCount: reader.u64() });
    return { meter, flowCount, packetInCount, byteInCount, durationSeconds, bands };
  },
};
