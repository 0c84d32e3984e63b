// struct ofp_match: OXMs in a frame padded to 8 bytes (OpenFlow 1.5.1 section 7.2.3.1).

import { OpenFlowDecodeError } from '../errors.ts';
import type { Match, MatchField, UnknownOxm } from '../flow/match.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { readOxm, readUnknownOxm, writeOxm } from './oxm.ts';

export interface DecodedMatch {
  readonly match: Match;
  /** Present when the match has OXMs that are not in the field table. */
  readonly unknownMatch?: readonly UnknownOxm[];
}

const oxmMatchType = 1;
const none: readonly UnknownOxm[] = [];

/** Writes the OXMs of a match, without frame or padding. */
export function writeOxms(writer: Writer, match: Match, unknown: readonly UnknownOxm[] = none): void {
  let position = 0;
  let next = 0;
  for (const oxm of match) {
    for (let raw = unknown[next]; raw && raw.position <= position; raw = unknown[++next], position++)
      writer.raw(raw.bytes);
    writeOxm(writer, oxm, writer.version);
    position++;
  }
  for (; next < unknown.length; next++) writer.raw((unknown[next] as UnknownOxm).bytes);
}

export function encodeMatch(writer: Writer, match: Match, unknown?: readonly UnknownOxm[]): void {
  const start = writer.length;
  writer.u16(oxmMatchType);
  writer.u16(0);
  writeOxms(writer, match, unknown);
  writer.patchLength(start + 2, start, 'a match');
  writer.align(start, 8);
}

/** Reads OXMs to the end of the reader. */
export function readOxms(reader: Reader): DecodedMatch {
  const match: MatchField[] = [];
  let unknown: UnknownOxm[] | undefined;
  for (let position = 0; reader.remaining > 0; position++) {
    const known = readOxm(reader);
    if (known) {
      match.push(known);
    } else {
      unknown ??= [];
      unknown.push({ position, bytes: readUnknownOxm(reader) });
    }
  }
  return unknown ? { match, unknownMatch: unknown } : { match };
}

export function decodeMatch(reader: Reader): DecodedMatch {
  const start = reader.offset;
  const type = reader.u16();
  const length = reader.u16();
  if (type !== oxmMatchType) throw new OpenFlowDecodeError('OF_BAD_VALUE', `match type ${type} is not OXM`);
  if (length < 4) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `match of ${length} bytes`);
  const decoded = readOxms(reader.sub(length - 4));
  reader.align(start, 8);
  return decoded;
}
