// OFPT_PACKET_OUT (OpenFlow 1.5.1 section 7.3.6; OVS lib/ofp-packet.c).

import type { Action } from '../actions/all.ts';
import { decodeActions, encodeActions } from '../actions/list/codec.ts';
import { formatActions } from '../actions/list/print.ts';
import { encodeMatch } from '../codec/match.ts';
import { decodePaddedMatch } from '../codec/padded-match.ts';
import { OpenFlowEncodeError } from '../errors.ts';
import type { Match, UnknownOxm } from '../flow/match.ts';
import { noBuffer, port as portNumber } from '../flow/ports.ts';
import { matchText } from '../text/format-match.ts';
import { formatPacket } from '../text/packet/format-packet.ts';
import { openflow15 } from '../wire/version.ts';
import type { MessageDefinition } from './shared/message-definition.ts';
import { packetTypeOf } from './shared/packet-in-text.ts';

/** A packet for the switch to send (OpenFlow 1.5.1 section 7.3.6). */
export interface PacketOut {
  readonly kind: 'packet_out';
  readonly bufferId?: number;
  /** Must have in_port; OpenFlow 1.5 allows metadata, registers and other pipeline fields too. */
  readonly match: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
  readonly actions: readonly Action[];
  readonly data: Uint8Array;
}

/** OpenFlow 1.3 and 1.4 say of a packet-out's pipeline fields only the port. */
function onlyPort({ match, unknownMatch }: PacketOut): number {
  const [first, ...others] = match;
  if (first?.field !== 'in_port' || first.mask !== undefined || others.length > 0 || unknownMatch) {
    throw new OpenFlowEncodeError('OF_BAD_VALUE', 'a packet-out before OpenFlow 1.5 has in_port and nothing else');
  }
  return Number(first.value);
}

export const packetOut: MessageDefinition<PacketOut> = {
  kind: 'packet_out',
  places: [{ type: 13 }],
  encode(body, writer) {
    writer.u32(body.bufferId ?? noBuffer);
    const withMatch = writer.version >= openflow15;
    if (!withMatch) writer.u32(onlyPort(body));
    const lengthAt = writer.length;
    writer.u16(0);
    writer.zeros(withMatch ? 2 : 6);
    if (withMatch) encodeMatch(writer, body.match, body.unknownMatch);
    const start = writer.length;
    encodeActions(writer, body.actions);
    writer.patchLength(lengthAt, start, 'the actions of a packet-out');
    writer.raw(body.data);
  },
  decode(reader) {
    const bufferId = reader.u32();
    const withMatch = reader.version >= openflow15;
    const inPort = withMatch ? portNumber.any : reader.u32();
    const actionsLength = reader.u16();
    reader.pad(withMatch ? 2 : 6);
    const matched = withMatch ? decodePaddedMatch(reader) : { match: [{ field: 'in_port' as const, value: inPort }] };
    const actions = decodeActions(reader.sub(actionsLength));
    return {
      kind: 'packet_out',
      ...(bufferId !== noBuffer && { bufferId }),
      ...matched,
      actions,
      data: reader.rest(),
    };
  },
  name: 'OFPT_PACKET_OUT',
  print(message, options) {
    const { actions, data, bufferId } = message;
    const what = ` ${matchText(message, options)} actions=${formatActions(actions, options)}`;
    if (bufferId !== undefined) return `${what} buffer=0x${bufferId.toString(16).padStart(8, '0')}`;
    const packet = data.length > 0 ? `\n${formatPacket(data, packetTypeOf(message.match))}` : '';
    return `${what} data_len=${data.length}${packet}`;
  },
};
