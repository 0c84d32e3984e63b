// OFPMP_FLOW_DESC, OFPMP_FLOW_STATS and OFPMP_AGGREGATE_STATS (OVS lib/ofp-flow.c).

import type {
  AggregateRequest,
  FlowCounters,
  FlowDescRequest,
  FlowFilter,
  FlowStatsRequest,
} from '../../codec/multipart/flow-stats.ts';
import type { FlowStats } from '../../flow/flow-stats.ts';
import type { Stats } from '../../flow/stats.ts';
import { durationText } from '../format-duration.ts';
import { formatFlow, priorityAndMatch } from '../format-flow.ts';
import { matchText } from '../format-match.ts';
import { type FormatOptions, formatPort, formatTable } from '../names.ts';
import { unknownCount } from '../unknown.ts';
import type { MultipartPrinter } from './multipart-printer.ts';

const unknownFlowCount = 0xffffffff;

function filterText(filter: FlowFilter, options: FormatOptions): string {
  const { table, outPort } = filter;
  return [
    table === undefined ? '' : ` table=${formatTable(table, options)}`,
    outPort === undefined ? '' : ` out_port=${formatPort(outPort, options)}`,
    ` ${matchText(filter, options)}`,
  ].join('');
}

export const flowDesc: MultipartPrinter<FlowDescRequest, FlowStats> = {
  name: 'OFPST_FLOW',
  request: (request, _version, options) => filterText(request, options),
  reply: (flows, _version, options) =>
    flows.map(flow => `\n ${formatFlow(flow, { ...options, stats: true })}`).join(''),
};

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

/** ovs-ofctl 3.1.0 does not know these; they read like a dump without actions. */
export const flowStats: MultipartPrinter<FlowStatsRequest, FlowCounters> = {
  name: 'OFPST_FLOW_STATS',
  request: (request, _version, options) => filterText(request, options),
  reply: (flows, _version, options) => flows.map(flow => `\n ${countersText(flow, options)}`).join(''),
};

function aggregateText({ packetCount, byteCount, flowCount }: Stats): string {
  const counts = ` packet_count=${packetCount ?? unknownCount} byte_count=${byteCount ?? unknownCount}`;
  return `${counts} flow_count=${flowCount ?? unknownFlowCount}`;
}

export const aggregateStats: MultipartPrinter<AggregateRequest, Stats> = {
  name: 'OFPST_AGGREGATE',
  request: (request, _version, options) => filterText(request, options),
  reply: entries => entries.map(aggregateText).join(''),
};
