// OFPT_PACKET_IN, NXT_PACKET_IN and OFPT_PACKET_OUT (OpenFlow 1.5.1 sections 7.4.1 and 7.3.6, OVS
// include/openflow/nicira-ext.h).

import type { Action } from '../../actions/all.ts';
import { decodeActions, encodeActions } from '../../actions/list/codec.ts';
import { OpenFlowEncodeError } from '../../errors.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import { type PacketInReason, packetInReasons } from '../../flow/packet-in-reason.ts';
import { noBuffer, port as portNumber } from '../../flow/ports.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow15 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { type DecodedMatch, encodeMatch } from '../match.ts';
import type { MessageCodec } from '../message-codec.ts';
import { nameOf, numberOf } from '../named.ts';
import { readNxMatch, writeNxMatch } from '../nx-match.ts';
import { decodePaddedMatch } from '../padded-match.ts';

/** `packet_in` is OpenFlow's own message, `nx_packet_in` the older of Nicira's, whose match is in NXM. */
export interface StandardPacketIn<Kind extends 'packet_in' | 'nx_packet_in' = 'packet_in'> {
  readonly kind: Kind;
  readonly bufferId?: number;
  /** Bytes of the whole packet; `data` may be cut. */
  readonly totalLength: number;
  readonly reason: PacketInReason;
  readonly table: number;
  readonly cookie: bigint;
  /** Where the packet came in, and its pipeline fields. */
  readonly match: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
  readonly data: Uint8Array;
}

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

export function packetInReason(number: number): PacketInReason {
  return nameOf(packetInReasons, number);
}

export function packetInReasonNumber(reason: PacketInReason): number {
  return numberOf(packetInReasons, reason);
}

/** How a packet-in has its match; all else is the same in both. */
interface MatchForm {
  write(writer: Writer, matched: DecodedMatch): void;
  read(reader: Reader): DecodedMatch;
}

function packetInWith<Kind extends 'packet_in' | 'nx_packet_in'>(
  kind: Kind,
  form: MatchForm,
): MessageCodec<StandardPacketIn<Kind>> {
  return {
    encodeBody(body, writer) {
      writer.u32(body.bufferId ?? noBuffer);
      writer.u16(body.totalLength);
      writer.u8(packetInReasonNumber(body.reason));
      writer.u8(body.table);
      writer.u64(body.cookie);
      form.write(writer, body);
      writer.zeros(2);
      writer.raw(body.data);
    },
    decodeBody(reader) {
      const bufferId = reader.u32();
      const totalLength = reader.u16();
      const reason = packetInReason(reader.u8());
      const table = reader.u8();
      const cookie = reader.u64();
      const matched = form.read(reader);
      reader.pad(2);
      return {
        kind,
        ...(bufferId !== noBuffer && { bufferId }),
        totalLength,
        reason,
        table,
        cookie,
        ...matched,
        data: reader.rest(),
      };
    },
  };
}

export const packetIn = packetInWith('packet_in', {
  write: (writer, { match, unknownMatch }) => encodeMatch(writer, match, unknownMatch),
  read: decodePaddedMatch,
});

export const nxPacketIn = packetInWith('nx_packet_in', {
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
});

/** OpenFlow 1.3 and 1.4 say of a packet-out's pipeline fields only the port. */
function onlyPort({ match, unknownMatch }: PacketOut): number {
  const [first, ...others] = match;
  if (first?.field !== 'in_port' || first.mask !== undefined || others.length > 0 || unknownMatch) {
    throw new OpenFlowEncodeError('OF_BAD_VALUE', 'a packet-out before OpenFlow 1.5 has in_port and nothing else');
  }
  return Number(first.value);
}

export const packetOut: MessageCodec<PacketOut> = {
  encodeBody(body, writer) {
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
  decodeBody(reader) {
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
};
