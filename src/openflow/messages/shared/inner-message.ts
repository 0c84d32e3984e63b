// A message in a message, which says its own length.

import { OpenFlowDecodeError } from '../../errors.ts';
import type { Reader } from '../../wire/reader.ts';
import type { MessageBody } from '../all.ts';
import { type Header, headerLength, type MessageListCodec } from './message-definition.ts';

/** @throws OpenFlowDecodeError when its length is less than that of a header, or more than there is */
export function decodeInner(
  reader: Reader,
  list: MessageListCodec,
): { readonly length: number; readonly header: Header; readonly body: MessageBody } {
  const { version } = reader;
  const length = reader.peekU16(2);
  if (length < headerLength) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `message of ${length} bytes`);
  const inner = list.decode(reader.sub(length));
  reader.version = version;
  return { length, ...inner };
}
