// What OFPT_PACKET_IN and NXT_PACKET_IN have in common: all but how they have their match.

import type { DecodedMatch } from '../../codec/match.ts';
import { nameOf, numberOf } from '../../codec/named.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import { type PacketInReason, packetInReasons } from '../../flow/packet-in-reason.ts';
import { noBuffer } from '../../flow/ports.ts';
import { formatPacket } from '../../text/packet/format-packet.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import type { MessageDefinition } from './message-definition.ts';
import { firstLine, packetTypeOf } from './packet-in-text.ts';

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

/** How a packet-in has its match; all else is the same in both. */
interface MatchForm {
  write(writer: Writer, matched: DecodedMatch): void;
  read(reader: Reader): DecodedMatch;
}

export function packetInForm<Kind extends 'packet_in' | 'nx_packet_in'>(
  kind: Kind,
  form: MatchForm,
): Pick<MessageDefinition<StandardPacketIn<Kind>>, 'kind' | 'encode' | 'decode' | 'print'> {
  return {
    kind,
    encode(body, writer) {
      writer.u32(body.bufferId ?? noBuffer);
      writer.u16(body.totalLength);
      writer.u8(numberOf(packetInReasons, body.reason));
      writer.u8(body.table);
      writer.u64(body.cookie);
      form.write(writer, body);
      writer.zeros(2);
      writer.raw(body.data);
    },
    decode(reader) {
      const bufferId = reader.u32();
      const totalLength = reader.u16();
      const reason = nameOf(packetInReasons, reader.u8());
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
    print: (message, options) =>
      `${firstLine(message, options)}\n${formatPacket(message.data, packetTypeOf(message.match))}`,
  };
}
