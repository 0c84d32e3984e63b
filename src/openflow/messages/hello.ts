// OFPT_HELLO (OpenFlow 1.5.1 section 7.5.1; OVS lib/ofp-util.c).

import { hexDump } from '../text/hex-dump.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

export interface Hello {
  readonly kind: 'hello';
  /** Versions of the bitmap element, ascending; absent when the peer sent none: its header's version is its highest. */
  readonly versions?: readonly number[];
  /** All elements as they came, where they are other than one bitmap of just these versions. */
  readonly elements?: Uint8Array;
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

/** Without a bitmap, a peer speaks all versions up to that of its header. */
function versionsUpTo(version: number): readonly number[] {
  return Array.from({ length: Math.min(version, 31) }, (_, i) => i + 1);
}

/** A version that OVS knows no number for does not count. */
const highestBit = 31;

export const hello: MessageDefinition<Hello> = {
  kind: 'hello',
  places: [{ type: 0 }],
  encode({ versions, elements }, writer) {
    if (elements) writer.raw(elements);
    else if (versions) writeVersions(writer, versions);
  },
  decode(reader) {
    // Elements we do not know are to be ignored (section 7.5.1), but written back.
    if (reader.remaining === 0) return { kind: 'hello' };
    const versions = findVersions(new Reader(reader.bytes, undefined, reader.offset, reader.end));
    const elements = reader.rest();
    const writer = new Writer(elements.length + 16);
    if (versions) writeVersions(writer, versions);
    const usual = Buffer.compare(writer.finish(), elements) === 0;
    return { kind: 'hello', ...(versions && { versions }), ...(!usual && { elements }) };
  },
  name: 'OFPT_HELLO',
  print(message, _options, printers) {
    const named = message.versions?.filter(version => version > 0 && version <= highestBit) ?? [];
    const known = named.length > 0 ? named : versionsUpTo(message.version);
    const text = `\n version bitmap: ${known.map(version => `0x${version.toString(16).padStart(2, '0')}`).join(', ')}`;
    const strange = message.elements !== undefined || (message.versions !== undefined && named.length === 0);
    return strange ? `${text}\n unknown data in hello:\n${hexDump(printers.encode(message))}` : text;
  },
};
