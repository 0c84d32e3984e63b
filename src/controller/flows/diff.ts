// Desired against installed: the modifications that lead from one to the other, and nothing beyond.

import {
  type BundleMod,
  canonicalFlow,
  type FlowEntry,
  flowKey,
  type GroupEntry,
  type MeterEntry,
  sameContent,
} from '../../openflow/index.ts';

/** What a switch is known to hold of ours. Flows are canonical, by their OpenFlow identity. */
export interface Installed {
  readonly flows: Map<string, FlowEntry>;
  readonly groups: Map<number, GroupEntry>;
  readonly meters: Map<number, MeterEntry>;
}

/** One change, in the order in which a switch can take it: meters added, bundle, meters deleted. */
export interface Change {
  readonly addMeters: readonly MeterEntry[];
  readonly modifyMeters: readonly MeterEntry[];
  readonly bundle: readonly BundleMod[];
  readonly deleteMeters: readonly MeterEntry[];
}

export interface DesiredProgram {
  readonly flows: readonly FlowEntry[];
  readonly groups: readonly GroupEntry[];
  readonly meters: readonly MeterEntry[];
}

export function emptyInstalled(): Installed {
  return { flows: new Map(), groups: new Map(), meters: new Map() };
}

/** The program as a switch that took it all would hold it. */
export function installedBy(program: DesiredProgram): Installed {
  return {
    flows: new Map(program.flows.map(flow => [flowKey(flow), canonicalFlow(flow)])),
    groups: new Map(program.groups.map(group => [group.group, group])),
    meters: new Map(program.meters.map(meter => [meter.meter, meter])),
  };
}

export function diffProgram(desired: Installed, installed: Installed): Change {
  const meters = [...desired.meters.values()];
  return {
    addMeters: meters.filter(meter => !installed.meters.has(meter.meter)),
    modifyMeters: meters.filter(meter => {
      const before = installed.meters.get(meter.meter);
      return before !== undefined && !sameMeter(before, meter);
    }),
    bundle: [
      ...groupAdditions(desired, installed),
      ...flowMods(desired, installed),
      ...groupDeletions(desired, installed),
    ],
    deleteMeters: [...installed.meters.values()].filter(({ meter }) => !desired.meters.has(meter)),
  };
}

export function isEmptyChange(change: Change): boolean {
  return change.addMeters.length + change.modifyMeters.length + change.bundle.length + change.deleteMeters.length === 0;
}

function flowMods(desired: Installed, installed: Installed): BundleMod[] {
  const mods: BundleMod[] = [];
  for (const [key, flow] of installed.flows)
    if (!desired.flows.has(key)) mods.push({ kind: 'flow_mod', command: 'delete_strict', flow });
  for (const [key, flow] of desired.flows) {
    const before = installed.flows.get(key);
    if (before && sameContent(before, flow)) continue;
    // A modification keeps the counters, but cannot change the cookie (OpenFlow 1.5.1 section 6.4).
    const command = before && before.cookie === flow.cookie ? 'modify_strict' : 'add';
    mods.push({ kind: 'flow_mod', command, flow });
  }
  return mods;
}

function groupAdditions(desired: Installed, installed: Installed): BundleMod[] {
  return [...desired.groups.values()].flatMap((group): BundleMod[] => {
    const before = installed.groups.get(group.group);
    if (before === undefined) return [{ kind: 'group_mod', command: 'add', group }];
    return sameGroup(before, group) ? [] : [{ kind: 'group_mod', command: 'modify', group }];
  });
}

function groupDeletions(desired: Installed, installed: Installed): BundleMod[] {
  return [...installed.groups.values()]
    .filter(group => !desired.groups.has(group.group))
    .map(group => ({ kind: 'group_mod', command: 'delete', group }));
}

/** A switch adds bucket numbers and a selection method of its own; what was asked for is what counts. */
function sameGroup(a: GroupEntry, b: GroupEntry): boolean {
  const asked = ({ type, buckets }: GroupEntry) =>
    stable({ type, buckets: buckets.map(({ weight = 0, actions }) => ({ weight, actions })) });
  return asked(a) === asked(b);
}

function sameMeter(a: MeterEntry, b: MeterEntry): boolean {
  return stable(a) === stable(b);
}

/** Groups and meters are small; their text with sorted keys is comparison enough. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}
