// OFPT_MULTIPART_REQUEST and OFPT_MULTIPART_REPLY, and the table of what they carry. To add a type: a codec, a row.

import type { Reader } from '../../wire/reader.ts';
import type { MessageCodec } from '../message-codec.ts';
import { aggregateStats, flowDesc } from './flow-stats.ts';
import { groupDesc, meterDesc, meterStats } from './groups-and-meters.ts';
import type { MultipartCodec } from './multipart-codec.ts';
import { desc, portDesc, tableStats } from './switch-desc.ts';

const codecs = {
  desc,
  flow_desc: flowDesc,
  aggregate_stats: aggregateStats,
  table_stats: tableStats,
  group_desc: groupDesc,
  meter_stats: meterStats,
  meter_desc: meterDesc,
  port_desc: portDesc,
};

type Codecs = typeof codecs;
export type MultipartType = keyof Codecs;

type RequestOf<T extends MultipartType> = Codecs[T] extends MultipartCodec<infer Request, infer _> ? Request : never;

/** What one entry of a reply of type T is. */
export type MultipartEntry<T extends MultipartType> =
  Codecs[T] extends MultipartCodec<infer _, infer Entry> ? Entry : never;

/** A type that is not in the table. */
export interface UnknownMultipart {
  readonly type: 'unknown';
  readonly number: number;
  readonly data: Uint8Array;
}

export type MultipartRequestBody = { [T in MultipartType]: RequestOf<T> }[MultipartType] | UnknownMultipart;

export type MultipartReplyBody =
  | {
      [T in MultipartType]: { readonly type: T; readonly entries: readonly MultipartEntry<T>[] };
    }[MultipartType]
  | UnknownMultipart;

export interface MultipartRequest {
  readonly kind: 'multipart_request';
  readonly more?: boolean;
  readonly body: MultipartRequestBody;
}

/** One part of a reply: more follow, with the same xid, while `more` is set. */
export interface MultipartReply {
  readonly kind: 'multipart_reply';
  readonly more?: boolean;
  readonly body: MultipartReplyBody;
}

const moreFlag = 1;

type AnyCodec = MultipartCodec<MultipartRequestBody, unknown>;

const names = Object.keys(codecs) as readonly MultipartType[];
const byNumber = new Map<number, MultipartType>(names.map(name => [codecs[name].number, name]));

function codecOf(type: MultipartType): AnyCodec {
  return codecs[type] as AnyCodec;
}

export const multipartRequest: MessageCodec<MultipartRequest> = {
  encodeBody({ more, body }, writer) {
    writer.u16(body.type === 'unknown' ? body.number : codecOf(body.type).number);
    writer.u16(more ? moreFlag : 0);
    writer.zeros(4);
    if (body.type === 'unknown') writer.raw(body.data);
    else codecOf(body.type).encodeRequest(body, writer);
  },
  decodeBody(reader) {
    const number = reader.u16();
    const more = (reader.u16() & moreFlag) !== 0;
    reader.skip(4);
    const type = byNumber.get(number);
    const body: MultipartRequestBody = type
      ? codecOf(type).decodeRequest(reader)
      : { type: 'unknown', number, data: reader.rest() };
    return { kind: 'multipart_request', ...(more && { more }), body };
  },
};

function readEntries(type: MultipartType, reader: Reader): MultipartReplyBody {
  const codec = codecOf(type);
  const entries: unknown[] = [];
  while (reader.remaining > 0) entries.push(codec.decodeEntry(reader));
  return { type, entries } as MultipartReplyBody;
}

export const multipartReply: MessageCodec<MultipartReply> = {
  encodeBody({ more, body }, writer) {
    writer.u16(body.type === 'unknown' ? body.number : codecOf(body.type).number);
    writer.u16(more ? moreFlag : 0);
    writer.zeros(4);
    if (body.type === 'unknown') writer.raw(body.data);
    else for (const entry of body.entries) codecOf(body.type).encodeEntry(entry, writer);
  },
  decodeBody(reader) {
    const number = reader.u16();
    const more = (reader.u16() & moreFlag) !== 0;
    reader.skip(4);
    const type = byNumber.get(number);
    const body: MultipartReplyBody = type
      ? readEntries(type, reader)
      : { type: 'unknown', number, data: reader.rest() };
    return { kind: 'multipart_reply', ...(more && { more }), body };
  },
};
