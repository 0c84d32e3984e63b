// The ports of one bridge, each with its one interface.

import type { NamedUuid } from '../../ovsdb/index.ts';
import { type DesiredBridge, type DesiredInterface, type DesiredPort, ownerKey } from '../../policy/bridges.ts';
import { conflict, goesAway, isOurs, type PlanContext, portsOf } from './plan-context.ts';
import type { BridgeRow, InterfaceRow, PortRow } from './switch-source.ts';

/** Adds, changes and removes ports of a bridge that is there and ours. */
export function planPorts(context: PlanContext, bridge: DesiredBridge, row: BridgeRow): void {
  const added: NamedUuid[] = [];
  const kept = new Set<string>();
  for (const port of bridge.ports) {
    const there = context.index.ports.get(port.name);
    if (!there || there.bridge._uuid !== row._uuid) {
      added.push(...addPort(context, port, bridge));
      continue;
    }
    // The bridge's own port comes with the bridge, whoever made the row.
    if (!isOurs(context, there.row) && port.name !== bridge.name) {
      kept.add(port.name);
      const message = `port ${port.name} of ${bridge.name} carries no mark of this node; it stays as it is`;
      conflict(context, 'port', port.name, message);
      continue;
    }
    const [iface] = there.interfaces;
    if (there.interfaces.length !== 1 || iface?.name !== port.name) {
      // Somebody made a bond of it: one row in the place of the other.
      added.push(...insertPort(context, port));
      continue;
    }
    kept.add(port.name);
    keepPort(context, port, there.row, iface);
  }
  const removed = portsOf(context, row).filter(port => isOurs(context, port.row) && !kept.has(port.row.name));
  removePorts(
    context,
    row,
    removed.map(port => port.row),
    added,
  );
}

/** The ports of a bridge that is about to be added. */
export function addPorts(context: PlanContext, bridge: DesiredBridge): readonly NamedUuid[] {
  return bridge.ports.flatMap(port => addPort(context, port, bridge));
}

/** Takes ports off a bridge; rows that nothing refers to any more are the server's to remove. */
export function removePorts(
  { draft }: PlanContext,
  bridge: BridgeRow,
  removed: readonly PortRow[],
  added: readonly NamedUuid[] = [],
): void {
  for (const port of removed) draft.guard('Port', port);
  draft.changeReferences(
    { table: 'Bridge', row: bridge },
    'ports',
    added,
    removed.map(port => port._uuid),
  );
  draft.changes.push(...removed.map(port => `remove port ${port.name} from ${bridge.name}`));
}

function addPort(context: PlanContext, port: DesiredPort, bridge: DesiredBridge): readonly NamedUuid[] {
  const { ports, portOfInterface } = context.index;
  const taken = ports.get(port.name) ?? portOfInterface.get(port.name);
  if (taken && !goesAway(context, taken)) {
    const where = taken.row.name === port.name ? '' : ` (in port ${taken.row.name})`;
    const message = `port ${port.name}, wanted on ${bridge.name}, is on bridge ${taken.bridge.name}${where} already; it stays there`;
    conflict(context, 'port', port.name, message);
    return [];
  }
  context.draft.changes.push(`add port ${port.name} to ${bridge.name}`);
  return insertPort(context, port);
}

function insertPort({ draft, desired }: PlanContext, port: DesiredPort): readonly NamedUuid[] {
  const external_ids = new Map([[ownerKey, desired.owner]]);
  const iface = draft.insert('Interface', { name: port.name, ...interfaceColumns(port.interface), external_ids });
  return [draft.insert('Port', { name: port.name, tag: port.tag, interfaces: [iface], external_ids })];
}

function keepPort({ draft, desired }: PlanContext, port: DesiredPort, row: PortRow, iface: InterfaceRow): void {
  const mark = [[ownerKey, desired.owner]] as const;
  draft.update('Port', row, { tag: port.tag });
  draft.hold('Port', row, 'external_ids', mark);
  draft.update('Interface', iface, interfaceColumns(port.interface));
  draft.hold('Interface', iface, 'external_ids', mark);
}

function interfaceColumns(iface: DesiredInterface) {
  return {
    type: iface.type,
    options: iface.options,
    ofport_request: iface.ofportRequest,
    mtu_request: iface.mtuRequest,
    mac: iface.mac,
  };
}
