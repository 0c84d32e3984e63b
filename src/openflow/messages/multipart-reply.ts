// OFPT_MULTIPART_REPLY (OpenFlow 1.5.1 section 7.3.5). What can be answered: multipart/.

import { OpenFlowDecodeError } from '../errors.ts';
import type { Reader } from '../wire/reader.ts';
import type { MultipartReplyBody } from './multipart/all.ts';
import {
  multipartName,
  multipartOf,
  type PartMarks,
  partText,
  readMultipartHead,
  writeMultipartHead,
} from './multipart/shared/head.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

/** One part of a reply: more follow, with the same xid, while `more` is set. */
export interface MultipartReply extends PartMarks {
  readonly kind: 'multipart_reply';
  readonly body: MultipartReplyBody;
}

function readEntries({ type, decodeEntry }: ReturnType<typeof multipartOf>, reader: Reader): MultipartReplyBody {
  const entries: unknown[] = [];
  while (reader.remaining > 0) {
    const start = reader.offset;
    entries.push(decodeEntry(reader));
    if (reader.offset === start) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `an entry of ${type} without length`);
  }
  return { type, entries } as MultipartReplyBody;
}

export const multipartReply: MessageDefinition<MultipartReply> = {
  kind: 'multipart_reply',
  places: [{ type: 19 }],
  encode(message, writer) {
    const { body } = message;
    writeMultipartHead(writer, message);
    if (body.type === 'unknown') writer.raw(body.data);
    else for (const entry of body.entries) multipartOf(body.type).encodeEntry(entry, writer);
  },
  decode(reader) {
    const { number, definition, marks } = readMultipartHead(reader);
    const body: MultipartReplyBody = definition
      ? readEntries(definition, reader)
      : { type: 'unknown', number, data: reader.rest() };
    return { kind: 'multipart_reply', ...marks, body };
  },
  name: message => `${multipartName(message)} reply`,
  print(message, options) {
    const { body, version } = message;
    if (body.type === 'unknown') return partText(message);
    return `${partText(message)}${multipartOf(body.type).printReply?.(body.entries, version, options) ?? ''}`;
  },
};
