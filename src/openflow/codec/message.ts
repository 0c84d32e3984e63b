// Messages: the table of them, `encode` and `decode`. To add a message: a codec, a row, a line in the union.

import { OpenFlowDecodeError } from '../errors.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { type Header, headerLength, type MessageCodec, openflow15, type WithHeader } from './message-codec.ts';
import { type AsyncConfig, asyncConfig } from './messages/async-config.ts';
import { type BundleAdd, type BundleControl, bundleControl } from './messages/bundle.ts';
import { type ErrorMessage, error } from './messages/error.ts';
import { type FlowMod, type FlowRemoved, flowMod, flowRemoved } from './messages/flow-mod.ts';
import { type GroupMod, groupMod } from './messages/group-mod.ts';
import { type MeterMod, meterMod } from './messages/meter-mod.ts';
import {
  type CtFlushZone,
  ctFlushZone,
  type SetControllerId,
  type SetPacketInFormat,
  setControllerId,
  setPacketInFormat,
} from './messages/nicira-messages.ts';
import { type PacketOut, packetIn, packetOut, type StandardPacketIn } from './messages/packet.ts';
import { type PacketIn2, packetIn2 } from './messages/packet-in2.ts';
import { type PortStatus, portStatus } from './messages/port-status.ts';
import {
  type FeaturesReply,
  featuresReply,
  type Role,
  role,
  type SwitchConfig,
  switchConfig,
} from './messages/switch-config.ts';
import {
  type Echo,
  type Empty,
  type Experimenter,
  echo,
  empty,
  experimenter,
  type Hello,
  hello,
} from './messages/symmetric.ts';
import { type MultipartReply, type MultipartRequest, multipartReply, multipartRequest } from './multipart/multipart.ts';
import { niciraVendor } from './nicira.ts';

/** A message type that is not in the table. */
export interface UnknownMessage {
  readonly kind: 'unknown';
  /** OFPT_*. */
  readonly type: number;
  readonly data: Uint8Array;
}

/** A message without its header. */
export type MessageBody =
  | Hello
  | ErrorMessage
  | Echo<'echo_request'>
  | Echo<'echo_reply'>
  | Experimenter
  | Empty<'features_request'>
  | FeaturesReply
  | Empty<'get_config_request'>
  | SwitchConfig<'get_config_reply'>
  | SwitchConfig<'set_config'>
  | StandardPacketIn
  | PacketIn2<'packet_in2'>
  | PacketIn2<'resume'>
  | FlowRemoved
  | PortStatus
  | PacketOut
  | FlowMod
  | GroupMod
  | MeterMod
  | MultipartRequest
  | MultipartReply
  | Empty<'barrier_request'>
  | Empty<'barrier_reply'>
  | Role<'role_request'>
  | Role<'role_reply'>
  | Empty<'get_async_request'>
  | AsyncConfig<'get_async_reply'>
  | AsyncConfig<'set_async'>
  | BundleControl
  | BundleAdd<MessageBody>
  | SetPacketInFormat
  | CtFlushZone
  | SetControllerId
  | UnknownMessage;

export type Message = WithHeader<MessageBody>;

export type MessageKind = MessageBody['kind'];
export type BodyOf<K extends MessageKind> = Extract<MessageBody, { readonly kind: K }>;

/** Where a message stands: OFPT_* `type`, or NXT_* `subtype` of Nicira. */
type Row<K extends MessageKind> = { readonly codec: MessageCodec<BodyOf<K>> } & (
  | { readonly type: number }
  | { readonly subtype: number }
);

const experimenterType = 4;
const bundleAddType = 34;

const rows: { readonly [K in Exclude<MessageKind, 'unknown'>]: Row<K> } = {
  hello: { type: 0, codec: hello },
  error: { type: 1, codec: error },
  echo_request: { type: 2, codec: echo('echo_request') },
  echo_reply: { type: 3, codec: echo('echo_reply') },
  experimenter: { type: experimenterType, codec: experimenter },
  features_request: { type: 5, codec: empty('features_request') },
  features_reply: { type: 6, codec: featuresReply },
  get_config_request: { type: 7, codec: empty('get_config_request') },
  get_config_reply: { type: 8, codec: switchConfig('get_config_reply') },
  set_config: { type: 9, codec: switchConfig('set_config') },
  packet_in: { type: 10, codec: packetIn },
  flow_removed: { type: 11, codec: flowRemoved },
  port_status: { type: 12, codec: portStatus },
  packet_out: { type: 13, codec: packetOut },
  flow_mod: { type: 14, codec: flowMod },
  group_mod: { type: 15, codec: groupMod },
  multipart_request: { type: 18, codec: multipartRequest },
  multipart_reply: { type: 19, codec: multipartReply },
  barrier_request: { type: 20, codec: empty('barrier_request') },
  barrier_reply: { type: 21, codec: empty('barrier_reply') },
  role_request: { type: 24, codec: role('role_request') },
  role_reply: { type: 25, codec: role('role_reply') },
  get_async_request: { type: 26, codec: empty('get_async_request') },
  get_async_reply: { type: 27, codec: asyncConfig('get_async_reply') },
  set_async: { type: 28, codec: asyncConfig('set_async') },
  meter_mod: { type: 29, codec: meterMod },
  bundle_control: { type: 33, codec: bundleControl },
  bundle_add: {
    type: bundleAddType,
    codec: {
      encodeBody(body, writer, header) {
        writer.u32(body.bundleId);
        writer.zeros(2);
        writer.u16(body.flags);
        encodeInto(writer, body.message, header.xid, header.version);
      },
      decodeBody(reader) {
        const bundleId = reader.u32();
        reader.skip(2);
        const flags = reader.u16();
        const length = reader.peekU16(2);
        if (length < headerLength) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `message of ${length} bytes`);
        return { kind: 'bundle_add', bundleId, flags, message: decodeInner(reader.sub(length)) };
      },
    },
  },
  set_packet_in_format: { subtype: 16, codec: setPacketInFormat },
  set_controller_id: { subtype: 20, codec: setControllerId },
  resume: { subtype: 28, codec: packetIn2('resume') },
  ct_flush_zone: { subtype: 29, codec: ctFlushZone },
  packet_in2: { subtype: 30, codec: packetIn2('packet_in2') },
};

