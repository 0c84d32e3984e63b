// Everything that the switch's database should get, from one look at it. Settings come first, and come also where the
// datapath is refused: it may need just them, and a restart.

import { desiredSwitch, type FlowTableNames } from '../../policy/bridges.ts';
import { chooseDatapath, type DatapathChoice } from '../../policy/datapath.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { keysThatNeedRestart } from '../../policy/ovs-settings.ts';
import { foreignBridges } from './foreign-bridge.ts';
import { planBridges } from './plan-bridges.ts';
import type { OwnershipConflict } from './plan-context.ts';
import { planSettings, warningsOfSettings } from './plan-settings.ts';
import type { SwitchTransaction } from './switch-draft.ts';
import type { SwitchHolder } from './switch-holder.ts';
import { rootRow, type SwitchSource, switchOffer } from './switch-source.ts';

export interface SwitchPlan {
  readonly datapath: DatapathChoice;
  /** Bridges of the configuration that are somebody else's: while there is one, nothing is done at all. */
  readonly foreign: readonly OwnershipConflict[];
  readonly conflicts: readonly OwnershipConflict[];
  /** What the transaction does, a line each; none: nothing to do. */
  readonly changes: readonly string[];
  /** Keys of `Open_vSwitch.other_config` that change and wait for a restart of ovs-vswitchd. */
  readonly restartFor: readonly string[];
  /** Settings that the pipeline cannot do with. */
  readonly unfit: readonly string[];
}

/** Reads the replica, fills the transaction. */
export function planSwitch(
  node: NodeConfig,
  tables: FlowTableNames,
  source: SwitchSource,
  transaction: SwitchTransaction,
  holder?: SwitchHolder,
): SwitchPlan {
  const datapath = chooseDatapath(node, switchOffer(source));
  const foreign = foreignBridges(node, source);
  const unfit = warningsOfSettings(node.otherConfig, source);
  if (foreign.length > 0) return { datapath, foreign, conflicts: [], changes: [], restartFor: [], unfit };
  const changedKeys = planSettings(node.otherConfig, source, transaction);
  const held = holder && { bridge: node.integrationBridge, by: holder };
  const bridges =
    datapath.kind === 'use'
      ? planBridges(desiredSwitch(node, datapath, tables), source, transaction, held)
      : { conflicts: [], changes: [] };
  const changes = [...changedKeys.map(key => `set ${key}=${node.otherConfig.get(key)}`), ...bridges.changes];
  const root = rootRow(source);
  // The counter that ovs-vsctl keeps too: vswitchd copies it to cur_cfg when it has caught up.
  if (root && changes.length > 0) transaction.mutate('Open_vSwitch', root, ['next_cfg', '+=', 1]);
  transaction.comment(`pointsman (${node.name}): ${changes.join('; ')}`.slice(0, 500));
  const restartFor = keysThatNeedRestart(changedKeys);
  return { datapath, foreign, conflicts: bridges.conflicts, changes, restartFor, unfit };
}
