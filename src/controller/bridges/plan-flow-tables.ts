// `Bridge.flow_tables`: the names of the pipeline's tables, and in which prefixes they are looked up.

import type { NamedUuid } from '../../ovsdb/index.ts';
import { type DesiredBridge, ownerKey } from '../../policy/bridges.ts';
import { trackedPrefixes } from '../../policy/pipeline.ts';
import type { PlanContext } from './plan-context.ts';
import { type BridgeRow, ownerOf } from './switch-source.ts';

/** The entries for a bridge that is about to be added. */
export function addFlowTables(
  { draft, desired, source }: PlanContext,
  names: DesiredBridge['flowTables'],
): ReadonlyMap<number, NamedUuid> {
  if (!source.hasColumn('Bridge', 'flow_tables')) return new Map();
  const external_ids = new Map([[ownerKey, desired.owner]]);
  return new Map(
    [...names].map(([number, name]) => [
      number,
      draft.insert('Flow_Table', { name, prefixes: prefixesOf(name), external_ids }),
    ]),
  );
}

/** Names the tables of a bridge that is there; entries of others for tables that have no name of ours stay. */
export function planFlowTables(context: PlanContext, bridge: DesiredBridge, row: BridgeRow): void {
  const { draft, desired, source } = context;
  if (!source.hasColumn('Bridge', 'flow_tables')) return;
  const isAsDesired = (number: number, name: string): boolean => {
    const uuid = row.flow_tables.get(number);
    const table = uuid && source.replica.get('Flow_Table', uuid);
    const wanted = prefixesOf(name);
    return table?.name === name && wanted.length === table.prefixes.length && wanted.every(has(table.prefixes));
  };
  const missing = new Map([...bridge.flowTables].filter(([number, name]) => !isAsDesired(number, name)));
  const removed = [...row.flow_tables].flatMap(([number, uuid]) => {
    const table = source.replica.get('Flow_Table', uuid);
    // An old schema has no marks on this table: what is not known to be ours stays.
    const marked = source.hasColumn('Flow_Table', 'external_ids') && table && ownerOf(table) === desired.owner;
    return missing.has(number) || (marked && !bridge.flowTables.has(number)) ? [number] : [];
  });
  if (missing.size + removed.length === 0) return;
  const added = addFlowTables(context, missing);
  draft.changeReferences({ table: 'Bridge', row }, 'flow_tables', added, removed);
  draft.changes.push(`name the flow tables of ${row.name}`);
}

function prefixesOf(name: string): readonly string[] {
  return trackedPrefixes.get(name) ?? [];
}

function has(list: readonly string[]): (item: string) => boolean {
  return item => list.includes(item);
}
