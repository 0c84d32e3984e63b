// Messages: the table of them, `encode` and `decode`. To add a message: a codec, a row, a line in the union.

import { OpenFlowDecodeError, OpenFlowEncodeError } from '../errors.ts';
import type { UnknownProperty } from '../flow/property.ts';
import { Reader } from '../wire/reader.ts';
import { highestVersion, openflow13, openflow14, openflow15, versions } from '../wire/version.ts';
import { Writer } from '../wire/writer.ts';
import { type Header, headerLength, type MessageCodec, type Place, type WithHeader } from './message-codec.ts';
import { type AsyncConfig, asyncConfig } from './messages/async-config.ts';
import { type BundleAdd, type BundleControl, bundleControl } from './messages/bundle.ts';
import { type ControllerStatus, controllerStatus } from './messages/controller-status.ts';
import { type CtFlush, ctFlush } from './messages/ct-flush.ts';
import { type ErrorMessage, error } from './messages/error.ts';
import { type FlowMod, type FlowRemoved, flowMod, flowRemoved } from './messages/flow-mod.ts';
import { type FlowMonitorCancel, flowMonitorCancel } from './messages/flow-monitor.ts';
import { type GroupMod, groupMod } from './messages/group-mod.ts';
import { type MeterMod, meterMod } from './messages/meter-mod.ts';
import {
  type CtFlushZone,
  ctFlushZone,
  type FlowModTableId,
  flowModTableId,
  type SetControllerId,
  type SetFlowFormat,
  type SetPacketInFormat,
  setControllerId,
  setFlowFormat,
  setPacketInFormat,
} from './messages/nicira-messages.ts';
import { nxPacketIn, type PacketOut, packetIn, packetOut, type StandardPacketIn } from './messages/packet.ts';
import { type PacketIn2, packetIn2 } from './messages/packet-in2.ts';
import { type PortMod, portMod } from './messages/port-mod.ts';
import { type PortStatus, portStatus } from './messages/port-status.ts';
import {
  type QueueConfigReply,
  type QueueConfigRequest,
  queueConfigReply,
  queueConfigRequest,
} from './messages/queue-config.ts';
import { type Role, type RoleStatus, role, roleStatus } from './messages/role.ts';
import { type FeaturesReply, featuresReply, type SwitchConfig, switchConfig } from './messages/switch-config.ts';
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
import { type TableMod, type TableStatus, tableMod, tableStatus } from './messages/table-mod.ts';
import { type TlvTableMod, type TlvTableReply, tlvTableMod, tlvTableReply } from './messages/tlv-table.ts';
import { type MultipartReply, type MultipartRequest, multipartReply, multipartRequest } from './multipart/multipart.ts';
import { niciraVendor } from './nicira.ts';
import { onfVendor } from './onf.ts';
import { writeUnknownProperties } from './properties.ts';
import { readUnknownIfAny } from './property-order.ts';

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
  | StandardPacketIn<'nx_packet_in'>
  | PacketIn2<'packet_in2'>
  | PacketIn2<'resume'>
  | FlowRemoved
  | PortStatus
  | PortMod
  | TableMod
  | TableStatus
  | QueueConfigRequest
  | QueueConfigReply
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
  | AsyncConfig<'nx_set_async'>
  | AsyncConfig<'nx_set_async2'>
  | RoleStatus
  | ControllerStatus
  | RequestForward<MessageBody>
  | TlvTableMod
  | Empty<'tlv_table_request'>
  | TlvTableReply
  | SetFlowFormat
  | FlowModTableId
  | BundleControl
  | BundleAdd<MessageBody>
  | FlowMonitorCancel
  | Empty<'flow_monitor_paused'>
  | Empty<'flow_monitor_resumed'>
  | SetPacketInFormat
  | CtFlush
  | CtFlushZone
  | SetControllerId
  | UnknownMessage;

/** A message: its body, version and xid, and what a decoded one had besides. */
export type Message = WithHeader<MessageBody>;

/** The `kind` of a message. */
export type MessageKind = MessageBody['kind'];
/** The body of one kind of message. */
export type BodyOf<K extends MessageKind> = Extract<MessageBody, { readonly kind: K }>;

/** A group or meter mod of another controller (OpenFlow 1.5.1 section 7.4.5). */
export interface RequestForward<Inner> {
  readonly kind: 'request_forward';
  readonly request: Inner;
  /** Header of `request` where it is not that of the message around it. */
  readonly inner?: Header;
}

/** `places` in the order in which `encode` tries them. */
interface Row<K extends MessageKind> {
  readonly places: readonly Place[];
  readonly codec: MessageCodec<BodyOf<K>>;
}

const experimenterType = 4;
const bundleAddType = 34;
const requestForwardType = 32;
const onfBundleAdd = 2301;
const onfRequestForward = 2350;

