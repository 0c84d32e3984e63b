// OFPMP_FLOW_DESC and OFPMP_AGGREGATE_STATS (OpenFlow 1.5.1 sections 7.3.5.2 and 7.3.5.3). OVS answers FLOW_DESC with
// the counters in OXS.

import { OpenFlowDecodeError } from '../../errors.ts';
import type { FlowStats } from '../../flow/flow-stats.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import { group as groupNumber, port as portNumber } from '../../flow/ports.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { decodeInstructions, encodeInstructions } from '../instructions.ts';
import { decodeMatch, encodeMatch } from '../match.ts';
import { decodeStats, encodeStats, type Stats } from '../oxs.ts';
import type { MultipartCodec } from './multipart-codec.ts';

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

export interface FlowDescRequest extends FlowFilter {
  readonly type: 'flow_desc';
}

export interface AggregateRequest extends FlowFilter {
  readonly type: 'aggregate_stats';
}

const allTables = 0xff;
const allCookieBits = 0xffff_ffff_ffff_ffffn;
const flowFixedLength = 24;

function encodeFilter(filter: FlowFilter, writer: Writer): void {
  writer.u8(filter.table ?? allTables);
  writer.zeros(3);
  writer.u32(filter.outPort ?? portNumber.any);
  writer.u32(filter.outGroup ?? groupNumber.any);
  writer.zeros(4);
  writer.u64(filter.cookie ?? 0n);
  writer.u64(filter.cookie === undefined ? 0n : (filter.cookieMask ?? allCookieBits));
  encodeMatch(writer, filter.match ?? [], filter.unknownMatch);
}

function decodeFilter(reader: Reader): FlowFilter {
  const table = reader.u8();
  reader.pad(3);
  const outPort = reader.u32();
  const outGroup = reader.u32();
  reader.pad(4);
  const cookie = reader.u64();
  const cookieMask = reader.u64();
  const matched = decodeMatch(reader);
  return {
    ...(table !== allTables && { table }),
    ...(outPort !== portNumber.any && { outPort }),
    ...(outGroup !== groupNumber.any && { outGroup }),
    ...(cookieMask !== 0n && { cookie, cookieMask }),
    ...matched,
  };
}

export const flowDesc: MultipartCodec<FlowDescRequest, FlowStats> = {
  places: [{ type: 1 }],
  encodeRequest: encodeFilter,
  decodeRequest: reader => ({ type: 'flow_desc', ...decodeFilter(reader) }),
  encodeEntry(flow, writer) {
    const start = writer.length;
    writer.u16(0);
    writer.zeros(2);
    writer.u8(flow.table);
    writer.zeros(1);
    writer.u16(flow.priority);
    writer.u16(flow.idleTimeout ?? 0);
    writer.u16(flow.hardTimeout ?? 0);
    writer.u16(flow.flags ?? 0);
    writer.u16(flow.importance ?? 0);
    writer.u64(flow.cookie);
    encodeMatch(writer, flow.match, flow.unknownMatch);
    const { durationSeconds, idleSeconds, packetCount, byteCount } = flow;
    encodeStats(writer, {
      durationSeconds,
      ...(idleSeconds !== undefined && { idleSeconds }),
      packetCount,
      byteCount,
    });
    encodeInstructions(writer, flow.instructions);
    writer.patchLength(start, start, 'a flow description');
  },
  decodeEntry(outer) {
    const length = outer.peekU16(0);
    if (length < flowFixedLength) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `flow of ${length} bytes`);
    const reader = outer.sub(length);
    reader.skip(2);
    reader.pad(2);
    const table = reader.u8();
    reader.pad(1);
    const priority = reader.u16();
    const idleTimeout = reader.u16();
    const hardTimeout = reader.u16();
    const flags = reader.u16();
    const importance = reader.u16();
    const cookie = reader.u64();
    const matched = decodeMatch(reader);
    const stats = decodeStats(reader);
    return {
      table,
      priority,
      cookie,
      ...matched,
      instructions: decodeInstructions(reader),
      ...(idleTimeout !== 0 && { idleTimeout }),
      ...(hardTimeout !== 0 && { hardTimeout }),
      ...(flags !== 0 && { flags }),
      ...(importance !== 0 && { importance }),
      packetCount: stats.packetCount ?? 0n,
      byteCount: stats.byteCount ?? 0n,
      durationSeconds: stats.durationSeconds ?? 0,
      ...(stats.idleSeconds !== undefined && { idleSeconds: stats.idleSeconds }),
    };
  },
};

export const aggregateStats: MultipartCodec<AggregateRequest, Stats> = {
  places: [{ type: 2 }],
  encodeRequest: encodeFilter,
  decodeRequest: reader => ({ type: 'aggregate_stats', ...decodeFilter(reader) }),
  encodeEntry: (entry, writer) => encodeStats(writer, entry),
  decodeEntry: decodeStats,
};
