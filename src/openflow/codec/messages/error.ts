// OFPT_ERROR (OpenFlow 1.5.1 section 7.5.4). Its xid is that of the message it refuses.

import type { SwitchErrorInfo } from '../../errors.ts';
import { experimenterErrorType, namedError } from '../error-names.ts';
import type { MessageCodec } from '../message-codec.ts';

export interface ErrorMessage {
  readonly kind: 'error';
  readonly error: SwitchErrorInfo;
  /** The vendor, for type 0xffff. */
  readonly experimenter?: number;
  /** The start of the refused message, at least 64 bytes of it when it has them; text for OFPET_HELLO_FAILED. */
  readonly data: Uint8Array;
}

export const error: MessageCodec<ErrorMessage> = {
  encodeBody({ error: { type, code }, experimenter, data }, writer) {
    writer.u16(type);
    writer.u16(code);
    if (type === experimenterErrorType) writer.u32(experimenter ?? 0);
    writer.raw(data);
  },
  decodeBody(reader) {
    const type = reader.u16();
    const code = reader.u16();
    const experimenter = type === experimenterErrorType ? reader.u32() : undefined;
    return {
      kind: 'error',
      error: namedError(type, code, experimenter),
      ...(experimenter !== undefined && { experimenter }),
      data: reader.rest(),
    };
  },
};
