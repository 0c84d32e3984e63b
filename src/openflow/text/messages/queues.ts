// Messages about queues (OVS lib/ofp-queue.c).

import type { QueueConfigReply, QueueConfigRequest, QueueDesc } from '../../codec/messages/queue-config.ts';
import type { QueueDescRequest, QueueFilter, QueueStats, QueueStatsRequest } from '../../codec/multipart/queues.ts';
import { port as portNumber } from '../../flow/ports.ts';
import { durationText } from '../format-duration.ts';
import type { MessagePrinter } from '../message-printer.ts';
import { type FormatOptions, formatPort } from '../names.ts';
import { unknownSeconds } from '../unknown.ts';
import type { MultipartPrinter } from './multipart-printer.ts';
import { counterText } from './ports.ts';

const mostRate = 1000;

function rateText(name: string, rate: number | undefined): string {
  if (rate === undefined || rate === 0xffff) return '';
  return rate > mostRate ? ` ${name}:(disabled)` : ` ${name}:${Math.floor(rate / 10)}.${rate % 10}%`;
}

/** The queues by port and number, each port on a line of its own. */
function queuesText(queues: readonly QueueDesc[], options: FormatOptions): string {
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

export const queueConfigRequest: MessagePrinter<QueueConfigRequest> = {
  name: 'OFPT_QUEUE_GET_CONFIG_REQUEST',
  print: ({ port }, options) => ` port=${formatPort(port, options)}`,
};

export const queueConfigReply: MessagePrinter<QueueConfigReply> = {
  name: 'OFPT_QUEUE_GET_CONFIG_REPLY',
  // A queue that names no port is one of the port that was asked for.
  print: ({ port, queues }, options) =>
    queuesText(
      queues.map(queue => ({ ...queue, port })),
      options,
    ),
};

function portText({ port }: QueueFilter, options: FormatOptions): string {
  return ` port=${formatPort(port ?? portNumber.any, options)}`;
}

export const queueDesc: MultipartPrinter<QueueDescRequest, QueueDesc> = {
  name: 'OFPST_QUEUE_DESC',
  request: (request, _version, options) =>
    `${portText(request, options)}${request.queue === undefined ? '' : ` queue=${request.queue}`}`,
  reply: (entries, _version, options) => queuesText(entries, options),
};

function statsLine(stats: QueueStats, options: FormatOptions): string {
  const { durationSeconds: seconds, durationNanoseconds } = stats;
  const lasted = seconds === unknownSeconds ? '?' : durationText(seconds, durationNanoseconds);
  const queue = stats.queue === 0xffffffff ? 'ALL' : stats.queue;
  return `  port ${formatPort(stats.port, options)} queue ${queue}: bytes=${counterText(stats.txBytes)}, pkts=${counterText(stats.txPackets)}, errors=${counterText(stats.txErrors)}, duration=${lasted}`;
}

export const queueStats: MultipartPrinter<QueueStatsRequest, QueueStats> = {
  name: 'OFPST_QUEUE',
  request: (request, _version, options) => `${portText(request, options)} queue=${request.queue ?? 'ALL'}`,
  reply: (entries, _version, options) =>
    ` ${entries.length} queues${entries.map(stats => `\n${statsLine(stats, options)}`).join('')}`,
};
