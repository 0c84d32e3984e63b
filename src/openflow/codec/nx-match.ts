// The nx_match of Nicira's messages: OXMs without a frame, padded to 8 bytes; their length stands somewhere before them
// (OVS include/openflow/nicira-ext.h).

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { type DecodedMatch, readOxms, writeOxms } from './match.ts';

/** Writes the OXMs and their padding, and their length into the u16 at `lengthAt`. */
export function writeNxMatch(writer: Writer, lengthAt: number, { match, unknownMatch }: DecodedMatch): void {
  const start = writer.length;
  writeOxms(writer, match, unknownMatch);
  writer.patchLength(lengthAt, start, 'a match');
  writer.align(start, 8);
}

/** Reads OXMs of `length` bytes and their padding, which must be there. */
export function readNxMatch(reader: Reader, length: number): DecodedMatch {
  const matched = readOxms(reader.sub(length));
  reader.pad((8 - (length % 8)) % 8);
  return matched;
}
