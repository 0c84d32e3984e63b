// A flow as one line of `ovs-ofctl dump-flows`, without the leading space (OVS lib/ofp-flow.c).

import { canonicalInstructions } from '../flow/canonical.ts';
import { defaultPriority, type FlowEntry } from '../flow/flow.ts';
import type { FlowStats } from '../flow/flow-stats.ts';
import { flowFlagsText } from './flow-flags.ts';
import { durationText } from './format-duration.ts';
import { matchText } from './format-match.ts';
import { formatInstructions } from './instructions.ts';
import { type FormatOptions, formatTable } from './names.ts';
import { unknownCount, unknownSeconds } from './unknown.ts';

/** An idle time of more is no idle time to ovs-ofctl. */
const mostIdle = 0x7fffffff;

/** Priority, unless it is the default, and match. */
export function priorityAndMatch(
  entry: Pick<FlowEntry, 'priority' | 'match' | 'unknownMatch'>,
  options: FormatOptions,
): string {
  const { priority } = entry;
  const text = matchText(entry, options);
  if (priority === defaultPriority) return text;
  return text === '' ? `priority=${priority}` : `priority=${priority},${text}`;
}

/** A switch that does not count says all ones, or in OpenFlow 1.5 nothing. */
function countText(stats: FlowStats, name: 'packetCount' | 'byteCount'): string {
  const isKnown = stats[name] !== unknownCount && (stats.statsOrder?.includes(name) ?? true);
  return isKnown ? String(stats[name]) : '?';
}

/** A switch that does not say how long a flow has been there: ovs-ofctl shows all ones. */
function ageText({ statsOrder, durationSeconds, durationNanoseconds }: FlowStats): string {
  const isKnown = statsOrder?.includes('durationSeconds') ?? true;
  return isKnown ? durationText(durationSeconds, durationNanoseconds) : durationText(unknownSeconds, unknownSeconds);
}

function isStats(flow: FlowEntry): flow is FlowStats {
  return 'packetCount' in flow;
}

/**
 * The line that `ovs-ofctl -O OpenFlow15 dump-flows --no-stats` prints for this flow once it is installed; with
 * `stats`, for a dumped flow, the line with counters.
 */
export function formatFlow(flow: FlowEntry, options: FormatOptions & { readonly stats?: boolean } = {}): string {
  const stats = options.stats && isStats(flow) ? flow : undefined;
  const named = options.tableName?.(flow.table) !== undefined;
  const { idleTimeout, hardTimeout, flags = 0 } = flow;
  const idle = stats?.idleSeconds === undefined ? undefined : Math.floor(stats.idleSeconds);
  let head = '';
  if (stats || flow.cookie !== 0n) head += `cookie=0x${flow.cookie.toString(16)}, `;
  if (stats) head += `duration=${ageText(stats)}, `;
  if (stats || flow.table !== 0 || named) head += `table=${formatTable(flow.table, options)}, `;
  if (stats) head += `n_packets=${countText(stats, 'packetCount')}, n_bytes=${countText(stats, 'byteCount')}, `;
  if (idleTimeout) head += `idle_timeout=${idleTimeout}, `;
  if (hardTimeout) head += `hard_timeout=${hardTimeout}, `;
  head += flowFlagsText(flags);
  if (stats?.importance) head += `importance=${stats.importance}, `;
  if (idle !== undefined && idle <= mostIdle) head += `idle_age=${idle}, `;
  const what = priorityAndMatch(flow, options);
  const actions = formatInstructions(canonicalInstructions(flow.instructions), options);
  return `${head}${what}${what ? ' ' : ''}actions=${actions}`;
}
