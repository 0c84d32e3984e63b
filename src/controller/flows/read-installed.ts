// What a switch holds of ours. Flows carry our mark in their cookie; groups and meters have no cookie, so ours are those
// that our flows use, those that we have put there, those that are just what we want, and meters that are told to be ours: a process
// that ends between the flows and the meters that they use leaves these behind. Whatever else is there belongs to somebody else, also
// where it has a number that we want.

import { type MeterEntry, type SwitchConnection, sealFlow } from '../../openflow/index.ts';
import { ownedCookie, ownedCookieMask } from '../../policy/cookies.ts';
import type { Desired } from './desired.ts';
import { groupContent, type Installed, meterContent } from './installed.ts';
import { noteUses, noUses } from './sealed-parts.ts';

type Asked = Pick<SwitchConnection, 'dumpFlows' | 'groupDesc' | 'meterConfig'>;
type Keys = { has(key: string): boolean };

/** Whether a meter that no flow of ours uses is ours all the same. */
export type IsOurMeter = (meter: MeterEntry) => boolean;

export interface ReadOptions {
  readonly isOurMeter: IsOurMeter;
  /** Key of a flow that others keep, and that has our mark. */
  readonly lease?: string | undefined;
}

/** @param before what it held when it was last known */
export async function readInstalled(
  connection: Asked,
  desired: Desired,
  { isOurMeter, lease }: ReadOptions,
  before?: Installed,
): Promise<Installed> {
  const flows = new Map<string, string>();
  const used = noUses();
  for await (const flow of connection.dumpFlows({ cookie: ownedCookie, cookieMask: ownedCookieMask })) {
    const { key, content } = sealFlow(flow);
    if (key === lease) continue;
    const row = desired.flows.get(key);
    flows.set(row?.key ?? key, row?.content === content ? row.content : content);
    noteUses(used, flow);
  }
  const known = {
    groups: { has: (key: string) => used.groups.has(key) || (before?.groups.has(key) ?? false) },
    meters: { has: (key: string) => used.meters.has(key) || (before?.meters.has(key) ?? false) },
  };
  const ours = await readGroupsAndMeters(connection, desired, isOurMeter, known);
  return { flows, ...ours };
}

/** @param known those that are ours, whatever they look like */
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
    const content = meterContent(entry);
    const wanted = desired.meters.get(key);
    const isOurs = known.meters.has(key) || (wanted && meterContent(wanted) === content) || isOurMeter(entry);
    if (isOurs) meters.set(key, content);
  }
  for (const entry of await connection.groupDesc()) {
    const key = String(entry.group);
    const content = groupContent(entry);
    const wanted = desired.groups.get(key);
    if (known.groups.has(key) || (wanted && groupContent(wanted) === content)) groups.set(key, content);
  }
  return { groups, meters };
}
