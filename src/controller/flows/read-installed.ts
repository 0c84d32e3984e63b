// What a switch holds of ours. Flows carry our mark in their cookie; groups and meters have no cookie, so ours are those
// that our flows use, those that we have put there, those we are about to want, and meters that are told to be ours: a process that
// ends between the flows and the meters that they used leaves these behind. Whatever else is there belongs to somebody else.

import { type MeterEntry, type SwitchConnection, sealFlow } from '../../openflow/index.ts';
import { ownedCookie, ownedCookieMask } from '../../policy/cookies.ts';
import type { Desired } from './desired.ts';
import { groupContent, type Installed, meterContent } from './installed.ts';
import { noteUses, noUses } from './sealed-parts.ts';

type Asked = Pick<SwitchConnection, 'dumpFlows' | 'groupDesc' | 'meterConfig'>;
type Keys = { has(key: string): boolean };

/** Whether a meter that no flow of ours uses is ours all the same. */
export type IsOurMeter = (meter: MeterEntry) => boolean;

/** @param before what it held when it was last known */
export async function readInstalled(
  connection: Asked,
  desired: Desired,
  isOurMeter: IsOurMeter,
  before?: Installed,
): Promise<Installed> {
  const flows = new Map<string, string>();
  const used = noUses();
  for await (const flow of connection.dumpFlows({ cookie: ownedCookie, cookieMask: ownedCookieMask })) {
    // What ends by itself is renewed by whoever wants it.
    if (flow.hardTimeout) continue;
    const { key, content } = sealFlow(flow);
    const row = desired.flows.get(key);
    flows.set(row?.key ?? key, row?.content === content ? row.content : content);
    if (row?.content !== content) noteUses(used, flow);
  }
  const known = {
    groups: { has: (key: string) => used.groups.has(key) || (before?.groups.has(key) ?? false) },
    meters: { has: (key: string) => used.meters.has(key) || (before?.meters.has(key) ?? false) },
  };
  const ours = await readGroupsAndMeters(connection, desired, isOurMeter, known);
  return { flows, ...ours };
}

/** @param known those that are ours besides the desired ones */
export async function readGroupsAndMeters(
  connection: Asked,
  desired: Desired,
  isOurMeter: IsOurMeter,
  known: { readonly groups: Keys; readonly meters: Keys },
): Promise<Pick<Installed, 'groups' | 'meters'>> {
  const groups = new Map<string, string>();
  const meters = new Map<string, string>();
  for (const entry of await connection.meterConfig()) {
    const key = String(entry.meter);
    if (known.meters.has(key) || desired.meters.get(key) || isOurMeter(entry)) meters.set(key, meterContent(entry));
  }
  for (const entry of await connection.groupDesc()) {
    const key = String(entry.group);
    if (known.groups.has(key) || desired.groups.get(key)) groups.set(key, groupContent(entry));
  }
  return { groups, meters };
}
