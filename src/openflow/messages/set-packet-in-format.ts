import { type MessageDefinition, nicira } from './shared/message-definition.ts';

export interface SetPacketInFormat {
  readonly kind: 'set_packet_in_format';
  /** 0: OFPT_PACKET_IN, 1: NXT_PACKET_IN, 2: NXT_PACKET_IN2. */
  readonly format: number;
}

const packetInFormats = ['standard', 'nxt_packet_in', 'nxt_packet_in2'];

export const setPacketInFormat: MessageDefinition<SetPacketInFormat> = {
  kind: 'set_packet_in_format',
  places: [nicira(16)],
  encode: (body, writer) => writer.u32(body.format),
  decode: reader => ({ kind: 'set_packet_in_format', format: reader.u32() }),
  name: 'NXT_SET_PACKET_IN_FORMAT',
  print: ({ format }) => ` format=${packetInFormats[format] ?? format}`,
};
