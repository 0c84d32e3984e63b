// The row that says what this node is and has. It is made again when somebody took us for dead.

import { formatIp } from '../../lib/address.ts';
import type { PointsmanTables } from '../../ovsdb/generated/pointsman.ts';
import type { Replica, StoredRow, TransactionDraft } from '../../ovsdb/index.ts';
import { offerOf } from '../../policy/membership.ts';
import type { NodeConfig } from '../../policy/node.ts';

export function nodeRow(
  replica: Replica<PointsmanTables>,
  name: string,
): StoredRow<PointsmanTables['Node']> | undefined {
  return replica.find('Node', row => row.name === name);
}

/** Adds to the draft what makes the row say what the configuration says. */
export function register(
  draft: TransactionDraft<PointsmanTables>,
  replica: Replica<PointsmanTables>,
  node: NodeConfig,
): void {
  const { name, vteps, physicalPorts, representors } = offerOf(node);
  const columns = {
    vteps: new Map([...vteps].map(([vtep, address]) => [vtep, formatIp(address)])),
    physical_ports: [...physicalPorts],
    representors: [...representors],
  };
  const row = nodeRow(replica, name);
  if (row) draft.update('Node', row, columns);
  else draft.insert('Node', { name, heartbeat: 0, ...columns });
}
