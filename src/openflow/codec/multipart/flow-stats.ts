// OFPMP_FLOW_DESC, OFPMP_FLOW_STATS and OFPMP_AGGREGATE_STATS (OpenFlow 1.5.1 section 7.3.5). OpenFlow
// 1.3 and 1.4 (1.3.5 section 7.3.5) have the counters in fixed fields, 1.5 has them in OXS.

import type { Mutable } from '../../../lib/mutable.ts';
import { OpenFlowDecodeError } from '../../errors.ts';
import { allTables } from '../../flow/flow.ts';
import type { FlowStats } from '../../flow/flow-stats.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import { group as groupNumber, port as portNumber } from '../../flow/ports.ts';
import type { Stats } from '../../flow/stats.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow14, openflow15 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { readLasted, writeDuration } from '../duration.ts';
import { takeEntry } from '../entry.ts';
import { decodeInstructions, encodeInstructions } from '../instructions.ts';
import { encodeMatch } from '../match.ts';
import { decodeStats, encodeStats, statsIn } from '../oxs.ts';
import { decodePaddedMatch } from '../padded-match.ts';
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

export interface FlowStatsRequest extends FlowFilter {
  readonly type: 'flow_stats';
}

export interface AggregateRequest extends FlowFilter {
  readonly type: 'aggregate_stats';
}

/** What OFPMP_FLOW_STATS of OpenFlow 1.5 says of a flow: what finds it, and its statistics. */
export interface FlowCounters {
  readonly table: number;
  /** OFPFSR_*: 0 for an answer, 1 where the switch sends of its own (a statistics trigger). */
  readonly reason: number;
  readonly priority: number;
  readonly match: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
  readonly stats: Stats;
}

const allCookieBits = 0xffff_ffff_ffff_ffffn;
const fixedLength = 48;

const describedLength = 24;
const countersLength = 8;

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
  const matched = decodePaddedMatch(reader);
  return {
    ...(table !== allTables && { table }),
    ...(outPort !== portNumber.any && { outPort }),
    ...(outGroup !== groupNumber.any && { outGroup }),
    ...((cookie !== 0n || cookieMask !== 0n) && { cookie, cookieMask }),
    ...matched,
  };
}

/** ofp_flow_stats of OpenFlow 1.3 and 1.4. */
function encodeFixedFlow(flow: FlowStats, writer: Writer): void {
  const start = writer.length;
  writer.u16(0);
  writer.u8(flow.table);
  writer.zeros(1);
  writeDuration(writer, flow.durationSeconds, flow.durationNanoseconds);
  writer.u16(flow.priority);
  writer.u16(flow.idleTimeout ?? 0);
  writer.u16(flow.hardTimeout ?? 0);
  writer.u16(flow.flags ?? 0);
  writer.u16(writer.version >= openflow14 ? (flow.importance ?? 0) : 0);
  writer.zeros(2);
  writer.u64(flow.cookie);
  writer.u64(flow.packetCount);
  writer.u64(flow.byteCount);
  encodeMatch(writer, flow.match, flow.unknownMatch);
  encodeInstructions(writer, flow.instructions);
  writer.patchLength(start, start, 'a flow description');
}

function decodeFixedFlow(outer: Reader): FlowStats {
  const reader = takeEntry(outer, fixedLength, 'flow');
  reader.skip(2);
  const table = reader.u8();
  reader.pad(1);
  const lasted = readLasted(reader);
  const priority = reader.u16();
  const idleTimeout = reader.u16();
  const hardTimeout = reader.u16();
  const flags = reader.u16();
  const importance = reader.version >= openflow14 ? reader.u16() : reader.pad(2);
  reader.pad(2);
  const cookie = reader.u64();
  const packetCount = reader.u64();
  const byteCount = reader.u64();
  const matched = decodePaddedMatch(reader);
  return {
    table,
    priority,
    cookie,
    ...matched,
    instructions: decodeInstructions(reader),
    ...(idleTimeout !== 0 && { idleTimeout }),
    ...(hardTimeout !== 0 && { hardTimeout }),
    ...(flags !== 0 && { flags }),
    ...(importance && { importance }),
    packetCount,
    byteCount,
    ...lasted,
  };
}

/** ofp_flow_desc of OpenFlow 1.5. */
function encodeDescribedFlow(flow: FlowStats, writer: Writer): void {
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
  encodeStats(writer, flow);
  encodeInstructions(writer, flow.instructions);
  writer.patchLength(start, start, 'a flow description');
}

