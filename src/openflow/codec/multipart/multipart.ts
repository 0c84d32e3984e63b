// OFPT_MULTIPART_REQUEST and OFPT_MULTIPART_REPLY, and the table of what they carry. To add a type: a codec, a row.

import { OpenFlowDecodeError, OpenFlowEncodeError } from '../../errors.ts';
import { Reader } from '../../wire/reader.ts';
import { highestVersion, versions } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import type { MessageCodec } from '../message-codec.ts';
import { bundleFeatures } from './bundle-features.ts';
import { controllerStatus } from './controller-status.ts';
import { flowMonitor } from './flow-monitor.ts';
import { aggregateStats, flowDesc, flowStats } from './flow-stats.ts';
import { groupDesc, groupFeatures, groupStats } from './groups.ts';
import { meterDesc, meterFeatures, meterStats } from './meters.ts';
import type { MultipartCodec, MultipartPlace } from './multipart-codec.ts';
import { nxFlowMonitor } from './nx-flow-monitor.ts';
import { portDesc, portStats } from './ports.ts';
import { queueDesc, queueStats } from './queues.ts';
import { desc } from './switch-desc.ts';
import { tableDesc, tableFeatures, tableStats } from './tables.ts';

const codecs = {
  desc,
  flow_desc: flowDesc,
  flow_stats: flowStats,
  aggregate_stats: aggregateStats,
  table_stats: tableStats,
  group_stats: groupStats,
  group_desc: groupDesc,
  group_features: groupFeatures,
  meter_stats: meterStats,
  meter_desc: meterDesc,
  meter_features: meterFeatures,
  flow_monitor: flowMonitor,
  nx_flow_monitor: nxFlowMonitor,
  bundle_features: bundleFeatures,
  controller_status: controllerStatus,
  port_desc: portDesc,
  port_stats: portStats,
  queue_stats: queueStats,
  queue_desc: queueDesc,
  table_desc: tableDesc,
  table_features: tableFeatures,
};

type Codecs = typeof codecs;
/** The multipart types that have a codec. */
export type MultipartType = keyof Codecs;

type RequestOf<T extends MultipartType> = Codecs[T] extends MultipartCodec<infer Request, infer _> ? Request : never;

/** What one entry of a reply of type T is. */
export type MultipartEntry<T extends MultipartType> =
  Codecs[T] extends MultipartCodec<infer _, infer Entry> ? Entry : never;

/** A type that is not in the table. */
export interface UnknownMultipart {
  readonly type: 'unknown';
  /** OFPMP_*; 0xffff for an experimenter's, whose vendor and subtype start `data`. */
  readonly number: number;
  readonly data: Uint8Array;
}

/** What a multipart request asks for (OpenFlow 1.5.1 section 7.3.5). */
export type MultipartRequestBody = { [T in MultipartType]: RequestOf<T> }[MultipartType] | UnknownMultipart;

/** What one part of a multipart reply holds: entries of one type (OpenFlow 1.5.1 section 7.3.5). */
export type MultipartReplyBody =
  | {
      [T in MultipartType]: { readonly type: T; readonly entries: readonly MultipartEntry<T>[] };
    }[MultipartType]
  | UnknownMultipart;

export interface MultipartRequest {
  readonly kind: 'multipart_request';
  readonly more?: boolean;
  /** Flags other than `more`. */
  readonly flags?: number;
  readonly body: MultipartRequestBody;
}

/** One part of a reply: more follow, with the same xid, while `more` is set. */
export interface MultipartReply {
  readonly kind: 'multipart_reply';
  readonly more?: boolean;
  /** Flags other than `more`. */
  readonly flags?: number;
  readonly body: MultipartReplyBody;
}

const moreFlag = 1;
const experimenterType = 0xffff;
/** Bytes of type and flags, and of all that stands before a body. */
const partLength = 8;
const headLength = 16;

type AnyCodec = MultipartCodec<MultipartRequestBody, unknown>;

const names = Object.keys(codecs) as readonly MultipartType[];

function codecOf(type: MultipartType): AnyCodec {
  return codecs[type] as AnyCodec;
}

