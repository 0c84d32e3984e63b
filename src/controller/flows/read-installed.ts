// What a switch holds of ours. Flows carry our mark in their cookie; groups and meters have no cookie, so ours are those
// that our flows use, and those we are about to want. Whatever else is there belongs to somebody else.

import { canonicalFlow, type FlowEntry, flowKey, type SwitchConnection } from '../../openflow/index.ts';
import { ownedCookie, ownedCookieMask } from '../../policy/cookies.ts';
import type { Installed } from './diff.ts';

export async function readInstalled(connection: SwitchConnection, desired: Installed): Promise<Installed> {
  const flows = new Map<string, FlowEntry>();
  const usedMeters = new Set(desired.meters.keys());
  const usedGroups = new Set(desired.groups.keys());
  for await (const dumped of connection.dumpFlows({ cookie: ownedCookie, cookieMask: ownedCookieMask })) {
    // What ends by itself is renewed by whoever wants it.
    if (dumped.hardTimeout) continue;
    const flow = canonicalFlow(dumped);
    flows.set(flowKey(flow), flow);
    for (const instruction of flow.instructions) {
      if (instruction.kind !== 'apply_actions') continue;
      for (const action of instruction.actions) {
        if (action.kind === 'meter') usedMeters.add(action.meter);
        if (action.kind === 'group') usedGroups.add(action.group);
      }
    }
  }
  const meters = (await connection.meterConfig()).filter(({ meter }) => usedMeters.has(meter));
  const groups = (await connection.groupDesc()).filter(({ group }) => usedGroups.has(group));
  return {
    flows,
    groups: new Map(groups.map(group => [group.group, group])),
    meters: new Map(meters.map(meter => [meter.meter, meter])),
  };
}