const nicira = (subtype: number): Place => ({ vendor: niciraVendor, subtype });
/** What OpenFlow 1.4 took into the standard, as the ONF's extension to 1.3. */
const onf13 = (subtype: number): Place => ({ vendor: onfVendor, subtype, until: openflow13 });

const bundleAdd: MessageCodec<BundleAdd<MessageBody>> = {
  encodeBody({ bundleId, flags, message, inner, properties }, writer, header) {
    writer.u32(bundleId);
    writer.zeros(2);
    writer.u16(flags);
    const start = writer.length;
    encodeFramed(writer, message, inner ?? header);
    if (properties) writer.align(start, 8);
    writeUnknownProperties(writer, properties);
  },
  decodeBody(reader, outer) {
    const bundleId = reader.u32();
    reader.pad(2);
    const flags = reader.u16();
    const length = reader.peekU16(2);
    if (length < headerLength) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `message of ${length} bytes`);
    const { header, body } = decodeInner(reader.sub(length));
    const same = header.version === outer.version && header.xid === outer.xid;
    const properties = decodeBehind(reader, length);
    return {
      kind: 'bundle_add',
      bundleId,
      flags,
      message: body,
      ...(!same && { inner: header }),
      ...(properties && { properties }),
    };
  },
};

const requestForward: MessageCodec<RequestForward<MessageBody>> = {
  encodeBody: ({ request, inner }, writer, header) => encodeFramed(writer, request, inner ?? header),
  decodeBody(reader, outer) {
    const length = reader.peekU16(2);
    if (length < headerLength) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `message of ${length} bytes`);
    const { header, body } = decodeInner(reader.sub(length));
    reader.version = outer.version;
    const same = header.version === outer.version && header.xid === outer.xid;
    return { kind: 'request_forward', request: body, ...(!same && { inner: header }) };
  },
};

const rows: { readonly [K in Exclude<MessageKind, 'unknown'>]: Row<K> } = {
  hello: { places: [{ type: 0 }], codec: hello },
  error: { places: [{ type: 1 }], codec: error },
  echo_request: { places: [{ type: 2 }], codec: echo('echo_request') },
  echo_reply: { places: [{ type: 3 }], codec: echo('echo_reply') },
  experimenter: { places: [{ type: experimenterType }], codec: experimenter },
  features_request: { places: [{ type: 5 }], codec: empty('features_request') },
  features_reply: { places: [{ type: 6 }], codec: featuresReply },
  get_config_request: { places: [{ type: 7 }], codec: empty('get_config_request') },
  get_config_reply: { places: [{ type: 8 }], codec: switchConfig('get_config_reply') },
  set_config: { places: [{ type: 9 }], codec: switchConfig('set_config') },
  packet_in: { places: [{ type: 10 }], codec: packetIn },
  flow_removed: { places: [{ type: 11 }], codec: flowRemoved },
  port_status: { places: [{ type: 12 }], codec: portStatus },
  port_mod: { places: [{ type: 16 }], codec: portMod },
  table_mod: { places: [{ type: 17 }], codec: tableMod },
  queue_get_config_request: { places: [{ type: 22, until: openflow13 }], codec: queueConfigRequest },
  queue_get_config_reply: { places: [{ type: 23, until: openflow13 }], codec: queueConfigReply },
  table_status: { places: [{ type: 31, since: openflow14 }], codec: tableStatus },
  packet_out: { places: [{ type: 13 }], codec: packetOut },
  flow_mod: { places: [{ type: 14 }], codec: flowMod },
  group_mod: { places: [{ type: 15 }], codec: groupMod },
  multipart_request: { places: [{ type: 18 }], codec: multipartRequest },
  multipart_reply: { places: [{ type: 19 }], codec: multipartReply },
  barrier_request: { places: [{ type: 20 }], codec: empty('barrier_request') },
  barrier_reply: { places: [{ type: 21 }], codec: empty('barrier_reply') },
  role_request: { places: [{ type: 24 }], codec: role('role_request') },
  role_reply: { places: [{ type: 25 }], codec: role('role_reply') },
  get_async_request: { places: [{ type: 26 }], codec: empty('get_async_request') },
  get_async_reply: { places: [{ type: 27 }], codec: asyncConfig('get_async_reply') },
  set_async: { places: [{ type: 28 }], codec: asyncConfig('set_async') },
  meter_mod: { places: [{ type: 29 }], codec: meterMod },
  nx_set_async: { places: [nicira(19)], codec: asyncConfig('nx_set_async') },
  nx_set_async2: { places: [{ ...nicira(27), until: openflow13 }], codec: asyncConfig('nx_set_async2') },
  role_status: { places: [{ type: 30, since: openflow14 }, onf13(1911)], codec: roleStatus },
  request_forward: {
    places: [{ type: requestForwardType, since: openflow14 }, onf13(onfRequestForward)],
    codec: requestForward,
  },
  controller_status: { places: [{ type: 35, since: openflow15 }], codec: controllerStatus },
  tlv_table_mod: { places: [nicira(24)], codec: tlvTableMod },
  tlv_table_request: { places: [nicira(25)], codec: empty('tlv_table_request') },
  tlv_table_reply: { places: [nicira(26)], codec: tlvTableReply },
  set_flow_format: { places: [nicira(12)], codec: setFlowFormat },
  flow_mod_table_id: { places: [nicira(15)], codec: flowModTableId },
  bundle_control: { places: [{ type: 33, since: openflow14 }, onf13(2300)], codec: bundleControl },
  bundle_add: { places: [{ type: bundleAddType, since: openflow14 }, onf13(onfBundleAdd)], codec: bundleAdd },
  flow_monitor_cancel: { places: [onf13(1870)], codec: flowMonitorCancel },
  flow_monitor_paused: { places: [onf13(1871)], codec: empty('flow_monitor_paused') },
  flow_monitor_resumed: { places: [onf13(1872)], codec: empty('flow_monitor_resumed') },
  set_packet_in_format: { places: [nicira(16)], codec: setPacketInFormat },
  set_controller_id: { places: [nicira(20)], codec: setControllerId },
  resume: { places: [nicira(28)], codec: packetIn2('resume') },
  ct_flush_zone: { places: [nicira(29)], codec: ctFlushZone },
  ct_flush: { places: [nicira(32)], codec: ctFlush },
  nx_packet_in: { places: [nicira(17)], codec: nxPacketIn },
  packet_in2: { places: [nicira(30)], codec: packetIn2('packet_in2') },
};