function isIn(place: MultipartPlace, version: number): boolean {
  return version >= (place.since ?? 0) && version <= (place.until ?? highestVersion);
}

/** By version, then by number or by vendor and subtype. */
const index = new Map<number, Map<string, MultipartType>>(
  Object.values(versions).map(version => [
    version,
    new Map(
      names.flatMap(name =>
        codecs[name].places
          .filter(place => isIn(place, version))
          .map((place): [string, MultipartType] => [
            'type' in place ? String(place.type) : `${place.vendor}/${place.subtype}`,
            name,
          ]),
      ),
    ),
  ]),
);

/** Header of the part: type, flags, and vendor and subtype where it is an extension. */
function writeHead(writer: Writer, { more, flags = 0, body }: MultipartRequest | MultipartReply): void {
  const place =
    body.type === 'unknown'
      ? { type: body.number }
      : codecOf(body.type).places.find(place => isIn(place, writer.version));
  if (!place) {
    throw new OpenFlowEncodeError('OF_BAD_VERSION', `version ${writer.version} of OpenFlow has no ${body.type}`);
  }
  writer.u16('type' in place ? place.type : experimenterType);
  writer.u16(flags | (more ? moreFlag : 0));
  writer.zeros(4);
  if ('vendor' in place) {
    writer.u32(place.vendor);
    writer.u32(place.subtype);
  }
}

interface Head {
  readonly number: number;
  readonly type: MultipartType | undefined;
  readonly marks: { readonly more?: true; readonly flags?: number };
}

function readHead(reader: Reader): Head {
  const number = reader.u16();
  const flags = reader.u16();
  reader.pad(4);
  const known = index.get(reader.version);
  const marks = {
    ...(flags & moreFlag && { more: true as const }),
    ...(flags > moreFlag && { flags: flags & ~moreFlag }),
  };
  if (number !== experimenterType || reader.remaining < 8) return { number, type: known?.get(String(number)), marks };
  const type = known?.get(`${reader.peekU32(0)}/${reader.peekU32(4)}`);
  if (type) reader.skip(8);
  return { number, type, marks };
}

/** The type of a frame that may be cut; undefined when it is not known, or not there. */
export function peekMultipartType(frame: Uint8Array): MultipartType | undefined {
  if (frame.length < headLength) return undefined;
  const reader = new Reader(frame);
  reader.version = reader.u8();
  reader.skip(headLength - partLength - 1);
  return readHead(reader).type;
}

export const multipartRequest: MessageCodec<MultipartRequest> = {
  encodeBody(message, writer) {
    const { body } = message;
    writeHead(writer, message);
    if (body.type === 'unknown') writer.raw(body.data);
    else codecOf(body.type).encodeRequest(body, writer);
  },
  decodeBody(reader) {
    const { number, type, marks } = readHead(reader);
    const body: MultipartRequestBody = type
      ? codecOf(type).decodeRequest(reader)
      : { type: 'unknown', number, data: reader.rest() };
    return { kind: 'multipart_request', ...marks, body };
  },
};

function readEntries(type: MultipartType, reader: Reader): MultipartReplyBody {
  const codec = codecOf(type);
  const entries: unknown[] = [];
  while (reader.remaining > 0) {
    const start = reader.offset;
    entries.push(codec.decodeEntry(reader));
    if (reader.offset === start) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `an entry of ${type} without length`);
  }
  return { type, entries } as MultipartReplyBody;
}

export const multipartReply: MessageCodec<MultipartReply> = {
  encodeBody(message, writer) {
    const { body } = message;
    writeHead(writer, message);
    if (body.type === 'unknown') writer.raw(body.data);
    else for (const entry of body.entries) codecOf(body.type).encodeEntry(entry, writer);
  },
  decodeBody(reader) {
    const { number, type, marks } = readHead(reader);
    const body: MultipartReplyBody = type
      ? readEntries(type, reader)
      : { type: 'unknown', number, data: reader.rest() };
    return { kind: 'multipart_reply', ...marks, body };
  },
};
