// Whether the bridges we are to work on belong to another node of pointsman, as after a change of node.name. That one's
// flows carry the same cookie marks as ours, on ports that are not ours: to install beside them would take them away.

import { PointsmanError } from '../../lib/errors.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { ownerOf, type SwitchSource } from './switch-source.ts';

export class ForeignBridgeError extends PointsmanError<'NOT_OURS'> {
  constructor(bridge: string, owner: string) {
    super(
      'NOT_OURS',
      `bridge ${bridge} belongs to pointsman's node ${owner}, and keeps its flows: give this node its name back (node.name), ` +
        'or remove the bridge',
    );
  }
}

/** Undefined: there is none. */
export function foreignBridge(
  node: Pick<NodeConfig, 'name' | 'integrationBridge' | 'physicalBridge'>,
  source: SwitchSource,
): ForeignBridgeError | undefined {
  for (const row of source.replica.rows('Bridge')) {
    const owner = ownerOf(row);
    const isMeant = row.name === node.integrationBridge || row.name === node.physicalBridge;
    if (isMeant && owner !== undefined && owner !== node.name) return new ForeignBridgeError(row.name, owner);
  }
  return undefined;
}