function decodeDescribedFlow(outer: Reader): FlowStats {
  const reader = takeEntry(outer, describedLength, 'flow');
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
  const matched = decodePaddedMatch(reader);
  const stats = decodeStats(reader);
  // A flow has these three whatever the switch says; the order keeps what it did say.
  const lacks = stats.durationSeconds === undefined || stats.packetCount === undefined || stats.byteCount === undefined;
  // Field by field, without spreading: this runs for every flow of a dump.
  const flow: Mutable<FlowStats> = {
    table,
    priority,
    cookie,
    match: matched.match,
    instructions: decodeInstructions(reader),
    durationSeconds: stats.durationSeconds ?? 0,
    packetCount: stats.packetCount ?? 0n,
    byteCount: stats.byteCount ?? 0n,
  };
  if (matched.unknownMatch) flow.unknownMatch = matched.unknownMatch;
  if (idleTimeout !== 0) flow.idleTimeout = idleTimeout;
  if (hardTimeout !== 0) flow.hardTimeout = hardTimeout;
  if (flags !== 0) flow.flags = flags;
  if (importance !== 0) flow.importance = importance;
  if (stats.idleSeconds !== undefined) flow.idleSeconds = stats.idleSeconds;
  if (stats.idleNanoseconds !== undefined) flow.idleNanoseconds = stats.idleNanoseconds;
  if (stats.durationNanoseconds !== undefined) flow.durationNanoseconds = stats.durationNanoseconds;
  if (stats.flowCount !== undefined) flow.flowCount = stats.flowCount;
  const order = lacks ? (stats.statsOrder ?? statsIn(stats)) : stats.statsOrder;
  if (order) flow.statsOrder = order;
  return flow;
}

export const flowDesc: MultipartCodec<FlowDescRequest, FlowStats> = {
  places: [{ type: 1 }],
  encodeRequest: encodeFilter,
  decodeRequest: reader => ({ type: 'flow_desc', ...decodeFilter(reader) }),
  encodeEntry(flow, writer) {
    if (writer.version >= openflow15) encodeDescribedFlow(flow, writer);
    else encodeFixedFlow(flow, writer);
  },
  decodeEntry: reader => (reader.version >= openflow15 ? decodeDescribedFlow(reader) : decodeFixedFlow(reader)),
};

export const flowStats: MultipartCodec<FlowStatsRequest, FlowCounters> = {
  places: [{ type: 17, since: openflow15 }],
  encodeRequest: encodeFilter,
  decodeRequest: reader => ({ type: 'flow_stats', ...decodeFilter(reader) }),
  encodeEntry(flow, writer) {
    const start = writer.length;
    writer.u16(0);
    writer.zeros(2);
    writer.u8(flow.table);
    writer.u8(flow.reason);
    writer.u16(flow.priority);
    encodeMatch(writer, flow.match, flow.unknownMatch);
    encodeStats(writer, flow.stats);
    writer.patchLength(start, start, 'the statistics of a flow');
  },
  decodeEntry(outer) {
    const reader = takeEntry(outer, countersLength, 'flow statistics');
    reader.skip(2);
    reader.pad(2);
    const table = reader.u8();
    const reason = reader.u8();
    const priority = reader.u16();
    const matched = decodePaddedMatch(reader);
    const stats = decodeStats(reader);
    if (reader.remaining > 0) {
      throw new OpenFlowDecodeError('OF_BAD_LENGTH', `${reader.remaining} bytes behind the statistics of a flow`);
    }
    return { table, reason, priority, ...matched, stats };
  },
};

export const aggregateStats: MultipartCodec<AggregateRequest, Stats> = {
  places: [{ type: 2 }],
  encodeRequest: encodeFilter,
  decodeRequest: reader => ({ type: 'aggregate_stats', ...decodeFilter(reader) }),
  encodeEntry(entry, writer) {
    if (writer.version >= openflow15) {
      encodeStats(writer, entry);
      return;
    }
    writer.u64(entry.packetCount ?? 0n);
    writer.u64(entry.byteCount ?? 0n);
    writer.u32(entry.flowCount ?? 0);
    writer.zeros(4);
  },
  decodeEntry(reader) {
    if (reader.version >= openflow15) return decodeStats(reader);
    const packetCount = reader.u64();
    const byteCount = reader.u64();
    const flowCount = reader.u32();
    reader.pad(4);
    return { packetCount, byteCount, flowCount };
  },
};
