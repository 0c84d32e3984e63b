// A flow as one line of `ovs-ofctl dump-flows`, without the leading space (OVS lib/ofp-flow.c).

import { canonicalInstructions } from '../flow/canonical.ts';
import { defaultPriority, type FlowEntry } from '../flow/flow.ts';
import type { FlowStats } from '../flow/flow-stats.ts';
import { flowFlagsText } from './flow-flags.ts';
import { formatInstructions } from './format-actions.ts';
import { durationText } from './format-duration.ts';
import { matchText } from './format-match.ts';
import { hexPadded } from './format-value.ts';
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
  return [...(priority === defaultPriority ? [] : [`priority=${priority}`]), ...(text ? [text] : [])].join(',');
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
  const head = [
    ...(stats || flow.cookie !== 0n ? [`cookie=${hexPadded(flow.cookie, 1)}, `] : []),
    ...(stats ? [`duration=${ageText(stats)}, `] : []),
    ...(stats || flow.table !== 0 || named ? [`table=${formatTable(flow.table, options)}, `] : []),
    ...(stats ? [`n_packets=${countText(stats, 'packetCount')}, n_bytes=${countText(stats, 'byteCount')}, `] : []),
    ...(idleTimeout ? [`idle_timeout=${idleTimeout}, `] : []),
    ...(hardTimeout ? [`hard_timeout=${hardTimeout}, `] : []),
    flowFlagsText(flags),
    ...(stats?.importance ? [`importance=${stats.importance}, `] : []),
    ...(idle === undefined || idle > mostIdle ? [] : [`idle_age=${idle}, `]),
  ].join('');
  const what = priorityAndMatch(flow, options);
  const actions = formatInstructions(canonicalInstructions(flow.instructions), options);
  return `${head}${what}${what ? ' ' : ''}actions=${actions}`;
}
