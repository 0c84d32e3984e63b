// OFPT_PACKET_IN (OpenFlow 1.5.1 section 7.4.1).

import { encodeMatch } from '../codec/match.ts';
import { decodePaddedMatch } from '../codec/padded-match.ts';
import type { MessageDefinition } from './shared/message-definition.ts';
import { packetInForm, type StandardPacketIn } from './shared/packet-in-form.ts';

export const packetIn: MessageDefinition<StandardPacketIn> = {
  places: [{ type: 10 }],
  ...packetInForm('packet_in', {
    write: (writer, { match, unknownMatch }) => encodeMatch(writer, match, unknownMatch),
    read: decodePaddedMatch,
  }),
  name: 'OFPT_PACKET_IN',
};
