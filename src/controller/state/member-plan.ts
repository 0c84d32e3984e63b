// What a node writes on its own account, beside what people ask for: a chunk that it needs, and the end of a dead node.
// Pure, like plan.ts; the store sends it.

import type { Operation } from '../../ovsdb/index.ts';
import { planChunks } from './chunk-plan.ts';
import { writeChunks } from './chunk-writes.ts';
import { closing, guards } from './transaction-frame.ts';
import type { StateView, Tables } from './view.ts';

export interface MemberPlan {
  readonly generation: number;
  /** Undefined: there is nothing to write. */
  readonly operations: readonly Operation<Tables>[] | undefined;
  /** Pools that had no chunk left for this node, by name. */
  readonly exhausted: readonly string[];
}

/** A chunk of every pool for each tenant that has rules and, by `needs`, connections at `node`. */
export function planPull(view: StateView, node: string, needs: (tenant: string) => boolean): MemberPlan {
  const { chunks, missing } = planChunks(view.documents, view.allocations.chunks, { node, needs });
  const { operations } = writeChunks(view, view.documents, chunks);
  const exhausted = [...new Set(missing.filter(use => use.node === node).map(({ pool }) => pool))];
  if (operations.length === 0) return { generation: view.generation, operations: undefined, exhausted };
  return {
    generation: view.generation + 1,
    operations: [...guards(view), ...operations, ...closing(view)],
    exhausted,
  };
}

/**
 * Takes a node out of the state: its chunks go back to their pools; what it had bound, and the zones it held, are let
 * go by their weak references. Void if the node's heart has beaten since `heartbeat`.
 */
export function planDropNode(view: StateView, name: string, heartbeat: number): MemberPlan {
  const node = view.nodes.get(name);
  const nothing = { generation: view.generation, operations: undefined, exhausted: [] };
  if (!node || node.heartbeat !== heartbeat) return nothing;
  const standing = view.allocations.chunks.filter(chunk => chunk.node !== name);
  const { chunks } = planChunks(view.documents, standing);
  return {
    ...nothing,
    generation: view.generation + 1,
    operations: [
      ...guards(view),
      {
        op: 'wait',
        table: 'Node',
        where: [['_uuid', '==', node.uuid]],
        columns: ['heartbeat'],
        until: '==',
        rows: [{ heartbeat }],
        timeout: 0,
      },
      ...writeChunks(view, view.documents, chunks).operations,
      { op: 'delete', table: 'Node', where: [['_uuid', '==', node.uuid]] },
      ...closing(view),
    ],
  };
}
