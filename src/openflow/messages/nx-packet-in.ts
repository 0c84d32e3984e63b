// NXT_PACKET_IN, whose match is in NXM (OVS include/openflow/nicira-ext.h).

import { readNxMatch, writeNxMatch } from '../codec/nx-match.ts';
import { type MessageDefinition, nicira } from './shared/message-definition.ts';
import { packetInForm, type StandardPacketIn } from './shared/packet-in-form.ts';

export const nxPacketIn: MessageDefinition<StandardPacketIn<'nx_packet_in'>> = {
  places: [nicira(17)],
  ...packetInForm('nx_packet_in', {
    write(writer, matched) {
      const lengthAt = writer.length;
      writer.zeros(8);
      writeNxMatch(writer, lengthAt, matched);
    },
    read(reader) {
      const length = reader.u16();
      reader.pad(6);
      return readNxMatch(reader, length);
    },
  }),
  name: 'NXT_PACKET_IN',
};
