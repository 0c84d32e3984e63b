// struct ofp_match: OXMs in a frame padded to 8 bytes (OpenFlow 1.5.1 section 7.2.3.1).

import { OpenFlowDecodeError } from '../errors.ts';
import { type Field, fieldByHeader, fieldOf } from '../flow/fields.ts';
import type { FieldValue, Match, MatchField, UnknownOxm } from '../flow/match.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { readValue, writeOxm } from './oxm.ts';

export interface DecodedMatch {
  readonly match: Match;
  /** Present when the match has OXMs that are not in the field table. */
  readonly unknownMatch?: readonly UnknownOxm[];
}

const oxmMatchType = 1;

/**
 * Whether a field stands before one it needs: the switch refuses that (OpenFlow 1.5.1 section 7.2.3.8).
 */
function isOutOfOrder(match: Match): boolean {
  let needed = 0;
  for (const { field: name } of match) {
    const field = fieldOf(name);
    if (field.provides & needed) return true;
    needed |= field.needs;
  }
  return false;
}

export function inWireOrder(match: Match): Match {
  if (!isOutOfOrder(match)) return match;
  return [...match].sort((a, b) => fieldOf(a.field).order - fieldOf(b.field).order);
}

/** Writes the OXMs of a match, without frame or padding. */
export function writeOxms(writer: Writer, match: Match, unknown: readonly UnknownOxm[] = []): void {
  const ordered = inWireOrder(match);
  let position = 0;
  let next = 0;
  for (const { field, value, mask } of ordered) {
    for (let raw = unknown[next]; raw && raw.position <= position; raw = unknown[++next], position++)
      writer.raw(raw.bytes);
    writeOxm(writer, fieldOf(field), value, mask);
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

function readKnown(reader: Reader, field: Field, masked: boolean): MatchField {
  const value: FieldValue = readValue(reader, field.bytes);
  return masked ? { field: field.name, value, mask: readValue(reader, field.bytes) } : { field: field.name, value };
}

/** Reads OXMs to the end of the reader. */
export function readOxms(reader: Reader): DecodedMatch {
  const match: MatchField[] = [];
  let unknown: UnknownOxm[] | undefined;
  for (let position = 0; reader.remaining > 0; position++) {
    const rest = reader.peekU16(2);
    const length = rest & 0xff;
    const field = fieldByHeader(reader.peekU16(0), rest >> 9);
    const masked = (rest & 0x100) !== 0;
    if (field && length === (masked ? 2 * field.bytes : field.bytes)) {
      const body = reader.sub(4 + length);
      body.skip(4);
      match.push(readKnown(body, field, masked));
    } else {
      unknown ??= [];
      unknown.push({ position, bytes: reader.copy(4 + length) });
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
