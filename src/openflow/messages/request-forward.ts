// OFPT_REQUESTFORWARD (OpenFlow 1.5.1 section 7.4.5), ONFT_REQUESTFORWARD in OpenFlow 1.3: a group or meter mod of another
// controller.

import { openflow14 } from '../wire/version.ts';
import type { MessageBody } from './all.ts';
import { decodeInner } from './shared/inner-message.ts';
import { type Header, type MessageDefinition, onf13 } from './shared/message-definition.ts';

/** A group or meter mod of another controller (OpenFlow 1.5.1 section 7.4.5). */
export interface RequestForward {
  readonly kind: 'request_forward';
  readonly request: MessageBody;
  /** Header of `request` where it is not that of the message around it. */
  readonly inner?: Header;
}

/** What is forwarded, by OFPRFR_* number. */
export const forwardedRequests = ['group_mod', 'meter_mod'] as const;

export const requestForward: MessageDefinition<RequestForward> = {
  kind: 'request_forward',
  places: [{ type: 32, since: openflow14 }, onf13(2350)],
  encode: ({ request, inner }, writer, header, list) => list.encode(writer, request, inner ?? header),
  decode(reader, outer, list) {
    const { header, body } = decodeInner(reader, list);
    const same = header.version === outer.version && header.xid === outer.xid;
    return { kind: 'request_forward', request: body, ...(!same && { inner: header }) };
  },
  name: ({ version }) => `${version >= openflow14 ? 'OFPT' : 'ONFT'}_REQUESTFORWARD`,
  print: ({ request, inner, version, xid }, options, printers) =>
    ` reason=${request.kind}${printers.formatBody({ ...request, version, xid, ...inner }, options)}`,
};
