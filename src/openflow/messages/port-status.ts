// OFPT_PORT_STATUS (OpenFlow 1.5.1 section 7.4.3; OVS lib/ofp-port.c).

import { nameOf, numberOf } from '../codec/named.ts';
import { decodePort, encodePort, formatPortDesc, type PortDesc } from '../flow/port-desc.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

/** A port came, went or changed (OpenFlow 1.5.1 section 7.4.3). */
export interface PortStatus {
  readonly kind: 'port_status';
  /** OFPPR_*; a number where it is none of these. */
  readonly reason: (typeof portReasons)[number] | number;
  readonly port: PortDesc;
}

/** By OFPPR_* number. */
export const portReasons = ['add', 'delete', 'modify'] as const;

const reasonTexts: Readonly<Record<string, string>> = { add: 'ADD', delete: 'DEL', modify: 'MOD' };

export const portStatus: MessageDefinition<PortStatus> = {
  kind: 'port_status',
  places: [{ type: 12 }],
  encode(body, writer) {
    writer.u8(numberOf(portReasons, body.reason));
    writer.zeros(7);
    encodePort(writer, body.port);
  },
  decode(reader) {
    const number = reader.u8();
    reader.pad(7);
    return { kind: 'port_status', reason: nameOf(portReasons, number), port: decodePort(reader) };
  },
  name: 'OFPT_PORT_STATUS',
  print: ({ reason, port }) => ` ${reasonTexts[reason] ?? reason}:${formatPortDesc(port)}`,
};
