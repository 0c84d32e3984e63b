// OFPT_PACKET_IN and OFPT_PACKET_OUT (OpenFlow 1.5.1 sections 7.4.1 and 7.3.6).

import type { Action } from '../../flow/action.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import { noBuffer } from '../../flow/ports.ts';
import { decodeActions, encodeActions } from '../actions/actions.ts';
import { decodeMatch, encodeMatch } from '../match.ts';
import type { MessageCodec } from '../message-codec.ts';

export type PacketInReason = (typeof packetInReasons)[number] | number;

/** By OFPR_* number. */
export const packetInReasons = [
  'table_miss',
  'apply_action',
  'invalid_ttl',
  'action_set',
  'group',
  'packet_out',
] as const;

export interface StandardPacketIn {
  readonly kind: 'packet_in';
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

export interface PacketOut {
  readonly kind: 'packet_out';
  readonly bufferId?: number;
  /** Must have in_port; metadata and registers may be set too. */
  readonly match: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
  readonly actions: readonly Action[];
  readonly data: Uint8Array;
}

export function packetInReason(number: number): PacketInReason {
  return packetInReasons[number] ?? number;
}

export function packetInReasonNumber(reason: PacketInReason): number {
  return typeof reason === 'number' ? reason : packetInReasons.indexOf(reason);
}

export const packetIn: MessageCodec<StandardPacketIn> = {
  encodeBody(body, writer) {
    writer.u32(body.bufferId ?? noBuffer);
    writer.u16(body.totalLength);
    writer.u8(packetInReasonNumber(body.reason));
    writer.u8(body.table);
    writer.u64(body.cookie);
    encodeMatch(writer, body.match, body.unknownMatch);
    writer.zeros(2);
    writer.raw(body.data);
  },
  decodeBody(reader) {
    const bufferId = reader.u32();
    const totalLength = reader.u16();
    const reason = packetInReason(reader.u8());
    const table = reader.u8();
    const cookie = reader.u64();
    const matched = decodeMatch(reader);
    reader.pad(2);
    return {
      kind: 'packet_in',
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

export const packetOut: MessageCodec<PacketOut> = {
  encodeBody(body, writer) {
    writer.u32(body.bufferId ?? noBuffer);
    const lengthAt = writer.length;
    writer.u16(0);
    writer.zeros(2);
    encodeMatch(writer, body.match, body.unknownMatch);
    const start = writer.length;
    encodeActions(writer, body.actions);
    writer.patchLength(lengthAt, start, 'the actions of a packet-out');
    writer.raw(body.data);
  },
  decodeBody(reader) {
    const bufferId = reader.u32();
    const actionsLength = reader.u16();
    reader.pad(2);
    const matched = decodeMatch(reader);
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
