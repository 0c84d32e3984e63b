// OFPT_HELLO, OFPT_ECHO_*, OFPT_EXPERIMENTER and OFPT_BARRIER_* (OpenFlow 1.5.1 sections 7.5 and 7.3.7).

import { Reader } from '../../wire/reader.ts';
import { Writer } from '../../wire/writer.ts';
import type { MessageCodec } from '../message-codec.ts';

export interface Hello {
  readonly kind: 'hello';
  /** Versions of the bitmap element, ascending; absent when the peer sent none: its header's version is its highest. */
  readonly versions?: readonly number[];
  /** All elements as they came, where they are other than one bitmap of just these versions. */
  readonly elements?: Uint8Array;
}

export interface Echo<Kind extends 'echo_request' | 'echo_reply'> {
  readonly kind: Kind;
  /** The reply carries what the request carried. */
  readonly data: Uint8Array;
}

/** A vendor's message that has no kind of its own here. */
export interface Experimenter {
  readonly kind: 'experimenter';
  readonly experimenter: number;
  /** The vendor's own; absent in a message too short to have one. */
  readonly type?: number;
  readonly data: Uint8Array;
}

export interface Empty<Kind extends string> {
  readonly kind: Kind;
}

const versionBitmap = 1;

function writeBitmap(writer: Writer, versions: readonly number[]): void {
  const words = Math.floor(Math.max(0, ...versions) / 32) + 1;
  const bitmap = new Uint32Array(words);
  for (const version of versions) bitmap[version >> 5] = (bitmap[version >> 5] ?? 0) | (1 << (version & 31));
  writer.u16(versionBitmap);
  writer.u16(4 + 4 * words);
  for (const word of bitmap) writer.u32(word);
}

function readBitmap(reader: Reader): readonly number[] {
  const versions: number[] = [];
  for (let base = 0; reader.remaining >= 4; base += 32) {
    const word = reader.u32();
    for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) versions.push(base + bit);
  }
  return versions;
}

function writeVersions(writer: Writer, versions: readonly number[]): void {
  const start = writer.length;
  writeBitmap(writer, versions);
  writer.align(start, 8);
}

/** The versions of the first bitmap; a tail too short to be an element ends the search. */
function findVersions(reader: Reader): readonly number[] | undefined {
  while (reader.remaining >= 4) {
    const start = reader.offset;
    const type = reader.u16();
    const length = reader.u16();
    if (length < 4 || length - 4 > reader.remaining) return undefined;
    const element = reader.sub(length - 4);
    reader.skip(Math.min(-(reader.offset - start) & 7, reader.remaining));
    if (type === versionBitmap) return readBitmap(element);
  }
  return undefined;
}

export const hello: MessageCodec<Hello> = {
  encodeBody({ versions, elements }, writer) {
    if (elements) writer.raw(elements);
    else if (versions) writeVersions(writer, versions);
  },
  decodeBody(reader) {
    // Elements we do not know are to be ignored (section 7.5.1), but written back.
    if (reader.remaining === 0) return { kind: 'hello' };
    const versions = findVersions(new Reader(reader.bytes, undefined, reader.offset, reader.end));
    const elements = reader.rest();
    const writer = new Writer(elements.length + 16);
    if (versions) writeVersions(writer, versions);
    const usual = Buffer.compare(writer.finish(), elements) === 0;
    return { kind: 'hello', ...(versions && { versions }), ...(!usual && { elements }) };
  },
};

export function echo<Kind extends 'echo_request' | 'echo_reply'>(kind: Kind): MessageCodec<Echo<Kind>> {
  return {
    encodeBody: (body, writer) => writer.raw(body.data),
    decodeBody: reader => ({ kind, data: reader.rest() }),
  };
}

export const experimenter: MessageCodec<Experimenter> = {
  encodeBody(body, writer) {
    writer.u32(body.experimenter);
    if (body.type !== undefined) writer.u32(body.type);
    writer.raw(body.data);
  },
  decodeBody(reader) {
    const experimenter = reader.u32();
    const type = reader.remaining >= 4 ? reader.u32() : undefined;
    return { kind: 'experimenter', experimenter, ...(type !== undefined && { type }), data: reader.rest() };
  },
};

/** A message that is only its header. */
export function empty<Kind extends string>(kind: Kind): MessageCodec<Empty<Kind>> {
  return { encodeBody: () => {}, decodeBody: () => ({ kind }) };
}
