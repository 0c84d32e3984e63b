// What NXT_PACKET_IN2 and NXT_RESUME have in common: a packet-in as properties, which can carry userdata and, for a paused
// pipeline, the switch's own continuation (OVS include/openflow/nicira-ext.h, lib/ofp-packet.c).

import { readOxms, writeOxms } from '../../codec/match.ts';
import { nameOf, numberOf } from '../../codec/named.ts';
import { type PropertyTable, readNamed, writeNamed } from '../../codec/property-order.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import { type PacketInReason, packetInReasons } from '../../flow/packet-in-reason.ts';
import type { PropertyOrder } from '../../flow/property.ts';
import { formatContinuation } from '../../text/format-continuation.ts';
import { formatPacket } from '../../text/packet/format-packet.ts';
import { type MessageDefinition, nicira } from './message-definition.ts';
import { firstLine, packetTypeOf } from './packet-in-text.ts';

/** NXT_PACKET_IN2 or NXT_RESUME (OVS include/openflow/nicira-ext.h). */
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
  /** Exactly which properties there are; absent: those that have a value, in the usual order. */
  readonly propertyOrder?: PropertyOrder<PacketInProperty>;
}

/** Properties of NXT_PACKET_IN2 by the fields they are read into. */
export type PacketInProperty =
  | 'data'
  | 'totalLength'
  | 'bufferId'
  | 'table'
  | 'cookie'
  | 'reason'
  | 'match'
  | 'continuation'
  | 'userdata';

type Fields = Omit<PacketIn2<'packet_in2'>, 'kind'>;

const none = new Uint8Array();

/** By NXPINT_*, in the order in which OVS writes them. */
const properties: PropertyTable<Fields, PacketInProperty> = {
  data: {
    type: 0,
    isIn: () => true,
    write: (body, writer) => writer.raw(body.data),
    read: value => ({ data: value.rest() }),
  },
  totalLength: {
    type: 1,
    bytes: 4,
    isIn: body => body.totalLength !== undefined,
    write: (body, writer) => writer.u32(body.totalLength ?? 0),
    read: value => ({ totalLength: value.u32() }),
  },
  bufferId: {
    type: 2,
    bytes: 4,
    isIn: body => body.bufferId !== undefined,
    write: (body, writer) => writer.u32(body.bufferId ?? 0),
    read: value => ({ bufferId: value.u32() }),
  },
  table: {
    type: 3,
    bytes: 1,
    least: 1,
    isIn: body => body.table !== undefined,
    write: (body, writer) => writer.u8(body.table ?? 0),
    read: value => ({ table: value.u8() }),
  },
  cookie: {
    type: 4,
    bytes: 12,
    isIn: body => body.cookie !== undefined,
    write(body, writer) {
      writer.zeros(4);
      writer.u64(body.cookie ?? 0n);
    },
    read(value) {
      value.pad(4);
      return { cookie: value.u64() };
    },
  },
  reason: {
    type: 5,
    bytes: 1,
    least: 1,
    isIn: body => body.reason !== undefined,
    write: (body, writer) => writer.u8(numberOf(packetInReasons, body.reason ?? 0)),
    read: value => ({ reason: nameOf(packetInReasons, value.u8()) }),
  },
  match: {
    type: 6,
    isIn: () => true,
    write: (body, writer) => writeOxms(writer, body.match, body.unknownMatch),
    read(value) {
      const { match, unknownMatch } = readOxms(value);
      return { match, ...(unknownMatch && { unknownMatch }) };
    },
  },
  continuation: {
    type: 8,
    isIn: body => body.continuation !== undefined,
    write: (body, writer) => writer.raw(body.continuation ?? none),
    read: value => ({ continuation: value.rest() }),
  },
  userdata: {
    type: 7,
    isIn: body => body.userdata !== undefined,
    write: (body, writer) => writer.raw(body.userdata ?? none),
    read: value => ({ userdata: value.rest() }),
  },
};

export function packetInProperties<Kind extends 'packet_in2' | 'resume'>(
  kind: Kind,
  subtype: number,
  name: string,
): MessageDefinition<PacketIn2<Kind>> {
  return {
    kind,
    places: [nicira(subtype)],
    encode: (body, writer) => writeNamed(writer, properties, body, body.propertyOrder),
    decode(reader) {
      const found: Fields = { data: none, match: [] };
      const propertyOrder = readNamed(reader, properties, found);
      return { kind, ...found, ...(propertyOrder && { propertyOrder }) };
    },
    name,
    print(message, options) {
      const { userdata, continuation, data, match, version } = message;
      // As in the switch, a length of 0 is none.
      const { totalLength, ...others } = message;
      const dotted =
        userdata &&
        Buffer.from(userdata)
          .toString('hex')
          .replace(/..(?=.)/g, '$&.');
      return [
        firstLine(totalLength ? message : others, options),
        ...(dotted ? [` userdata=${dotted}`] : []),
        ...(continuation ? formatContinuation(continuation, version, options) : []),
        formatPacket(data, packetTypeOf(match)),
      ].join('\n');
    },
  };
}
