// Where things are, as seen from this node: from who is bound to what.

import type { Table } from '../engine/table.ts';
import type { Facts } from '../engine/unit.ts';
import { documentTables, only, self } from '../facts/base.ts';
import { draftWires } from '../facts/drafts.ts';
import { held, heldKey, transits } from '../facts/nodes.ts';
import type { Site } from '../site.ts';

export const here: Site = { kind: 'here' };
export const nowhere: Site = { kind: 'nowhere' };

export const siteReads: readonly Table[] = [self, transits];

/** What a node has, and how it is reached. */
export function siteOfNode(facts: Facts, name: string | undefined): Site {
  if (name === undefined) return nowhere;
  if (name === facts.get(self, only)?.name) return here;
  const there = facts.get(transits, name);
  return there ? { kind: 'peer', transit: there.transit } : nowhere;
}

export const canHaveReads: readonly Table[] = [draftWires, documentTables.vnis, held];

/** Whether the node has what the interface is attached to. */
export function canHave(facts: Facts, node: string, interfaceName: string): boolean {
  const attachment = facts.get(draftWires, interfaceName)?.attachment;
  if (!attachment) return false;
  if (attachment.type === 'vni') {
    const vtep = facts.get(documentTables.vnis, attachment.vni)?.vtep;
    return vtep !== undefined && facts.get(held, heldKey({ what: 'vtep', name: vtep, node })) !== undefined;
  }
  const { type, port: name } = attachment;
  const what = type === 'vlan' ? 'physical-port' : 'representor';
  return (attachment.node ?? node) === node && facts.get(held, heldKey({ what, name, node })) !== undefined;
}
