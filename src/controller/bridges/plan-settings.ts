// `Open_vSwitch.other_config`: the keys of the configuration are held, everybody else's stay.

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
