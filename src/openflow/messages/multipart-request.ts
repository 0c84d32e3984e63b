import type { MultipartRequestBody } from './multipart/all.ts';
import {
  multipartName,
  multipartOf,
  type PartMarks,
  partText,
  readMultipartHead,
  writeMultipartHead,
} from './multipart/shared/head.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

export interface MultipartRequest extends PartMarks {
  readonly kind: 'multipart_request';
  readonly body: MultipartRequestBody;
}

export const multipartRequest: MessageDefinition<MultipartRequest> = {
  kind: 'multipart_request',
  places: [{ type: 18 }],
  encode(message, writer) {
    const { body } = message;
    writeMultipartHead(writer, message);
    if (body.type === 'unknown') writer.raw(body.data);
    else multipartOf(body.type).encodeRequest(body, writer);
  },
  decode(reader) {
    const { number, definition, marks } = readMultipartHead(reader);
    const body = definition?.decodeRequest(reader) ?? { type: 'unknown', number, data: reader.rest() };
    return { kind: 'multipart_request', ...marks, body };
  },
  name: message => `${multipartName(message)} request`,
  print(message, options) {
    const { body, version } = message;
    const definition = body.type === 'unknown' ? undefined : multipartOf(body.type);
    return `${partText(message)}${definition?.printRequest?.(body, version, options) ?? ''}`;
  },
};
