// What every write that counts as a generation begins with: it is void when something that it rests on is another than its
// plan was made from, voids what rests on what it changes, and is answered when it is on disk.
//
// Writes rest on more than the rows that they write: that nobody has an address, or refers to what is deleted. What a write
// may rest on is cut into parts, each with a counter: a write waits for the counters of its parts to be what they were, and
// adds one to each, so that of two writes that share a part the second is planned anew. Which parts a write takes is said in
// write-parts.ts.

import type { TransactionDraft } from '../../ovsdb/index.ts';
import { objectRow, type StateView, type Tables } from './view.ts';

export type Draft = TransactionDraft<Tables>;

/** Parts of the state that one write at a time may rest on, or change. */
export interface Parts {
  /** All that is a tenant's, by its name. One that is new is nobody else's yet. */
  readonly tenants: ReadonlySet<string>;
  /** The chunks of a pool, by its name. */
  readonly pools: ReadonlySet<string>;
  /** Who has which VLAN, and which representor. */
  readonly attachments: boolean;
}

export const everything = 'everything';

/** @param parts `everything`: no other write may come in between, whatever it is about */
export function begin(draft: Draft, view: StateView, parts: Parts | typeof everything): void {
  const { root } = view;
  draft.requireDurable();
  // It is never waited for by those who rest on some parts only: they do not mind whose generation is first.
  draft.mutate('Pointsman', root, ['generation', '+=', 1]);
  if (parts === everything) {
    draft.verify('Pointsman', root, ['generation', 'wide']);
    draft.mutate('Pointsman', root, ['wide', '+=', 1]);
    return;
  }
  draft.verify('Pointsman', root, ['wide']);
  if (parts.attachments) {
    draft.verify('Pointsman', root, ['attachments']);
    draft.mutate('Pointsman', root, ['attachments', '+=', 1]);
  }
  for (const name of parts.tenants) {
    const row = objectRow(view, 'tenants', name);
    if (!row) continue;
    draft.verify('Tenant', row, ['writes']);
    draft.mutate('Tenant', row, ['writes', '+=', 1]);
  }
  for (const name of parts.pools) {
    const row = objectRow(view, 'nat-pools', name);
    if (!row) continue;
    draft.verify('NAT_Pool', row, ['writes']);
    draft.mutate('NAT_Pool', row, ['writes', '+=', 1]);
  }
}
