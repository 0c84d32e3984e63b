// OFPMP_GROUP_STATS (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-group.c).

import { readLasted, writeDuration } from '../../codec/duration.ts';
import { takeEntry } from '../../codec/entry.ts';
import { durationText } from '../../text/format-duration.ts';
import { unknownCount, unknownSeconds } from '../../text/unknown.ts';
import { decodeGroupNumber, encodeGroupNumber, groupFilterText } from './shared/group-filter.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

export interface GroupStatsRequest {
  readonly type: 'group_stats';
  /** Absent: all groups. */
  readonly group?: number;
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

const statsLength = 40;

function statsText({ group, durationSeconds, durationNanoseconds, ...stats }: GroupStats): string {
  const isKnown = Math.floor(durationSeconds) !== unknownSeconds;
  return [
    `group_id=${group}`,
    ...(isKnown ? [`duration=${durationText(durationSeconds, durationNanoseconds)}`] : []),
    `ref_count=${stats.referenceCount}`,
    `packet_count=${stats.packetCount}`,
    `byte_count=${stats.byteCount}`,
    ...stats.buckets.flatMap(({ packetCount, byteCount }, i) =>
      packetCount === unknownCount ? [] : [`bucket${i}:packet_count=${packetCount}`, `byte_count=${byteCount}`],
    ),
  ].join(',');
}

export const groupStats: MultipartDefinition<GroupStatsRequest, GroupStats> = {
  type: 'group_stats',
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
  name: 'OFPST_GROUP',
  printRequest: ({ group }) => groupFilterText(group),
  printReply: entries => entries.map(entry => `\n ${statsText(entry)}`).join(''),
};
