// Which interfaces and ports a node takes for its own, and which it lets go. A port is where the switch says it is
// (`external_ids:iface-id`): the node where it appeared last has it. An interface without a node goes to the first that
// can have its wire. Each binding depends on the one it replaces, so that of two nodes one alone gets it.

import type { PointsmanTables } from '../../ovsdb/generated/pointsman.ts';
import type { TransactionDraft, Uuid } from '../../ovsdb/index.ts';
import { objectKey } from '../../policy/facts/base.ts';
import { canHold, type NodeOffer } from '../../policy/membership.ts';
import type { AttachedPort } from '../bridges/observe-ports.ts';
import { type ObjectRow, objectRow, type StateView } from '../state/view.ts';

type Tables = PointsmanTables;

export interface Claimant {
  readonly offer: NodeOffer;
  readonly uuid: Uuid;
  /** What this node's switch has of each port, by the port's name. */
  readonly attached: ReadonlyMap<string, AttachedPort>;
  /** Those that came since the switch was first looked at: they are taken even from a node that has them. */
  readonly appeared: ReadonlySet<string>;
}

/** What may have to change hands, as `kind/name`; undefined: anything. */
export type Contested = ReadonlySet<string> | undefined;

/** What was claimed and let go, as `kind/name`. */
export interface ClaimChanges {
  readonly claimed: readonly string[];
  readonly released: readonly string[];
}

export function claim(
  draft: TransactionDraft<Tables>,
  view: StateView,
  claimant: Claimant,
  contested: Contested,
): ClaimChanges {
  const claimed: string[] = [];
  const released: string[] = [];
  const self = claimant.offer.name;
  const binding = (device?: string) => draft.insert('Port_Binding', { node: claimant.uuid, device });
  const rowsOf = <K extends 'interfaces' | 'ports'>(kind: K): readonly ObjectRow<K>[] => {
    const names = contested
      ? [...contested].flatMap(key => (key.startsWith(`${kind}/`) ? [key.slice(kind.length + 1)] : []))
      : [...view.documents[kind].keys()];
    return names.flatMap(name => objectRow(view, kind, name) ?? []);
  };
  for (const row of rowsOf('interfaces')) {
    const document = view.documents.interfaces.get(row.name);
    if (!document) continue;
    const { attachment } = document;
    const vtep = attachment.type === 'vni' ? view.documents.vnis.get(attachment.vni)?.vtep : undefined;
    const can = canHold(claimant.offer, attachment, vtep);
    const bound = view.bindings.interfaces.get(row.name);
    if (bound === undefined && can) {
      draft.update('Interface', row, { binding: binding() });
      claimed.push(objectKey('interfaces', row.name));
    } else if (bound === self && !can) {
      draft.update('Interface', row, { binding: undefined });
      released.push(objectKey('interfaces', row.name));
    }
  }
  for (const row of rowsOf('ports')) {
    const attached = claimant.attached.get(row.name);
    const bound = view.bindings.ports.get(row.name);
    // A device that is not there yet carries nothing; one that is gone for a moment, as when vswitchd restarts, comes back.
    const isUsable = attached?.ofport !== undefined;
    if (bound === self && !attached) {
      draft.update('Port', row, { binding: undefined });
      released.push(objectKey('ports', row.name));
    } else if (bound !== self && isUsable && (bound === undefined || claimant.appeared.has(row.name))) {
      draft.update('Port', row, { binding: binding(attached.device) });
      claimed.push(objectKey('ports', row.name));
    }
  }
  return { claimed, released };
}
