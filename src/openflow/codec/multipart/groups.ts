// OFPMP_GROUP_STATS, OFPMP_GROUP_DESC and OFPMP_GROUP_FEATURES (OpenFlow 1.5.1 section 7.3.5).

import { OpenFlowEncodeError } from '../../errors.ts';
import type { GroupEntry } from '../../flow/group.ts';
import { group as groupNumber } from '../../flow/ports.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow15 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { readLasted, writeDuration } from '../duration.ts';
import { takeEntry } from '../entry.ts';
import {
  decodeBuckets,
  decodeGroupHead,
  decodeGroupProperties,
  encodeBuckets,
  encodeGroupHead,
  encodeGroupProperties,
} from '../groups.ts';
import { type MultipartCodec, noBody } from './multipart-codec.ts';

export interface GroupStatsRequest {
  readonly type: 'group_stats';
  /** Absent: all groups. */
  readonly group?: number;
}

export interface GroupDescRequest {
  readonly type: 'group_desc';
  /** Absent: all groups. OpenFlow 1.3 and 1.4 always ask for all. */
  readonly group?: number;
}

export interface GroupFeaturesRequest {
  readonly type: 'group_features';
}

/** Counters of a group and of its buckets (OpenFlow 1.5.1 section 7.3.5). */
export interface GroupStats {
  readonly group: number;
  /** Flows and groups that send to it. */
  readonly referenceCount: number;
  readonly packetCount: bigint;
  readonly byteCount: bigint;
  readonly durationSeconds: number;
  /** Where `durationSeconds` cannot say it exactly: see Duration. */
  readonly durationNanoseconds?: number;
  /** In the order of the buckets; all ones: the switch does not count. */
  readonly buckets: readonly { readonly packetCount: bigint; readonly byteCount: bigint }[];
}

/** One of each for `all`, `select`, `indirect` and `fast_failover`. */
export type PerGroupType = readonly [number, number, number, number];

/** What groups a switch can have (OpenFlow 1.5.1 section 7.3.5). */
export interface GroupFeatures {
  /** Bits by OFPGT_* number: which types there are. */
  readonly types: number;
  /** Bits of ofp_group_capabilities. */
  readonly capabilities: number;
  readonly maxGroups: PerGroupType;
  /** Bits by OFPAT_* number. */
  readonly actions: PerGroupType;
}

const statsLength = 40;
const descLength = 8;
const desc15Length = 16;

function encodeGroupNumber(writer: Writer, group = groupNumber.all as number): void {
  writer.u32(group);
  writer.zeros(4);
}

function decodeGroupNumber(reader: Reader): { readonly group?: number } {
  const group = reader.u32();
  reader.pad(4);
  return group === groupNumber.all ? {} : { group };
}

export const groupStats: MultipartCodec<GroupStatsRequest, GroupStats> = {
  places: [{ type: 6 }],
  encodeRequest: (request, writer) => encodeGroupNumber(writer, request.group),
  decodeRequest: reader => ({ type: 'group_stats', ...decodeGroupNumber(reader) }),
  encodeEntry(entry, writer) {
    const start = writer.length;
    writer.u16(0);
    writer.zeros(2);
    writer.u32(entry.group);
    writer.u32(entry.referenceCount);
    writer.zeros(4);
    writer.u64(entry.packetCount);
    writer.u64(entry.byteCount);
    writeDuration(writer, entry.durationSeconds, entry.durationNanoseconds);
    for (const { packetCount, byteCount } of entry.buckets) {
      writer.u64(packetCount);
      writer.u64(byteCount);
    }
    writer.patchLength(start, start, 'the statistics of a group');
  },
  decodeEntry(outer) {
    const reader = takeEntry(outer, statsLength, 'group statistics');
    reader.skip(2);
    reader.pad(2);
    const group = reader.u32();
    const referenceCount = reader.u32();
    reader.pad(4);
    const packetCount = reader.u64();
    const byteCount = reader.u64();
    const lasted = readLasted(reader);
    const buckets: { packetCount: bigint; byteCount: bigint }[] = [];
    while (reader.remaining > 0) buckets.push({ packetCount: reader.u64(), byteCount: reader.u64() });
    return {
      group,
      referenceCount,
      packetCount,
      byteCount,
      ...lasted,
      buckets,
    };
  },
};

export const groupDesc: MultipartCodec<GroupDescRequest, GroupEntry> = {
  places: [{ type: 7 }],
  encodeRequest(request, writer) {
    if (writer.version >= openflow15) {
      encodeGroupNumber(writer, request.group);
    } else if (request.group !== undefined) {
      throw new OpenFlowEncodeError('OF_BAD_VERSION', 'before OpenFlow 1.5, descriptions are of all groups');
    }
  },
  decodeRequest: reader => ({
    type: 'group_desc',
    ...(reader.version >= openflow15 && decodeGroupNumber(reader)),
  }),
  encodeEntry(entry, writer) {
    const start = writer.length;
    writer.u16(0);
    encodeGroupHead(writer, entry);
    if (writer.version >= openflow15) {
      writer.u16(0);
      writer.zeros(6);
    }
    encodeBuckets(writer, entry);
    if (writer.version >= openflow15) {
      writer.patchLength(start + descLength, start + desc15Length, 'the buckets of a group');
    }
    encodeGroupProperties(writer, entry);
    writer.patchLength(start, start, 'a group');
  },
  decodeEntry(outer) {
    const of15 = outer.version >= openflow15;
    const reader = takeEntry(outer, of15 ? desc15Length : descLength, 'group');
    reader.skip(2);
    const head = decodeGroupHead(reader);
    if (!of15) return { ...head, buckets: decodeBuckets(reader, head.type) };
    const bucketsLength = reader.u16();
    reader.pad(6);
    const buckets = decodeBuckets(reader.sub(bucketsLength), head.type);
    return { ...head, buckets, ...decodeGroupProperties(reader) };
  },
};

function writeFour(writer: Writer, values: PerGroupType): void {
  for (const value of values) writer.u32(value);
}

function readFour(reader: Reader): PerGroupType {
  return [reader.u32(), reader.u32(), reader.u32(), reader.u32()];
}

export const groupFeatures: MultipartCodec<GroupFeaturesRequest, GroupFeatures> = {
  places: [{ type: 8 }],
  ...noBody,
  decodeRequest: () => ({ type: 'group_features' }),
  encodeEntry(entry, writer) {
    writer.u32(entry.types);
    writer.u32(entry.capabilities);
    writeFour(writer, entry.maxGroups);
    writeFour(writer, entry.actions);
  },
  decodeEntry: reader => ({
    types: reader.u32(),
    capabilities: reader.u32(),
    maxGroups: readFour(reader),
    actions: readFour(reader),
  }),
};
