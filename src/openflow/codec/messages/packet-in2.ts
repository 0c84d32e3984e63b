// NXT_PACKET_IN2 and NXT_RESUME: a packet-in as properties, which can carry userdata and, for a paused pipeline, the
// switch's own continuation (OVS include/openflow/nicira-ext.h).

import type { Match, UnknownOxm } from '../../flow/match.ts';
import type { Reader } from '../../wire/reader.ts';
import { readOxms, writeOxms } from '../match.ts';
import type { MessageCodec } from '../message-codec.ts';
import { readProperties, writeProperty } from '../properties.ts';
import { type PacketInReason, packetInReason, packetInReasonNumber } from './packet.ts';

export interface PacketIn2<Kind extends 'packet_in2' | 'resume'> {
  readonly kind: Kind;
  readonly data: Uint8Array;
  /** Present when `data` is cut. */
  readonly totalLength?: number;
  readonly bufferId?: number;
  readonly table?: number;
  readonly cookie?: bigint;
  readonly reason?: PacketInReason;
  readonly match: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
  /** What the controller action carried. */
  readonly userdata?: Uint8Array;
  /** Private to the switch: send it back in a resume. */
  readonly continuation?: Uint8Array;
  /** Properties not known here, in their order. */
  readonly unknownProperties?: readonly { readonly type: number; readonly value: Uint8Array }[];
}

/** NXPINT_*. */
const property = {
  packet: 0,
  fullLength: 1,
  bufferId: 2,
  table: 3,
  cookie: 4,
  reason: 5,
  metadata: 6,
  userdata: 7,
  continuation: 8,
} as const;

type Fields = Omit<PacketIn2<'packet_in2'>, 'kind'>;

/** What one property says. */
const readers: Readonly<Record<number, (value: Reader) => Partial<Fields>>> = {
  [property.packet]: value => ({ data: value.rest() }),
  [property.fullLength]: value => ({ totalLength: value.u32() }),
  [property.bufferId]: value => ({ bufferId: value.u32() }),
  [property.table]: value => ({ table: value.u8() }),
  [property.cookie]: value => {
    value.pad(4);
    return { cookie: value.u64() };
  },
  [property.reason]: value => ({ reason: packetInReason(value.u8()) }),
  [property.metadata]: value => readOxms(value),
  [property.userdata]: value => ({ userdata: value.rest() }),
  [property.continuation]: value => ({ continuation: value.rest() }),
};

export function packetIn2<Kind extends 'packet_in2' | 'resume'>(kind: Kind): MessageCodec<PacketIn2<Kind>> {
  return {
    encodeBody(body, writer) {
      const { data, totalLength, bufferId, table, cookie, reason, userdata, continuation } = body;
      writeProperty(writer, property.packet, w => w.raw(data));
      if (totalLength !== undefined) writeProperty(writer, property.fullLength, w => w.u32(totalLength));
      if (bufferId !== undefined) writeProperty(writer, property.bufferId, w => w.u32(bufferId));
      if (table !== undefined) writeProperty(writer, property.table, w => w.u8(table));
      if (cookie !== undefined) {
        writeProperty(writer, property.cookie, w => {
          w.zeros(4);
          w.u64(cookie);
        });
      }
      if (reason !== undefined) writeProperty(writer, property.reason, w => w.u8(packetInReasonNumber(reason)));
      writeProperty(writer, property.metadata, w => writeOxms(w, body.match, body.unknownMatch));
      if (continuation) writeProperty(writer, property.continuation, w => w.raw(continuation));
      if (userdata) writeProperty(writer, property.userdata, w => w.raw(userdata));
      for (const { type, value } of body.unknownProperties ?? []) writeProperty(writer, type, w => w.raw(value));
    },
    decodeBody(reader) {
      const found: Fields = { data: new Uint8Array(), match: [] };
      const unknown: { type: number; value: Uint8Array }[] = [];
      for (const { type, value } of readProperties(reader)) {
        const read = readers[type];
        if (read) Object.assign(found, read(value));
        else unknown.push({ type, value: value.rest() });
      }
      return { kind, ...found, ...(unknown.length > 0 && { unknownProperties: unknown }) };
    },
  };
}
