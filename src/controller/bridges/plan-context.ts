// What the parts of a plan share: the goal, the switch as it is, and where changes and conflicts are gathered.

import type { DesiredSwitch } from '../../policy/bridges.ts';
import type { SwitchDraft } from './switch-draft.ts';
import type { SwitchHolder } from './switch-holder.ts';
import type { IndexedPort, SwitchIndex } from './switch-index.ts';
import { type BridgeRow, ownerOf, type SwitchSource } from './switch-source.ts';

/** A name that we want, or no longer want, but that somebody else has a hand on: it is left alone. */
export interface OwnershipConflict {
  readonly code: 'NOT_OURS';
  readonly kind: 'bridge' | 'port';
  readonly name: string;
  readonly message: string;
}

/** The bridge that says who works on the switch. */
export interface HeldBridge {
  readonly bridge: string;
  readonly by: SwitchHolder;
}

export interface PlanContext {
  readonly desired: DesiredSwitch;
  readonly source: SwitchSource;
  readonly index: SwitchIndex;
  readonly draft: SwitchDraft;
  /** Undefined: nobody says. */
  readonly holder: HeldBridge | undefined;
  readonly conflicts: OwnershipConflict[];
}

/** Whether the row carries this node's mark. */
export function isOurs({ desired }: PlanContext, row: Parameters<typeof ownerOf>[0]): boolean {
  return ownerOf(row) === desired.owner;
}

export function conflict(
  { conflicts }: PlanContext,
  kind: OwnershipConflict['kind'],
  name: string,
  message: string,
): void {
  conflicts.push({ code: 'NOT_OURS', kind, name, message });
}

export function portsOf({ index }: PlanContext, bridge: BridgeRow): readonly IndexedPort[] {
  return [...index.ports.values()].filter(port => port.bridge._uuid === bridge._uuid);
}

/** Ports that somebody else has put on a bridge; the bridge's own port is nobody's but the bridge's. */
export function foreignPorts(context: PlanContext, bridge: BridgeRow): readonly IndexedPort[] {
  return portsOf(context, bridge).filter(({ row }) => row.name !== bridge.name && !isOurs(context, row));
}

/** Whether the plan takes this port away, so that its name becomes free. */
export function goesAway(context: PlanContext, { row, bridge }: IndexedPort): boolean {
  if (!isOurs(context, bridge)) return false;
  const desired = context.desired.bridges.find(({ name }) => name === bridge.name);
  if (desired) return isOurs(context, row) && !desired.ports.some(({ name }) => name === row.name);
  // An unwanted bridge goes with its own port, unless it carries others' ports.
  return row.name === bridge.name ? foreignPorts(context, bridge).length === 0 : isOurs(context, row);
}
