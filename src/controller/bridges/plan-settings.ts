// `Open_vSwitch.other_config`: the keys of the configuration are held, everybody else's stay.

import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { Operation } from '../../ovsdb/index.ts';
import { holdKeys } from './operation-draft.ts';
import { rootRow, type SwitchSource } from './switch-source.ts';

export interface SettingsPlan {
  readonly operations: readonly Operation<OpenVSwitchTables>[];
  /** Keys that get another value. */
  readonly changedKeys: readonly string[];
}

export function planSettings(settings: ReadonlyMap<string, string>, source: SwitchSource): SettingsPlan {
  const root = rootRow(source);
  const changed = [...settings].filter(([key, value]) => root?.other_config.get(key) !== value);
  if (changed.length === 0) return { operations: [], changedKeys: [] };
  const changedKeys = changed.map(([key]) => key);
  if (!root) {
    // The row that `ovs-vsctl init` would make. The schema allows one: of two writers, one is refused.
    return {
      operations: [{ op: 'insert', table: 'Open_vSwitch', row: { other_config: new Map(changed) } }],
      changedKeys,
    };
  }
  return {
    operations: [
      {
        op: 'mutate',
        table: 'Open_vSwitch',
        where: [['_uuid', '==', root._uuid]],
        mutations: holdKeys('other_config', changed),
      },
    ],
    changedKeys,
  };
}