const byType = new Map<number, MessageCodec<MessageBody>>();
const bySubtype = new Map<number, MessageCodec<MessageBody>>();
for (const row of Object.values(rows)) {
  if ('type' in row) byType.set(row.type, row.codec as MessageCodec<MessageBody>);
  else bySubtype.set(row.subtype, row.codec as MessageCodec<MessageBody>);
}

/**
 * The bytes of a message.
 * @throws OpenFlowEncodeError when a value does not fit its field, or the message 65535 bytes
 */
export function encode(message: Message): Uint8Array {
  const writer = new Writer(256);
  encodeInto(writer, message, message.xid, message.version);
  return writer.finish();
}

/** Appends a message to a writer. @throws OpenFlowEncodeError; the writer is then as it was */
export function encodeInto(writer: Writer, body: MessageBody, xid: number, version: number = openflow15): void {
  const start = writer.length;
  try {
    encodeFramed(writer, body, { version, xid });
  } catch (cause) {
    writer.truncate(start);
    throw cause;
  }
}

function encodeFramed(writer: Writer, body: MessageBody, header: Header): void {
  const start = writer.length;
  writer.u8(header.version);
  if (body.kind === 'unknown') {
    writer.u8(body.type);
    writer.u16(0);
    writer.u32(header.xid);
    writer.raw(body.data);
  } else {
    const row = rows[body.kind];
    writer.u8('type' in row ? row.type : experimenterType);
    writer.u16(0);
    writer.u32(header.xid);
    if (!('type' in row)) {
      writer.u32(niciraVendor);
      writer.u32(row.subtype);
    }
    (row.codec as MessageCodec<MessageBody>).encodeBody(body, writer, header);
  }
  writer.patchLength(start + 2, start, `message ${body.kind}`);
}

/**
 * Reads one whole message. What this library does not know (messages, extensions, OXMs, actions, instructions) is kept
 * as bytes, and `encode` writes it back.
 * @throws OpenFlowDecodeError and nothing else
 */
export function decode(frame: Uint8Array): Message {
  const reader = new Reader(frame);
  if (frame.length < headerLength || reader.peekU16(2) !== frame.length) {
    throw new OpenFlowDecodeError('OF_BAD_LENGTH', `a frame of ${frame.length} bytes does not hold one message`);
  }
  const { header, body } = decodeFrom(reader);
  return { ...body, ...header };
}

/** The message in a bundle add. One that is itself an add is kept raw: no switch takes it, and it could nest deep. */
function decodeInner(reader: Reader): MessageBody {
  if ((reader.peekU16(0) & 0xff) !== bundleAddType) return decodeFrom(reader).body;
  reader.skip(headerLength);
  return { kind: 'unknown', type: bundleAddType, data: reader.rest() };
}

function decodeFrom(reader: Reader): { readonly header: Header; readonly body: MessageBody } {
  const version = reader.u8();
  const type = reader.u8();
  reader.skip(2);
  const header: Header = { version, xid: reader.u32() };
  return { header, body: decodeBody(type, reader, header) };
}

function decodeBody(type: number, reader: Reader, header: Header): MessageBody {
  // Only hello, error and echo are the same in all versions: what another version says with a number is not ours.
  if (header.version !== openflow15 && type > 3) return { kind: 'unknown', type, data: reader.rest() };
  if (type === experimenterType && reader.remaining >= 8 && reader.peekU32(0) === niciraVendor) {
    const codec = bySubtype.get(reader.peekU32(4));
    if (codec) {
      reader.skip(8);
      return codec.decodeBody(reader, header);
    }
  }
  return byType.get(type)?.decodeBody(reader, header) ?? { kind: 'unknown', type, data: reader.rest() };
}
