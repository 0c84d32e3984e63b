// OFPT_PORT_STATUS (OpenFlow 1.5.1 section 7.4.3).

import type { PortDesc } from '../../flow/port-desc.ts';
import type { MessageCodec } from '../message-codec.ts';
import { nameOf, numberOf } from '../named.ts';
import { decodePort, encodePort } from '../ports.ts';

/** A port came, went or changed (OpenFlow 1.5.1 section 7.4.3). */
export interface PortStatus {
  readonly kind: 'port_status';
  /** OFPPR_*; a number where it is none of these. */
  readonly reason: (typeof reasons)[number] | number;
  readonly port: PortDesc;
}

const reasons = ['add', 'delete', 'modify'] as const;

export const portStatus: MessageCodec<PortStatus> = {
  encodeBody(body, writer) {
    writer.u8(numberOf(reasons, body.reason));
    writer.zeros(7);
    encodePort(writer, body.port);
  },
  decodeBody(reader) {
    const number = reader.u8();
    reader.pad(7);
    return { kind: 'port_status', reason: nameOf(reasons, number), port: decodePort(reader) };
  },
};