type AnyCodec = MessageCodec<MessageBody>;

/** What stands where in one version. */
interface Index {
  readonly byType: Map<number, AnyCodec>;
  /** By vendor and subtype. */
  readonly byExtension: Map<string, AnyCodec>;
  readonly places: Map<MessageKind, Place>;
}

function isIn(place: Place, version: number): boolean {
  return version >= (place.since ?? 0) && version <= (place.until ?? highestVersion);
}

function indexOf(version: number): Index {
  const index: Index = { byType: new Map(), byExtension: new Map(), places: new Map() };
  for (const [kind, row] of Object.entries(rows)) {
    for (const place of row.places) {
      if (!isIn(place, version)) continue;
      if (!index.places.has(kind as MessageKind)) index.places.set(kind as MessageKind, place);
      if ('type' in place) index.byType.set(place.type, row.codec as AnyCodec);
      else index.byExtension.set(`${place.vendor}/${place.subtype}`, row.codec as AnyCodec);
    }
  }
  return index;
}

const indexes = new Map<number, Index>(Object.values(versions).map(version => [version, indexOf(version)]));

/** Hello, error and echo are the same in all versions: what another version says with a number is not ours. */
const inAllVersions = new Set([0, 1, 2, 3]);

/**
 * The bytes of a message (OpenFlow 1.5.1 section 7.1).
 * @throws OpenFlowEncodeError when a value does not fit its field, or the message 65535 bytes, or its version has no
 * such message
 */
export function encode(message: Message): Uint8Array {
  // One writer for all: nothing can come between, and what is returned is a copy.
  scratch.truncate(0);
  encodeFramed(scratch, message, message, message.trailing);
  if (message.padding) for (const { offset, bytes } of message.padding) scratch.patchRaw(offset, bytes);
  return scratch.finish();
}

/** Room for any message: none has more bytes than its length can say. */
const scratch = new Writer(0x10000);

/** Appends a message to a writer. @throws OpenFlowEncodeError; the writer is then as it was */
export function encodeInto(writer: Writer, body: MessageBody, header: Header): void {
  const start = writer.length;
  try {
    encodeFramed(writer, body, header);
  } catch (cause) {
    writer.truncate(start);
    throw cause;
  }
}

function encodeFramed(writer: Writer, body: MessageBody, header: Header, trailing?: Uint8Array): void {
  const start = writer.length;
  const outer = writer.version;
  writer.version = header.version;
  writer.u8(header.version);
  if (body.kind === 'unknown') {
    writer.u8(body.type);
    writer.u16(0);
    writer.u32(header.xid);
    writer.raw(body.data);
  } else {
    encodeKnown(writer, body, header);
  }
  if (trailing) writer.raw(trailing);
  writer.version = outer;
  writer.patchLength(start + 2, start, `message ${body.kind}`);
}

