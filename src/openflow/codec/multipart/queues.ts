// OFPMP_QUEUE_STATS, and OFPMP_QUEUE_DESC since OpenFlow 1.4 (OpenFlow 1.5.1 section 7.3.5).

import { port as portNumber } from '../../flow/ports.ts';
import type { UnknownProperty } from '../../flow/property.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow14 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { readLasted, writeDuration } from '../duration.ts';
import { takeEntry } from '../entry.ts';
import { type QueueDesc, readQueueRates, takeQueue, writeQueue } from '../messages/queue-config.ts';
import { writeUnknownProperties } from '../properties.ts';
import { readUnknown } from '../property-order.ts';
import type { MultipartCodec } from './multipart-codec.ts';

/** Which queues. What is absent does not restrict (OpenFlow 1.5.1 section 7.3.5). */
export interface QueueFilter {
  readonly port?: number;
  readonly queue?: number;
}

export interface QueueStatsRequest extends QueueFilter {
  readonly type: 'queue_stats';
}

export interface QueueDescRequest extends QueueFilter {
  readonly type: 'queue_desc';
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

/** OFPQ_ALL. */
const allQueues = 0xffffffff;
const statsLength = 48;

function writeFilter({ port, queue }: QueueFilter, writer: Writer): void {
  writer.u32(port ?? portNumber.any);
  writer.u32(queue ?? allQueues);
}

function readFilter(reader: Reader): QueueFilter {
  const port = reader.u32();
  const queue = reader.u32();
  return { ...(port !== portNumber.any && { port }), ...(queue !== allQueues && { queue }) };
}

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

export const queueStats: MultipartCodec<QueueStatsRequest, QueueStats> = {
  places: [{ type: 5 }],
  encodeRequest: writeFilter,
  decodeRequest: reader => ({ type: 'queue_stats', ...readFilter(reader) }),
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
};

export const queueDesc: MultipartCodec<QueueDescRequest, QueueDesc> = {
  places: [{ type: 15, since: openflow14 }],
  encodeRequest: writeFilter,
  decodeRequest: reader => ({ type: 'queue_desc', ...readFilter(reader) }),
  encodeEntry(entry, writer) {
    const start = writer.length;
    writer.u32(entry.port);
    writer.u32(entry.queue);
    writeQueue(writer, start, entry);
  },
  decodeEntry(outer) {
    const reader = takeQueue(outer);
    const port = reader.u32();
    return { port, queue: reader.u32(), ...readQueueRates(reader) };
  },
};
