// Errors of ports that work, as far as one sees. vswitchd writes what it finds of a patch port in a transaction of its own
// (vswitchd/bridge.c, run_status_update): one that overtakes the answer to the next configuration leaves "no usable peer" on
// a port that has its peer again, and nothing looks at it anew before somebody changes the configuration.

import type { NodeConfig } from '../../policy/node.ts';
import { interfaceStates } from './observe-ports.ts';
import type { SwitchDatabase } from './reconcile-switch.ts';
import { rootRow, type SwitchSource } from './switch-source.ts';

/** A line for each of our ports that has its number and an error all the same; none while vswitchd has yet to catch up. */
export function doubtfulErrors(node: Pick<NodeConfig, 'name'>, source: SwitchSource): readonly string[] {
  const root = rootRow(source);
  if (root === undefined || root.cur_cfg !== root.next_cfg) return [];
  return interfaceStates(node, source).flatMap(({ name, ofport, error }) =>
    ofport !== undefined && error !== undefined ? [`${name}: ${error}`] : [],
  );
}

/**
 * Makes vswitchd go through its configuration: it clears all errors, and writes anew those that stand.
 * @throws as `OvsdbClient.commit`
 */
export async function askAgain(database: SwitchDatabase, lock: string): Promise<void> {
  const root = rootRow(database);
  if (!root) return;
  const transaction = database.transaction();
  transaction.assertLock(lock);
  transaction.mutate('Open_vSwitch', root, ['next_cfg', '+=', 1]);
  // When it does not hold, the errors stay as they are and are asked about at the next occasion.
  await database.commit(transaction, { timeout: 10_000 });
}
