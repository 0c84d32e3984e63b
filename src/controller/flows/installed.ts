// What a switch is known to hold of ours, in a form to compare: of a flow the two strings of its sealed form, of a group or a
// meter what was asked for.

import type { GroupEntry, MeterEntry } from '../../openflow/index.ts';

/** Each by its key. The strings of flows are those of the desired rows, where these say the same. */
export interface Installed {
  readonly flows: Map<string, string>;
  readonly groups: Map<string, string>;
  readonly meters: Map<string, string>;
}

/** A switch adds bucket numbers and a selection method of its own; what was asked for is what counts. */
export function groupContent({ type, buckets }: GroupEntry): string {
  return stable({ type, buckets: buckets.map(({ weight = 0, actions }) => ({ weight, actions })) });
}

export function meterContent(meter: MeterEntry): string {
  return stable(meter);
}

/** Groups and meters are small; their text with sorted keys is comparison enough. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}