function encodeKnown(writer: Writer, body: Exclude<MessageBody, UnknownMessage>, header: Header): void {
  const row = rows[body.kind];
  const [first] = row.places;
  const anyVersion = first && 'type' in first && inAllVersions.has(first.type);
  const place = anyVersion ? first : indexes.get(header.version)?.places.get(body.kind);
  if (!place) {
    throw new OpenFlowEncodeError('OF_BAD_VERSION', `version ${header.version} of OpenFlow has no ${body.kind}`);
  }
  writer.u8('type' in place ? place.type : experimenterType);
  writer.u16(0);
  writer.u32(header.xid);
  if ('vendor' in place) {
    writer.u32(place.vendor);
    writer.u32(place.subtype);
  }
  (row.codec as AnyCodec).encodeBody(body, writer, header);
}

/**
 * Reads one whole message. What this library does not know (messages, extensions, OXMs, actions, instructions,
 * properties) is kept as bytes, and so is padding that is not zero; `encode` writes it back (OpenFlow 1.5.1 section
 * 7.1).
 * @throws OpenFlowDecodeError and nothing else
 */
export function decode(frame: Uint8Array): Message {
  const reader = new Reader(frame);
  if (frame.length < headerLength || reader.peekU16(2) !== frame.length) {
    throw new OpenFlowDecodeError('OF_BAD_LENGTH', `a frame of ${frame.length} bytes does not hold one message`);
  }
  const { header, body } = decodeFrom(reader);
  const trailing = reader.remaining > 0 ? reader.rest() : undefined;
  const { padding } = reader;
  return { ...body, ...header, ...(padding.length > 0 && { padding }), ...(trailing && { trailing }) };
}

/** Properties behind a message of `length` bytes; what is none is left to be kept behind the whole. */
function decodeBehind(reader: Reader, length: number): readonly UnknownProperty[] | undefined {
  const gap = (8 - (length % 8)) % 8;
  if (reader.remaining === 0 || reader.remaining < gap) return undefined;
  const start = reader.offset;
  reader.pad(gap);
  const properties = readUnknownIfAny(reader);
  if (!properties) reader.offset = start;
  return properties;
}

/** A message in a message. One that holds another itself is kept raw: no switch takes it, and it could nest deep. */
function decodeInner(reader: Reader): { readonly header: Header; readonly body: MessageBody } {
  if (!holdsAnother(reader)) {
    const start = reader.offset;
    const inner = decodeFrom(reader);
    if (reader.remaining === 0) return inner;
    // A body that leaves bytes over has no place for them inside a bundle: kept raw as a whole.
    reader.offset = start;
  }
  const version = reader.u8();
  const type = reader.u8();
  reader.skip(2);
  return { header: { version, xid: reader.u32() }, body: { kind: 'unknown', type, data: reader.rest() } };
}

function holdsAnother(reader: Reader): boolean {
  const type = reader.peekU8(1);
  if (type !== experimenterType) return type === bundleAddType || type === requestForwardType;
  if (reader.remaining < 16 || reader.peekU32(8) !== onfVendor) return false;
  return reader.peekU32(12) === onfBundleAdd || reader.peekU32(12) === onfRequestForward;
}

/** What kind of message a frame starts as, whatever of it is there; undefined when that is not to be seen. */
export function peekKind(frame: Uint8Array): MessageKind | undefined {
  if (frame.length < headerLength) return undefined;
  const reader = new Reader(frame);
  const index = indexes.get(reader.peekU8(0));
  const type = reader.peekU8(1);
  if (!index) return undefined;
  const isExtension = type === experimenterType && frame.length >= 16;
  const codec = isExtension
    ? index.byExtension.get(`${reader.peekU32(8)}/${reader.peekU32(12)}`)
    : index.byType.get(type);
  return Object.entries(rows).find(([, row]) => row.codec === codec)?.[0] as MessageKind | undefined;
}

function decodeFrom(reader: Reader): { readonly header: Header; readonly body: MessageBody } {
  const version = reader.u8();
  const type = reader.u8();
  reader.skip(2);
  const header: Header = { version, xid: reader.u32() };
  reader.version = version;
  return { header, body: decodeBody(type, reader, header) };
}

function decodeBody(type: number, reader: Reader, header: Header): MessageBody {
  const index = indexes.get(header.version) ?? (inAllVersions.has(type) ? indexes.get(highestVersion) : undefined);
  if (index && type === experimenterType && reader.remaining >= 8) {
    const codec = index.byExtension.get(`${reader.peekU32(0)}/${reader.peekU32(4)}`);
    if (codec) {
      reader.skip(8);
      return codec.decodeBody(reader, header);
    }
  }
  const codec = index?.byType.get(type);
  return codec ? codec.decodeBody(reader, header) : { kind: 'unknown', type, data: reader.rest() };
}
