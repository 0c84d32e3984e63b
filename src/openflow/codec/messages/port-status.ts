// OFPT_PORT_STATUS (OpenFlow 1.5.1 section 7.4.3).

import { OpenFlowDecodeError } from '../../errors.ts';
import type { PortDesc } from '../../flow/port-desc.ts';
import type { MessageCodec } from '../message-codec.ts';
import { decodePort, encodePort } from '../ports.ts';

/** A port came, went or changed (OpenFlow 1.5.1 section 7.4.3). */
export interface PortStatus {
  readonly kind: 'port_status';
  readonly reason: (typeof reasons)[number];
  readonly port: PortDesc;
}

const reasons = ['add', 'delete', 'modify'] as const;

export const portStatus: MessageCodec<PortStatus> = {
  encodeBody(body, writer) {
    writer.u8(reasons.indexOf(body.reason));
    writer.zeros(7);
    encodePort(writer, body.port);
  },
  decodeBody(reader) {
    const number = reader.u8();
    const reason = reasons[number];
    if (!reason) throw new OpenFlowDecodeError('OF_BAD_VALUE', `port status reason ${number}`);
    reader.pad(7);
    return { kind: 'port_status', reason, port: decodePort(reader) };
  },
};
