// OFPT_ECHO_REQUEST and OFPT_ECHO_REPLY (OpenFlow 1.5.1 sections 7.5.2 and 7.5.3).

import { hexDump } from '../text/hex-dump.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

export interface Echo<Kind extends 'echo_request' | 'echo_reply'> {
  readonly kind: Kind;
  /** The reply carries what the request carried. */
  readonly data: Uint8Array;
}

function echo<Kind extends 'echo_request' | 'echo_reply'>(
  kind: Kind,
  type: number,
  name: string,
): MessageDefinition<Echo<Kind>> {
  return {
    kind,
    places: [{ type }],
    encode: (body, writer) => writer.raw(body.data),
    decode: reader => ({ kind, data: reader.rest() }),
    name,
    print({ data }) {
      const text = ` ${data.length} bytes of payload`;
      return data.length > 0 ? `${text}\n${hexDump(data)}` : text;
    },
  };
}

export const echoRequest = echo('echo_request', 2, 'OFPT_ECHO_REQUEST');
export const echoReply = echo('echo_reply', 3, 'OFPT_ECHO_REPLY');
