// OFPMP_FLOW_STATS of OpenFlow 1.5: the counters of flows alone (OpenFlow 1.5.1 section 7.3.5).

import { takeEntry } from '../../codec/entry.ts';
import { encodeMatch } from '../../codec/match.ts';
import { decodeStats, encodeStats } from '../../codec/oxs.ts';
import { decodePaddedMatch } from '../../codec/padded-match.ts';
import { OpenFlowDecodeError } from '../../errors.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import type { Stats } from '../../flow/stats.ts';
import { durationText } from '../../text/format-duration.ts';
import { priorityAndMatch } from '../../text/format-flow.ts';
import { type FormatOptions, formatTable } from '../../text/names.ts';
import { openflow15 } from '../../wire/version.ts';
import { decodeFilter, encodeFilter, type FlowFilter, filterText } from './shared/flow-filter.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

export interface FlowStatsRequest extends FlowFilter {
  readonly type: 'flow_stats';
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

const countersLength = 8;

function countersText(counters: FlowCounters, options: FormatOptions): string {
  const { table, stats } = counters;
  const { durationSeconds, durationNanoseconds, packetCount, byteCount, idleSeconds } = stats;
  const what = priorityAndMatch(counters, options);
  return [
    ...(durationSeconds === undefined ? [] : [`duration=${durationText(durationSeconds, durationNanoseconds)}`]),
    `table=${formatTable(table, options)}`,
    ...(packetCount === undefined ? [] : [`n_packets=${packetCount}`]),
    ...(byteCount === undefined ? [] : [`n_bytes=${byteCount}`]),
    ...(idleSeconds === undefined ? [] : [`idle_age=${Math.floor(idleSeconds)}`]),
    ...(what ? [what] : []),
  ].join(', ');
}

export const flowStats: MultipartDefinition<FlowStatsRequest, FlowCounters> = {
  type: 'flow_stats',
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
  name: 'OFPST_FLOW_STATS',
  printRequest: (request, _version, options) => filterText(request, options),
  printReply: (flows, _version, options) => flows.map(flow => `\n ${countersText(flow, options)}`).join(''),
};
