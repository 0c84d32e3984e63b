// From the rows that are there to the rows that should be, in one transaction. Only rows that carry this
// node's mark are changed or removed; a name that somebody else has taken is a conflict, and left alone.

import type { NamedUuid } from '../../ovsdb/index.ts';
import { type DesiredBridge, type DesiredSwitch, ownerKey, zoneKeyPrefix } from '../../policy/bridges.ts';
import {
  conflict,
  foreignPorts,
  goesAway,
  type HeldBridge,
  isOurs,
  type OwnershipConflict,
  type PlanContext,
  portsOf,
} from './plan-context.ts';
import { addFlowTables, planFlowTables } from './plan-flow-tables.ts';
import { addPorts, planPorts, removePorts } from './plan-ports.ts';
import { draftSwitch, type SwitchTransaction } from './switch-draft.ts';
import { holderIds, isOfOtherState } from './switch-holder.ts';
import { indexSwitch } from './switch-index.ts';
import { type BridgeRow, rootRow, type SwitchSource } from './switch-source.ts';

/** No tenant has this id. */
const unknownTenant = '-';

export interface BridgePlan {
  readonly conflicts: readonly OwnershipConflict[];
  /** What the transaction does, a line each; none: the switch is as it should be, as far as there are no conflicts. */
  readonly changes: readonly string[];
}

/**
 * Reads the replica, fills the transaction. Without an Open_vSwitch row there is nothing to plan on. Bridges of the goal that
 * are there are ours: see foreign-bridge.ts.
 */
export function planBridges(
  desired: DesiredSwitch,
  source: SwitchSource,
  transaction: SwitchTransaction,
  holder?: HeldBridge,
): BridgePlan {
  const root = rootRow(source);
  const draft = draftSwitch(transaction, source);
  const context: PlanContext = { desired, source, index: indexSwitch(source), draft, holder, conflicts: [] };
  if (root) {
    const added = desired.bridges.flatMap(bridge => planBridge(context, bridge));
    const removed = [...context.index.bridges.values()].filter(row => unwanted(context, row));
    for (const row of removed) draft.guard('Bridge', row);
    draft.changeReferences(
      { table: 'Open_vSwitch', row: root },
      'bridges',
      added,
      removed.map(row => row._uuid),
    );
    draft.changes.push(...removed.map(row => `remove bridge ${row.name}`));
  }
  return { conflicts: context.conflicts, changes: draft.changes };
}

/** @returns the bridge, if it is a new one */
function planBridge(context: PlanContext, bridge: DesiredBridge): readonly NamedUuid[] {
  const row = context.index.bridges.get(bridge.name);
  if (!row) return addBridge(context, bridge);
  keepBridge(context, bridge, row);
  return [];
}

function addBridge(context: PlanContext, bridge: DesiredBridge): readonly NamedUuid[] {
  const { draft, index, desired } = context;
  const taken = index.ports.get(bridge.name) ?? index.portOfInterface.get(bridge.name);
  if (taken && !goesAway(context, taken)) {
    const message = `a port of bridge ${taken.bridge.name} is called ${bridge.name} already`;
    conflict(context, 'bridge', bridge.name, message);
    return [];
  }
  draft.changes.push(`add bridge ${bridge.name} (datapath ${bridge.datapathType})`);
  return [
    draft.insert('Bridge', {
      name: bridge.name,
      datapath_type: bridge.datapathType,
      fail_mode: bridge.failMode,
      other_config: bridge.otherConfig,
      external_ids: new Map([[ownerKey, desired.owner], ...idsOf(context, bridge)]),
      ports: addPorts(context, bridge),
      flow_tables: addFlowTables(context, bridge.flowTables),
    }),
  ];
}

function keepBridge(context: PlanContext, bridge: DesiredBridge, row: BridgeRow): void {
  const { draft } = context;
  draft.update('Bridge', row, { datapath_type: bridge.datapathType, fail_mode: bridge.failMode });
  draft.hold('Bridge', row, 'other_config', [...bridge.otherConfig]);
  draft.hold('Bridge', row, 'external_ids', idsOf(context, bridge));
  forgetZones(context, row);
  keepControl(context, row);
  planFlowTables(context, bridge, row);
  planPorts(context, bridge, row);
}

/** The keys of `external_ids` beside the owner's mark. */
function idsOf({ holder }: PlanContext, { name }: DesiredBridge): readonly (readonly [string, string])[] {
  return holder?.bridge === name ? holderIds(holder.by) : [];
}

/** Of another state, a zone's tenant of the same number is another tenant: the zone is somebody's whom nobody knows. */
function forgetZones({ holder, draft }: PlanContext, row: BridgeRow): void {
  if (holder?.bridge !== row.name || !isOfOtherState(row.external_ids, holder.by)) return;
  const keys = [...row.external_ids.keys()].filter(key => key.startsWith(zoneKeyPrefix));
  draft.hold(
    'Bridge',
    row,
    'external_ids',
    keys.map(key => [key, unknownTenant] as const),
  );
}

/** Nobody else writes flows, and we can: Open vSwitch takes no protocols to mean all that it knows. */
function keepControl({ draft, source }: PlanContext, row: BridgeRow): void {
  if (row.protocols.length > 0 && !row.protocols.includes('OpenFlow15')) draft.update('Bridge', row, { protocols: [] });
  if (row.controller.length === 0) return;
  draft.changeReferences({ table: 'Bridge', row }, 'controller', [], row.controller);
  const targets = row.controller.map(uuid => source.replica.get('Controller', uuid)?.target ?? uuid);
  draft.changes.push(`remove controller ${targets.join(', ')} from ${row.name}`);
}

/** Whether to remove a bridge; where somebody else has put a port on it, only our ports go. */
function unwanted(context: PlanContext, row: BridgeRow): boolean {
  if (!isOurs(context, row) || context.desired.bridges.some(bridge => bridge.name === row.name)) return false;
  const foreign = foreignPorts(context, row);
  if (foreign.length === 0) return true;
  const ours = portsOf(context, row).map(port => port.row);
  removePorts(
    context,
    row,
    ours.filter(port => port.name !== row.name && isOurs(context, port)),
  );
  const names = foreign.map(port => port.row.name).join(', ');
  conflict(context, 'bridge', row.name, `bridge ${row.name} is no longer wanted, but stays: it carries ${names}`);
  return false;
}
