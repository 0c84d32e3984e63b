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

/** Groups and meters are small; their text with sorted keys is comparison enough. There are many: no copy is made of them. */
function stable(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}n"`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  const said = Object.entries(value).filter(([, part]) => part !== undefined);
  return `{${said
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([key, part]) => `"${key}":${stable(part)}`)
    .join(',')}}`;
}
