// The row that says what this node is and has. It is made again when somebody took us for dead.

import { formatIp } from '../../lib/address.ts';
import type { PointsmanTables } from '../../ovsdb/generated/pointsman.ts';
import type { Replica, StoredRow } from '../../ovsdb/index.ts';
import { offerOf } from '../../policy/membership.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { layToRest } from './retired-numbers.ts';
import { begin, type Draft, everything } from './transaction-frame.ts';
import type { StateView } from './view.ts';

export function nodeRow(
  replica: Replica<PointsmanTables>,
  name: string,
): StoredRow<PointsmanTables['Node']> | undefined {
  return replica.find('Node', row => row.name === name);
}

/** How long others keep numbers for a node that has said it will join, s. */
const joinTime = 600;

/**
 * Adds to the draft what makes the row say what the configuration says. From the moment a node is in, others send it
 * packets and believe what it sends: it says first that it will join, so that whatever is given up from then on waits
 * for it, and joins when its switch holds what the intent said then.
 * @param settled the last generation that its switch holds, or -1; undefined: there are no others
 * @returns whether it is in
 */
export function register(draft: Draft, view: StateView, node: NodeConfig, settled: number | undefined): boolean {
  const { name, vteps, physicalPorts, representors } = offerOf(node);
  const columns = {
    fence: node.fence ?? 0,
    vteps: new Map([...vteps].map(([vtep, address]) => [vtep, formatIp(address)])),
    physical_ports: [...physicalPorts],
    representors: [...representors],
  };
  const row = view.nodes.get(name)?.row;
  if (row) {
    draft.update('Node', row, { ...columns, fence: fenceOf(row.fence, columns.fence, settled) });
    return true;
  }
  if (settled === undefined) {
    draft.insert('Node', { name, heartbeat: 0, ...columns });
    return true;
  }
  const said = view.retiredRows.find(({ kind, subject }) => kind === 'node' && subject === name);
  if (said && said.generation > settled) return false;
  begin(draft, view, everything);
  if (!said) {
    layToRest(draft, view, name, joinTime);
    return false;
  }
  draft.verify('Retired_Number', said, ['generation']);
  draft.insert('Node', { name, heartbeat: 0, ...columns });
  return true;
}

/**
 * A node that is in is believed to be fenced, and its numbers rest accordingly, when its switch is: not before that holds
 * what the configuration says now, nor once it may hold something else.
 */
function fenceOf(before: number, now: number, settled: number | undefined): number {
  if (settled !== -1) return now;
  return Math.min(before, now) === 0 ? 0 : Math.max(before, now);
}
