// Who works on the switch, written into its integration bridge for whoever comes second; and whose state the bridge was
// made from.

import type { OwnedNode } from './foreign-bridge.ts';
import { type BridgeRow, ownerOf, type SwitchSource } from './switch-source.ts';

export interface SwitchHolder {
  readonly pid: number;
  readonly host: string;
  /** Where the intent is kept, for people: a directory, or the members of a cluster. */
  readonly state: string;
  /** Which database that is, across copies of the directory and moves of it. */
  readonly stateId: string;
}

const holderKey = 'pointsman-holder';
const stateKey = 'pointsman-state';

/** What the integration bridge carries beside the owner's mark. */
export function holderIds({ pid, host, state, stateId }: SwitchHolder): readonly (readonly [string, string])[] {
  return [[holderKey, `pid ${pid} on ${host}, state ${state}`], ...stateIds(stateId)];
}

export function stateIds(stateId: string): readonly (readonly [string, string])[] {
  return [[stateKey, stateId]];
}

/** The state database that a bridge was made from, or is worked on from. */
export function stateOf({ external_ids }: BridgeRow): string | undefined {
  return external_ids.get(stateKey);
}

/** Whether what a bridge says of conntrack zones was written from another state, or nobody knows from which. */
export function isOfOtherState(externalIds: ReadonlyMap<string, string>, { stateId }: SwitchHolder): boolean {
  return externalIds.get(stateKey) !== stateId;
}

/** Whether whoever worked on the switch last did so as this node, from this state. */
export function wasThisNode({ name, integrationBridge }: OwnedNode, source: SwitchSource, stateId: string): boolean {
  const row = source.replica.find('Bridge', bridge => bridge.name === integrationBridge);
  return row !== undefined && ownerOf(row) === name && row.external_ids.get(stateKey) === stateId;
}

/** Who worked on the switch last, for people; undefined: nobody has said. */
export function lastHolder({ integrationBridge }: OwnedNode, source: SwitchSource): string | undefined {
  const bridges = [...source.replica.rows('Bridge')].filter(row => row.external_ids.has(holderKey));
  const row = bridges.find(({ name }) => name === integrationBridge) ?? bridges[0];
  return row && `node ${ownerOf(row)}, ${row.external_ids.get(holderKey)}`;
}
