// What every write that counts as a generation begins and ends with: it is void unless the database is what the plan was
// made from, and answered when it is on disk.

import type { TransactionDraft } from '../../ovsdb/index.ts';
import type { StateView, Tables } from './view.ts';

export type Draft = TransactionDraft<Tables>;

/** Whatever else is planned, no other write has come in between. */
export function begin(draft: Draft, { root }: StateView): void {
  draft.verify('Pointsman', root, ['generation', 'next_id']);
}

/** The next generation. */
export function finish(draft: Draft, { root, generation, nextId }: StateView, ids = 0): void {
  draft.update('Pointsman', root, { generation: generation + 1, next_id: nextId + ids });
  draft.requireDurable();
}
