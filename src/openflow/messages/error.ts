// OFPT_ERROR (OpenFlow 1.5.1 section 7.5.4; OVS lib/ofp-errors.c, lib/ofp-print.c). Its xid is that of the message it
// refuses.

import { experimenterErrorType, namedError } from '../codec/error-names.ts';
import type { SwitchErrorInfo } from '../errors.ts';
import { hexDump } from '../text/hex-dump.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

export interface ErrorMessage {
  readonly kind: 'error';
  readonly error: SwitchErrorInfo;
  /** The vendor, for type 0xffff. */
  readonly experimenter?: number;
  /** The start of the refused message, at least 64 bytes of it when it has them; text for OFPET_HELLO_FAILED. */
  readonly data: Uint8Array;
}

const printable = (bytes: Uint8Array) =>
  Array.from(bytes, byte =>
    byte < 0x20 || byte > 0x7e || byte === 0x5c || byte === 0x22
      ? `\\${byte.toString(8).padStart(3, '0')}`
      : String.fromCharCode(byte),
  ).join('');

/** Names that OVS still has from OpenFlow 1.0, or from the later version that made an error. */
const errorNames: Readonly<Record<string, string>> = {
  OFPBRC_BAD_MULTIPART: 'OFPBRC_BAD_STAT',
  OFPBRC_BAD_EXPERIMENTER: 'OFPBRC_BAD_VENDOR',
  OFPBRC_BAD_EXP_TYPE: 'OFPBRC_BAD_SUBTYPE',
  OFPBAC_BAD_EXPERIMENTER: 'OFPBAC_BAD_VENDOR',
  OFPBAC_BAD_EXP_TYPE: 'OFPBAC_BAD_VENDOR_TYPE',
  OFPTFFC_BAD_TYPE: 'OFPBPC_BAD_TYPE',
  OFPTFFC_BAD_LEN: 'OFPBPC_BAD_LEN',
  OFPTFFC_BAD_ARGUMENT: 'OFPBPC_BAD_VALUE',
};

export const error: MessageDefinition<ErrorMessage> = {
  kind: 'error',
  places: [{ type: 1 }],
  encode({ error: { type, code }, experimenter, data }, writer) {
    writer.u16(type);
    writer.u16(code);
    if (type === experimenterErrorType) writer.u32(experimenter ?? 0);
    writer.raw(data);
  },
  decode(reader) {
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
  name: 'OFPT_ERROR',
  print(message, options, printers) {
    const { error, data } = message;
    const { name } = error;
    // To OVS an error without a name is no error, but a message that is too short.
    if (name.includes('/')) {
      return ` ***decode error: OFPBRC_BAD_LEN***\n${hexDump(printers.encode(message))}`;
    }
    const refused = name.startsWith('OFPHFC_') ? printable(data) : printers.formatBytes(data, options);
    return ` ${errorNames[name] ?? name}\n${refused}`;
  },
};
