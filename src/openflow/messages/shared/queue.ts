// A queue and what it guarantees, in OFPT_QUEUE_GET_CONFIG_REPLY and OFPMP_QUEUE_DESC (OVS lib/ofp-queue.c).

import { takeEntry } from '../../codec/entry.ts';
import { type QueueRates, readRates, writeRates } from '../../codec/queues.ts';
import { type FormatOptions, formatPort } from '../../text/names.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';

/** A queue, and what it guarantees and allows. */
export interface QueueDesc extends QueueRates {
  readonly port: number;
  readonly queue: number;
}

const fixedLength = 16;

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

const mostRate = 1000;

function rateText(name: string, rate: number | undefined): string {
  if (rate === undefined || rate === 0xffff) return '';
  return rate > mostRate ? ` ${name}:(disabled)` : ` ${name}:${Math.floor(rate / 10)}.${rate % 10}%`;
}

/** The queues by port and number, each port on a line of its own. */
export function queuesText(queues: readonly QueueDesc[], options: FormatOptions): string {
  const sorted = [...queues].sort((a, b) => a.port - b.port || a.queue - b.queue);
  let port = 0;
  const lines = sorted.flatMap(queue => {
    const head = queue.port === port ? [] : [`port=${formatPort(queue.port, options)}`];
    port = queue.port;
    const rates = `${rateText('min_rate', queue.minRate)}${rateText('max_rate', queue.maxRate)}`;
    return [...head, `queue ${queue.queue}:${rates}`];
  });
  return ` ${lines.join('\n')}`;
}
