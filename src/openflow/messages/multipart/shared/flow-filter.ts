// Which flows a request is about (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-flow.c).

import { encodeMatch } from '../../../codec/match.ts';
import { decodePaddedMatch } from '../../../codec/padded-match.ts';
import { allTables } from '../../../flow/flow.ts';
import type { Match, UnknownOxm } from '../../../flow/match.ts';
import { group as groupNumber, port as portNumber } from '../../../flow/ports.ts';
import { matchText } from '../../../text/format-match.ts';
import { type FormatOptions, formatPort, formatTable } from '../../../text/names.ts';
import type { Reader } from '../../../wire/reader.ts';
import type { Writer } from '../../../wire/writer.ts';

/** Which flows. What is absent does not restrict. */
export interface FlowFilter {
  readonly table?: number;
  readonly outPort?: number;
  readonly outGroup?: number;
  readonly cookie?: bigint;
  /** Absent: all bits, when there is a cookie. */
  readonly cookieMask?: bigint;
  /** Flows at least as specific as this. */
  readonly match?: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
}

const allCookieBits = 0xffff_ffff_ffff_ffffn;

export function encodeFilter(filter: FlowFilter, writer: Writer): void {
  writer.u8(filter.table ?? allTables);
  writer.zeros(3);
  writer.u32(filter.outPort ?? portNumber.any);
  writer.u32(filter.outGroup ?? groupNumber.any);
  writer.zeros(4);
  writer.u64(filter.cookie ?? 0n);
  writer.u64(filter.cookie === undefined ? 0n : (filter.cookieMask ?? allCookieBits));
  encodeMatch(writer, filter.match ?? [], filter.unknownMatch);
}

export function decodeFilter(reader: Reader): FlowFilter {
  const table = reader.u8();
  reader.pad(3);
  const outPort = reader.u32();
  const outGroup = reader.u32();
  reader.pad(4);
  const cookie = reader.u64();
  const cookieMask = reader.u64();
  const matched = decodePaddedMatch(reader);
  return {
    ...(table !== allTables && { table }),
    ...(outPort !== portNumber.any && { outPort }),
    ...(outGroup !== groupNumber.any && { outGroup }),
    ...((cookie !== 0n || cookieMask !== 0n) && { cookie, cookieMask }),
    ...matched,
  };
}

export function filterText(filter: FlowFilter, options: FormatOptions): string {
  const { table, outPort } = filter;
  return [
    table === undefined ? '' : ` table=${formatTable(table, options)}`,
    outPort === undefined ? '' : ` out_port=${formatPort(outPort, options)}`,
    ` ${matchText(filter, options)}`,
  ].join('');
}
