// `Open_vSwitch.other_config`: the keys of the configuration are held, everybody else's stay.

import { pipelineNeeds } from '../../policy/ovs-settings.ts';
import type { SwitchTransaction } from './switch-draft.ts';
import { rootRow, type SwitchSource } from './switch-source.ts';

/** Reads the replica, fills the transaction. Returns the keys that get another value. */
export function planSettings(
  settings: ReadonlyMap<string, string>,
  source: SwitchSource,
  transaction: SwitchTransaction,
): readonly string[] {
  const root = rootRow(source);
  const changed = [...settings].filter(([key, value]) => root?.other_config.get(key) !== value);
  if (changed.length === 0) return [];
  if (root) transaction.setKeys('Open_vSwitch', root, 'other_config', new Map(changed));
  // The row that `ovs-vsctl init` would make. The schema allows one: of two writers, one is refused.
  else transaction.insert('Open_vSwitch', { other_config: new Map(changed), next_cfg: 1 });
  return changed.map(([key]) => key);
}

/** Settings, whoever made them, with which the pipeline does not do what it says. */
export function warningsOfSettings(settings: ReadonlyMap<string, string>, source: SwitchSource): readonly string[] {
  const inForce = new Map([...(rootRow(source)?.other_config ?? []), ...settings]);
  return [...pipelineNeeds].flatMap(([key, { value, otherwise }]) => {
    const is = inForce.get(key) ?? value;
    return is === value
      ? []
      : [`Open_vSwitch other_config:${key} is ${is}: ${otherwise}; it must be ${value}, or absent`];
  });
}
