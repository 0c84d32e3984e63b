// What a node writes on its own account, beside what people ask for: a chunk that it needs, and the end of a dead node.
// Like plan.ts: a view is read, a draft filled; the store commits it. A draft that stays empty has nothing to say.

import { type ChunkNeed, planChunks } from './chunk-plan.ts';
import { writeChunks } from './chunk-writes.ts';
import { begin, type Draft, finish } from './transaction-frame.ts';
import type { StateView } from './view.ts';

/**
 * A chunk of every pool for each tenant that has rules and, by `needs`, connections at `node`; those of tenants that have
 * moved on go back.
 * @returns names of the pools that had none left
 */
export function planPull(
  draft: Draft,
  view: StateView,
  node: string,
  needs: (tenant: string) => ChunkNeed,
): readonly string[] {
  const { chunks, missing } = planChunks(view.documents, view.allocations.chunks, { node, needs });
  const { isChange } = writeChunks(draft, view, view.documents, chunks);
  if (isChange) {
    begin(draft, view);
    finish(draft, view);
  }
  return [...new Set(missing.filter(use => use.node === node).map(({ pool }) => pool))];
}

/**
 * Takes a node out of the state: its chunks go back to their pools; what it had bound, and the zones it held, are let
 * go by their weak references. Void if the node's heart has beaten since `heartbeat`.
 * @returns whether there is a node to be taken out
 */
export function planDropNode(draft: Draft, view: StateView, name: string, heartbeat: number): boolean {
  const node = view.nodes.get(name);
  if (!node || node.row.heartbeat !== heartbeat) return false;
  const standing = view.allocations.chunks.filter(chunk => chunk.node !== name);
  begin(draft, view);
  draft.verify('Node', node.row, ['heartbeat']);
  writeChunks(draft, view, view.documents, planChunks(view.documents, standing).chunks);
  draft.delete('Node', node.row);
  finish(draft, view);
  return true;
}
