// OFPMP_FLOW_DESC (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-flow.c). OpenFlow 1.3 and 1.4 (1.3.5 section 7.3.5) call it
// OFPMP_FLOW and have the counters in fixed fields, 1.5 has them in OXS.

import type { Mutable } from '../../../lib/mutable.ts';
import { readLasted, writeDuration } from '../../codec/duration.ts';
import { takeEntry } from '../../codec/entry.ts';
import { decodeInstructions, encodeInstructions } from '../../codec/instructions.ts';
import { encodeMatch } from '../../codec/match.ts';
import { decodeStats, encodeStats, statsIn } from '../../codec/oxs.ts';
import { decodePaddedMatch } from '../../codec/padded-match.ts';
import type { FlowStats } from '../../flow/flow-stats.ts';
import { formatFlow } from '../../text/format-flow.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow14, openflow15 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { decodeFilter, encodeFilter, type FlowFilter, filterText } from './shared/flow-filter.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

export interface FlowDescRequest extends FlowFilter {
  readonly type: 'flow_desc';
}

const fixedLength = 48;

const describedLength = 24;

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

export const flowDesc: MultipartDefinition<FlowDescRequest, FlowStats> = {
  type: 'flow_desc',
  places: [{ type: 1 }],
  encodeRequest: encodeFilter,
  decodeRequest: reader => ({ type: 'flow_desc', ...decodeFilter(reader) }),
  encodeEntry(flow, writer) {
    if (writer.version >= openflow15) encodeDescribedFlow(flow, writer);
    else encodeFixedFlow(flow, writer);
  },
  decodeEntry: reader => (reader.version >= openflow15 ? decodeDescribedFlow(reader) : decodeFixedFlow(reader)),
  name: 'OFPST_FLOW',
  printRequest: (request, _version, options) => filterText(request, options),
  printReply: (flows, _version, options) =>
    flows.map(flow => `\n ${formatFlow(flow, { ...options, stats: true })}`).join(''),
};
