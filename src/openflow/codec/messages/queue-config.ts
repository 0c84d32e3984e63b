// OFPT_QUEUE_GET_CONFIG_REQUEST and _REPLY of OpenFlow 1.3 (OpenFlow 1.3.5 section 7.3.6); 1.4 has OFPMP_QUEUE_DESC.

import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { takeEntry } from '../entry.ts';
import type { MessageCodec } from '../message-codec.ts';
import { type QueueRates, readRates, writeRates } from '../queues.ts';

/** Asks for the queues of a port (OpenFlow 1.3.5 section 7.3.6). */
export interface QueueConfigRequest {
  readonly kind: 'queue_get_config_request';
  readonly port: number;
}

/** The queues of a port (OpenFlow 1.3.5 section 7.3.6). */
export interface QueueConfigReply {
  readonly kind: 'queue_get_config_reply';
  readonly port: number;
  readonly queues: readonly QueueDesc[];
}

/** A queue, and what it guarantees and allows. */
export interface QueueDesc extends QueueRates {
  readonly port: number;
  readonly queue: number;
}

const fixedLength = 16;

export const queueConfigRequest: MessageCodec<QueueConfigRequest> = {
  encodeBody(body, writer) {
    writer.u32(body.port);
    writer.zeros(4);
  },
  decodeBody(reader) {
    const port = reader.u32();
    reader.pad(4);
    return { kind: 'queue_get_config_request', port };
  },
};

/** Length and padding behind the two numbers of a queue, and its properties. */
export function writeQueue(writer: Writer, start: number, rates: QueueRates): void {
  writer.u16(0);
  writer.zeros(6);
  writeRates(writer, rates);
  writer.patchLength(start + 8, start, 'a queue');
}

/** The reader of one queue, which has its length behind two numbers. */
export function takeQueue(outer: Reader): Reader {
  return takeEntry(outer, fixedLength, 'queue', 8);
}

export function readQueueRates(reader: Reader): QueueRates {
  reader.skip(2);
  reader.pad(6);
  return readRates(reader);
}

export const queueConfigReply: MessageCodec<QueueConfigReply> = {
  encodeBody(body, writer) {
    writer.u32(body.port);
    writer.zeros(4);
    for (const entry of body.queues) {
      const start = writer.length;
      writer.u32(entry.queue);
      writer.u32(entry.port);
      writeQueue(writer, start, entry);
    }
  },
  decodeBody(reader) {
    const port = reader.u32();
    reader.pad(4);
    const queues: QueueDesc[] = [];
    while (reader.remaining > 0) {
      const queue = takeQueue(reader);
      const number = queue.u32();
      queues.push({ queue: number, port: queue.u32(), ...readQueueRates(queue) });
    }
    return { kind: 'queue_get_config_reply', port, queues };
  },
};
