// Which queues a request is about (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-queue.c).

import { port as portNumber } from '../../../flow/ports.ts';
import { type FormatOptions, formatPort } from '../../../text/names.ts';
import type { Reader } from '../../../wire/reader.ts';
import type { Writer } from '../../../wire/writer.ts';

/** Which queues. What is absent does not restrict (OpenFlow 1.5.1 section 7.3.5). */
export interface QueueFilter {
  readonly port?: number;
  readonly queue?: number;
}

/** OFPQ_ALL. */
export const allQueues = 0xffffffff;

export function writeQueueFilter({ port, queue }: QueueFilter, writer: Writer): void {
  writer.u32(port ?? portNumber.any);
  writer.u32(queue ?? allQueues);
}

export function readQueueFilter(reader: Reader): QueueFilter {
  const port = reader.u32();
  const queue = reader.u32();
  return { ...(port !== portNumber.any && { port }), ...(queue !== allQueues && { queue }) };
}

export function queuePortText({ port }: QueueFilter, options: FormatOptions): string {
  return ` port=${formatPort(port ?? portNumber.any, options)}`;
}
