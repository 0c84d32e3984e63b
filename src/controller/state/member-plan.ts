// What a node writes on its own account, beside what people ask for: a chunk that it needs, the end of a dead node, what
// it has let go of. Like plan.ts: a view is read, a draft filled; the store commits it. A draft that stays empty has
// nothing to say.

import { retiredRanges } from '../../policy/allocation.ts';
import { type Awaited, awaited, type ChunkNeed, planChunks } from './chunk-plan.ts';
import { chunkChanges, touchedBy, writeChunks } from './chunk-writes.ts';
import { type Hold, heldBy, layToRest, letGo } from './retired-numbers.ts';
import { begin, type Draft, everything } from './transaction-frame.ts';
import { groundOf, type StateView } from './view.ts';
import { noParts, withChunks } from './write-parts.ts';

/** A pool that has no chunk for a node that needs one. */
export interface ExhaustedPool {
  readonly pool: string;
  /** Nodes that have to let go of what was given up, before there is one. */
  readonly waitsFor: readonly string[];
  /** Until when what was given up rests, before there is one, ms since 1970. Neither: there will be none. */
  readonly until?: number;
}

/**
 * A chunk of every pool for each tenant that has rules and, by `needs`, connections at `node`; those of tenants that have
 * moved on go back.
 * @returns pools that had none left
 */
export function planPull(
  draft: Draft,
  view: StateView,
  node: string,
  needs: (tenant: string) => ChunkNeed,
): readonly ExhaustedPool[] {
  const { allocations, documents } = view;
  const { chunks, missing } = planChunks(documents, groundOf(view), { node, needs });
  const changes = chunkChanges(view, allocations.chunks, chunks);
  const { isChange } = writeChunks(draft, view, documents, changes);
  if (isChange) begin(draft, view, withChunks(view, noParts, touchedBy(view, changes)));
  const retired = retiredRanges(allocations);
  const lacking = new Map<string, Awaited[]>();
  for (const use of missing) {
    const pool = documents['nat-pools'].get(use.pool);
    if (use.node !== node || !pool) continue;
    const found = lacking.get(use.pool) ?? [];
    lacking.set(use.pool, [...found, awaited(pool, use, chunks, retired)]);
  }
  return [...lacking].map(([pool, found]) => {
    const times = found.flatMap(({ until }) => until ?? []);
    const waitsFor = [...new Set(found.flatMap(each => each.waitsFor))].sort();
    return { pool, waitsFor, ...(times.length === 0 ? {} : { until: Math.min(...times) }) };
  });
}

/**
 * Takes a node out of the state: its chunks go back to their pools, and what it had bound is let go by weak references.
 * Void if the node's heart has beaten since `heartbeat`.
 * @param rest how long its switch may go on with what it had, s; 0: it does not
 * @param hold of the ports that it was the last to use
 * @returns whether there is a node to be taken out
 */
export function planDropNode(
  draft: Draft,
  view: StateView,
  name: string,
  heartbeat: number,
  rest: number,
  hold: Hold,
): boolean {
  const node = view.nodes.get(name);
  if (!node || node.row.heartbeat !== heartbeat) return false;
  const { documents, allocations } = view;
  const ground = groundOf(view);
  const standing = allocations.chunks.filter(chunk => chunk.node !== name);
  const retired = [...ground.retired, ...allocations.chunks.filter(chunk => chunk.node === name)];
  begin(draft, view, everything);
  draft.verify('Node', node.row, ['heartbeat']);
  const { chunks } = planChunks(documents, { ...ground, standing, retired });
  writeChunks(draft, view, documents, chunkChanges(view, allocations.chunks, chunks), {
    gone: rest === 0 ? name : undefined,
  });
  if (rest === 0) letGo(draft, heldBy(view, name), name, hold);
  else layToRest(draft, view, name, rest);
  draft.delete('Node', node.row);
  return true;
}

/** What was given up up to `generation` a node has let go of. What stands for itself stays until it is in. */
export function planLetGo(draft: Draft, view: StateView, name: string, generation: number, hold: Hold): void {
  const isIn = view.nodes.has(name);
  const held = heldBy(view, name, generation).filter(({ kind }) => isIn || kind !== 'node');
  letGo(draft, held, name, hold);
}

/**
 * A node that is no more has stopped using anything.
 * @param generation of its end; undefined: whichever
 * @returns whether it was resting, and is not back
 */
export function planRelease(draft: Draft, view: StateView, name: string, hold: Hold, generation?: number): boolean {
  const held = heldBy(view, name);
  const end = held.find(row => row.kind === 'node' && row.subject === name);
  if (!end || view.nodes.has(name) || (generation ?? end.generation) !== end.generation) return false;
  letGo(draft, held, name, hold);
  return true;
}
