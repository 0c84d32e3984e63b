// OFPT_QUEUE_GET_CONFIG_REQUEST and _REPLY of OpenFlow 1.3 (OpenFlow 1.3.5 section 7.3.6; OVS lib/ofp-queue.c); 1.4 has
// OFPMP_QUEUE_DESC.

import { formatPort } from '../text/names.ts';
import { openflow13 } from '../wire/version.ts';
import type { MessageDefinition } from './shared/message-definition.ts';
import { type QueueDesc, queuesText, readQueueRates, takeQueue, writeQueue } from './shared/queue.ts';

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

export const queueConfigRequest: MessageDefinition<QueueConfigRequest> = {
  kind: 'queue_get_config_request',
  places: [{ type: 22, until: openflow13 }],
  encode(body, writer) {
    writer.u32(body.port);
    writer.zeros(4);
  },
  decode(reader) {
    const port = reader.u32();
    reader.pad(4);
    return { kind: 'queue_get_config_request', port };
  },
  name: 'OFPT_QUEUE_GET_CONFIG_REQUEST',
  print: ({ port }, options) => ` port=${formatPort(port, options)}`,
};

export const queueConfigReply: MessageDefinition<QueueConfigReply> = {
  kind: 'queue_get_config_reply',
  places: [{ type: 23, until: openflow13 }],
  encode(body, writer) {
    writer.u32(body.port);
    writer.zeros(4);
    for (const entry of body.queues) {
      const start = writer.length;
      writer.u32(entry.queue);
      writer.u32(entry.port);
      writeQueue(writer, start, entry);
    }
  },
  decode(reader) {
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
  name: 'OFPT_QUEUE_GET_CONFIG_REPLY',
  // A queue that names no port is one of the port that was asked for.
  print: ({ port, queues }, options) =>
    queuesText(
      queues.map(queue => ({ ...queue, port })),
      options,
    ),
};
