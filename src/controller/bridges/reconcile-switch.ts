// Brings the switch's database to what the node wants, in one transaction that holds or does nothing.

import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient } from '../../ovsdb/index.ts';
import type { FlowTableNames } from '../../policy/bridges.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { planSwitch, type SwitchPlan } from './plan-switch.ts';
import type { SwitchHolder } from './switch-holder.ts';
import { rootRow, type SwitchSource } from './switch-source.ts';

export type SwitchOutcome =
  | { readonly kind: 'unchanged'; readonly plan: SwitchPlan }
  /** `configuration`: once `Open_vSwitch.cur_cfg` has reached it, vswitchd has worked the change in. */
  | { readonly kind: 'applied'; readonly plan: SwitchPlan; readonly configuration: number | undefined }
  /** Somebody else was quicker, again and again: look anew when the replica next changes. */
  | { readonly kind: 'contended'; readonly plan: SwitchPlan }
  | { readonly kind: 'failed'; readonly plan: SwitchPlan; readonly error: string; readonly details: string };

/** The OVSDB client, as far as it is used here. */
export type SwitchDatabase = SwitchSource & Pick<OvsdbClient<OpenVSwitchTables>, 'transaction' | 'commit'>;

export interface ReconcileOptions {
  /** How long the transaction may take, ms. */
  readonly timeout: number;
  /** How often to plan anew when somebody else's change came between. */
  readonly attempts: number;
  /** What the transaction asserts: without it nothing is written. Undefined: nothing. */
  readonly lock: string | undefined;
  /** Who writes; undefined: it is not said. */
  readonly holder: SwitchHolder | undefined;
}

const reconcileDefaults: ReconcileOptions = { timeout: 10_000, attempts: 3, lock: undefined, holder: undefined };

/**
 * Plans and applies. Call it again whenever the replica has changed: when there is nothing to do it does nothing.
 * @throws the errors of `OvsdbClient.commit`, and those of its results that tell nothing about the switch
 */
export async function reconcileSwitch(
  database: SwitchDatabase,
  node: NodeConfig,
  tables: FlowTableNames,
  options: Partial<ReconcileOptions> = {},
): Promise<SwitchOutcome> {
  const { timeout, attempts, lock, holder } = { ...reconcileDefaults, ...options };
  for (let attempt = 1; ; attempt += 1) {
    const transaction = database.transaction();
    if (lock !== undefined) transaction.assertLock(lock);
    const plan = planSwitch(node, tables, database, transaction, holder);
    const result = await database.commit(transaction, { timeout });
    switch (result.kind) {
      case 'unchanged':
        return { kind: 'unchanged', plan };
      case 'committed':
        return { kind: 'applied', plan, configuration: configurationOf(database) };
      case 'try_again':
      // Two writers that insert a name at once: the second finds it taken when it looks again.
      case 'constraint_violation':
        if (attempt < attempts) continue;
        return result.kind === 'try_again'
          ? { kind: 'contended', plan }
          : { kind: 'failed', plan, error: 'constraint violation', details: result.details };
      case 'refused':
        return { kind: 'failed', plan, error: result.error, details: result.details };
      case 'timed_out':
      case 'outcome_unknown':
        throw result.error;
      case 'lock_lost':
        return { kind: 'failed', plan, error: result.kind, details: 'another pointsman works on this switch' };
      // The transaction does not ask for it.
      case 'aborted':
        return { kind: 'failed', plan, error: result.kind, details: '' };
    }
  }
}

/** The replica shows what was committed; should somebody have raised the counter since, that is waited for as well. */
function configurationOf(source: SwitchSource): number | undefined {
  const value = rootRow(source)?.next_cfg;
  return typeof value === 'number' ? value : undefined;
}

/** Whether vswitchd has worked in the change that an outcome named; true where it named none. */
export function isSettled(source: SwitchSource, configuration: number | undefined): boolean {
  return configuration === undefined || (rootRow(source)?.cur_cfg ?? -1) >= configuration;
}
