// Brings the switch's database to what the node wants, in one transaction that holds or does nothing.

import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient, TransactResult } from '../../ovsdb/index.ts';
import type { FlowTableNames } from '../../policy/bridges.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { planSwitch, type SwitchPlan } from './plan-switch.ts';
import { rootRow, type SwitchSource } from './switch-source.ts';

export type SwitchOutcome =
  | { readonly kind: 'unchanged'; readonly plan: SwitchPlan }
  /** `configuration`: once `Open_vSwitch.cur_cfg` has reached it, vswitchd has worked the change in. */
  | { readonly kind: 'applied'; readonly plan: SwitchPlan; readonly configuration: number | undefined }
  /** Somebody else was quicker, again and again: look anew when the replica next changes. */
  | { readonly kind: 'contended'; readonly plan: SwitchPlan }
  | { readonly kind: 'failed'; readonly plan: SwitchPlan; readonly error: string; readonly details: string };

/** The OVSDB client, as far as it is used here. */
export type SwitchDatabase = SwitchSource & Pick<OvsdbClient<OpenVSwitchTables>, 'transact'>;

export interface ReconcileOptions {
  /** How long the transaction may take, ms. */
  readonly timeout: number;
  /** How often to plan anew when somebody else's change came between. */
  readonly attempts: number;
}

const reconcileDefaults: ReconcileOptions = { timeout: 10_000, attempts: 3 };

/**
 * Plans and applies. Call it again whenever the replica has changed: when there is nothing to do it does nothing.
 * @throws the errors of `OvsdbClient.transact`
 */
export async function reconcileSwitch(
  database: SwitchDatabase,
  node: NodeConfig,
  tables: FlowTableNames,
  options: Partial<ReconcileOptions> = {},
): Promise<SwitchOutcome> {
  const { timeout, attempts } = { ...reconcileDefaults, ...options };
  for (let attempt = 1; ; attempt += 1) {
    const plan = planSwitch(node, tables, database);
    if (plan.operations.length === 0) return { kind: 'unchanged', plan };
    const result = await transact(database, plan, node.name, timeout);
    switch (result.kind) {
      case 'committed':
        return { kind: 'applied', plan, configuration: configurationOf(result) };
      case 'try_again':
      // Two writers that insert a name at once: the second finds it taken when it looks again.
      case 'constraint_violation':
        if (attempt < attempts) continue;
        return result.kind === 'try_again'
          ? { kind: 'contended', plan }
          : { kind: 'failed', plan, error: result.error, details: result.details };
      case 'aborted':
        return { kind: 'failed', plan, error: 'aborted', details: 'the transaction aborted itself' };
      default:
        return { kind: 'failed', plan, error: result.error, details: result.details };
    }
  }
}

/** With the counter that ovs-vsctl keeps too: vswitchd copies it to cur_cfg when it has caught up. */
function transact(database: SwitchDatabase, plan: SwitchPlan, owner: string, timeout: number): Promise<TransactResult> {
  const root = rootRow(database);
  const where = root ? [['_uuid', '==', root._uuid] as const] : [];
  return database.transact(
    [
      ...plan.operations,
      { op: 'mutate', table: 'Open_vSwitch', where, mutations: [['next_cfg', '+=', 1]] },
      { op: 'select', table: 'Open_vSwitch', where, columns: ['next_cfg'] },
      { op: 'comment', comment: `pointsman (${owner}): ${plan.changes.join('; ')}`.slice(0, 500) },
    ],
    { timeout },
  );
}

function configurationOf(result: Extract<TransactResult, { readonly kind: 'committed' }>): number | undefined {
  const select = result.results.findLast(each => each.kind === 'select');
  const value = select?.rows[0]?.next_cfg;
  return typeof value === 'number' ? value : undefined;
}

/** Whether vswitchd has worked in the change that an outcome named; true where it named none. */
export function isSettled(source: SwitchSource, configuration: number | undefined): boolean {
  return configuration === undefined || (rootRow(source)?.cur_cfg ?? -1) >= configuration;
}
