// Everything that the switch's database should get, from one look at it. Settings come first and come always: a switch
// that is refused today may need just them, and a restart.

import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { Operation } from '../../ovsdb/index.ts';
import { desiredSwitch, type FlowTableNames } from '../../policy/bridges.ts';
import { chooseDatapath, type DatapathChoice } from '../../policy/datapath.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { keysThatNeedRestart } from '../../policy/ovs-settings.ts';
import { planBridges } from './plan-bridges.ts';
import type { OwnershipConflict } from './plan-context.ts';
import { planSettings } from './plan-settings.ts';
import { type SwitchSource, switchOffer } from './switch-source.ts';

export interface SwitchPlan {
  /** None: nothing to do. */
  readonly operations: readonly Operation<OpenVSwitchTables>[];
  readonly datapath: DatapathChoice;
  readonly conflicts: readonly OwnershipConflict[];
  /** What the operations do, a line each. */
  readonly changes: readonly string[];
  /** Keys of `Open_vSwitch.other_config` that change and wait for a restart of ovs-vswitchd. */
  readonly restartFor: readonly string[];
}

/** Pure: reads the replica, writes nothing. */
export function planSwitch(node: NodeConfig, tables: FlowTableNames, source: SwitchSource): SwitchPlan {
  const datapath = chooseDatapath(node, switchOffer(source));
  const settings = planSettings(node.otherConfig, source);
  const bridges =
    datapath.kind === 'use'
      ? planBridges(desiredSwitch(node, datapath, tables), source)
      : { operations: [], conflicts: [], changes: [] };
  return {
    operations: [...settings.operations, ...bridges.operations],
    datapath,
    conflicts: bridges.conflicts,
    changes: [...settings.changedKeys.map(key => `set ${key}=${node.otherConfig.get(key)}`), ...bridges.changes],
    restartFor: keysThatNeedRestart(settings.changedKeys),
  };
}
