// What the switch holds of ours and the state database does not account for: what would be gone if the switch followed it.

import { type CookieKind, decodeCookie } from '../../policy/cookies.ts';
import type { Desired, DesiredRows } from '../flows/desired.ts';
import type { Installed } from '../flows/installed.ts';
import { cookieOf } from '../flows/sealed-parts.ts';

export interface Unaccounted {
  /** By the kind of the object that their cookie names; `system` are the pipeline's own. */
  readonly flows: ReadonlyMap<CookieKind, number>;
  readonly groups: number;
  readonly meters: number;
  /** Conntrack zones that were given to tenants whom the state does not have, or elsewhere. */
  readonly zones: number;
}

/** What one bridge holds, and what it would hold by the state. A flow is accounted for when there is to be one in its place. */
export interface HeldBridge {
  readonly installed: Installed;
  readonly desired: Desired;
}

export function unaccountedOf(bridges: readonly HeldBridge[], zones: number): Unaccounted {
  const flows = new Map<CookieKind, number>();
  let [groups, meters] = [0, 0];
  for (const { installed, desired } of bridges) {
    for (const [key, content] of installed.flows) {
      if (desired.flows.get(key)) continue;
      const kind = decodeCookie(cookieOf(content))?.kind ?? 'system';
      flows.set(kind, (flows.get(kind) ?? 0) + 1);
    }
    groups += countBut(installed.groups.keys(), desired.groups);
    meters += countBut(installed.meters.keys(), desired.meters);
  }
  return { flows, groups, meters, zones };
}

function countBut(keys: Iterable<string>, wanted: DesiredRows<unknown>): number {
  let count = 0;
  for (const key of keys) if (wanted.get(key) === undefined) count++;
  return count;
}

export function flowsOf({ flows }: Unaccounted): number {
  return [...flows.values()].reduce((sum, count) => sum + count, 0);
}

export function isAny(unaccounted: Unaccounted): boolean {
  return flowsOf(unaccounted) + unaccounted.groups + unaccounted.meters + unaccounted.zones > 0;
}

/** A sentence. */
export function describeUnaccounted(unaccounted: Unaccounted): string {
  if (!isAny(unaccounted)) return 'the state database accounts for all that the switch holds of pointsman';
  const { flows, groups, meters, zones } = unaccounted;
  const kinds = [...flows].map(([kind, count]) => `${kind} ${count}`).join(', ');
  const count = (number: number, what: string) => (number === 0 ? [] : [`${number} ${what}${number === 1 ? '' : 's'}`]);
  const parts = [
    ...count(flowsOf(unaccounted), 'flow').map(text => `${text} (${kinds})`),
    ...count(groups, 'group'),
    ...count(meters, 'meter'),
    ...count(zones, 'conntrack zone'),
  ];
  return `the switch holds ${parts.join(', ')} that the state database does not account for; only "adopt --discard" takes them away`;
}
