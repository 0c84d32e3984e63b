import { openflow14 } from '../../wire/version.ts';
import { type QueueDesc, queuesText, readQueueRates, takeQueue, writeQueue } from '../shared/queue.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';
import { type QueueFilter, queuePortText, readQueueFilter, writeQueueFilter } from './shared/queue-filter.ts';

export interface QueueDescRequest extends QueueFilter {
  readonly type: 'queue_desc';
}

export const queueDesc: MultipartDefinition<QueueDescRequest, QueueDesc> = {
  type: 'queue_desc',
  places: [{ type: 15, since: openflow14 }],
  encodeRequest: writeQueueFilter,
  decodeRequest: reader => ({ type: 'queue_desc', ...readQueueFilter(reader) }),
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
  name: 'OFPST_QUEUE_DESC',
  printRequest: (request, _version, options) =>
    `${queuePortText(request, options)}${request.queue === undefined ? '' : ` queue=${request.queue}`}`,
  printReply: (entries, _version, options) => queuesText(entries, options),
};
