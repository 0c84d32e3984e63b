// OFPMP_QUEUE_STATS (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-queue.c).

import { readLasted, writeDuration } from '../../codec/duration.ts';
import { takeEntry } from '../../codec/entry.ts';
import { writeUnknownProperties } from '../../codec/properties.ts';
import { readUnknown } from '../../codec/property-order.ts';
import type { UnknownProperty } from '../../flow/property.ts';
import { durationText } from '../../text/format-duration.ts';
import { type FormatOptions, formatPort } from '../../text/names.ts';
import { unknownSeconds } from '../../text/unknown.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow14 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { counterText } from './shared/counter-text.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';
import { type QueueFilter, queuePortText, readQueueFilter, writeQueueFilter } from './shared/queue-filter.ts';

export interface QueueStatsRequest extends QueueFilter {
  readonly type: 'queue_stats';
}

/** Counters of a queue (OpenFlow 1.5.1 section 7.3.5). */
export interface QueueStats {
  readonly port: number;
  readonly queue: number;
  readonly txBytes: bigint;
  readonly txPackets: bigint;
  /** Packets that did not fit. */
  readonly txErrors: bigint;
  readonly durationSeconds: number;
  /** Where `durationSeconds` cannot say it exactly: see Duration. */
  readonly durationNanoseconds?: number;
  readonly properties?: readonly UnknownProperty[];
}

const statsLength = 48;

function writeFixed(writer: Writer, stats: QueueStats): void {
  writer.u32(stats.port);
  writer.u32(stats.queue);
  writer.u64(stats.txBytes);
  writer.u64(stats.txPackets);
  writer.u64(stats.txErrors);
  writeDuration(writer, stats.durationSeconds, stats.durationNanoseconds);
}

function readFixed(reader: Reader): QueueStats {
  return {
    port: reader.u32(),
    queue: reader.u32(),
    txBytes: reader.u64(),
    txPackets: reader.u64(),
    txErrors: reader.u64(),
    ...readLasted(reader),
  };
}

function statsLine(stats: QueueStats, options: FormatOptions): string {
  const { durationSeconds: seconds, durationNanoseconds } = stats;
  const lasted = seconds === unknownSeconds ? '?' : durationText(seconds, durationNanoseconds);
  const queue = stats.queue === 0xffffffff ? 'ALL' : stats.queue;
  return `  port ${formatPort(stats.port, options)} queue ${queue}: bytes=${counterText(stats.txBytes)}, pkts=${counterText(stats.txPackets)}, errors=${counterText(stats.txErrors)}, duration=${lasted}`;
}

export const queueStats: MultipartDefinition<QueueStatsRequest, QueueStats> = {
  type: 'queue_stats',
  places: [{ type: 5 }],
  encodeRequest: writeQueueFilter,
  decodeRequest: reader => ({ type: 'queue_stats', ...readQueueFilter(reader) }),
  encodeEntry(entry, writer) {
    if (writer.version < openflow14) {
      writeFixed(writer, entry);
      return;
    }
    const start = writer.length;
    writer.u16(0);
    writer.zeros(6);
    writeFixed(writer, entry);
    writeUnknownProperties(writer, entry.properties);
    writer.patchLength(start, start, 'the statistics of a queue');
  },
  decodeEntry(outer) {
    if (outer.version < openflow14) return readFixed(outer);
    const reader = takeEntry(outer, statsLength, 'queue statistics');
    reader.skip(2);
    reader.pad(6);
    return { ...readFixed(reader), ...readUnknown(reader) };
  },
  name: 'OFPST_QUEUE',
  printRequest: (request, _version, options) => `${queuePortText(request, options)} queue=${request.queue ?? 'ALL'}`,
  printReply: (entries, _version, options) =>
    ` ${entries.length} queues${entries.map(stats => `\n${statsLine(stats, options)}`).join('')}`,
};
