// A flow as one line of `ovs-ofctl dump-flows`, without the leading space (OVS lib/ofp-flow.c).

import { canonicalInstructions } from '../flow/canonical.ts';
import type { FlowEntry } from '../flow/flow.ts';
import type { FlowStats } from '../flow/flow-stats.ts';
import { formatInstructions } from './format-actions.ts';
import { formatMatch } from './format-match.ts';
import { hexPadded } from './format-value.ts';
import { type FormatOptions, formatTable } from './names.ts';

const defaultPriority = 32768;

/** Bits of ofp_flow_mod_flags by OVS's names. */
const flagNames: readonly (readonly [bit: number, name: string])[] = [
  [1, 'send_flow_rem'],
  [2, 'check_overlap'],
  [4, 'reset_counts'],
  [8, 'no_packet_counts'],
  [16, 'no_byte_counts'],
];

/** `1.234s`: milliseconds when that is exact, more decimals when it is not. */
function duration(seconds: number): string {
  if (Number.isInteger(seconds)) return `${seconds}s`;
  const milliseconds = seconds.toFixed(3);
  return Number(milliseconds) === seconds ? `${milliseconds}s` : `${seconds.toFixed(9).replace(/0+$/, '')}s`;
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
  const head = [
    ...(stats || flow.cookie !== 0n ? [`cookie=${hexPadded(flow.cookie, 1)}, `] : []),
    ...(stats ? [`duration=${duration(stats.durationSeconds)}, `] : []),
    ...(stats || flow.table !== 0 || named ? [`table=${formatTable(flow.table, options)}, `] : []),
    ...(stats ? [`n_packets=${stats.packetCount}, n_bytes=${stats.byteCount}, `] : []),
    ...(idleTimeout ? [`idle_timeout=${idleTimeout}, `] : []),
    ...(hardTimeout ? [`hard_timeout=${hardTimeout}, `] : []),
    ...flagNames.filter(([bit]) => flags & bit).map(([, name]) => `${name} `),
    ...(stats?.importance ? [`importance=${stats.importance}, `] : []),
    ...(stats?.idleSeconds === undefined ? [] : [`idle_age=${Math.floor(stats.idleSeconds)}, `]),
  ].join('');
  const match = formatMatch(flow.match, options);
  const priority = flow.priority === defaultPriority ? [] : [`priority=${flow.priority}`];
  const what = [...priority, ...(match ? [match] : [])].join(',');
  const actions = formatInstructions(canonicalInstructions(flow.instructions), options);
  return `${head}${what}${what ? ' ' : ''}actions=${actions}`;
}
