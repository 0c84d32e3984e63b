// The rows of NAT chunks, and the rules that refer to them, made what a chunk plan says.

import type { InsertedRow, Uuid } from '../../ovsdb/index.ts';
import type { ChunkAllocation } from '../../policy/allocation.ts';
import type { DocumentSet } from '../../policy/documents.ts';
import { chunkKey, objectKey, useKey } from '../../policy/facts/base.ts';
import { StateError } from './errors.ts';
import { retire } from './retired-numbers.ts';
import type { Draft } from './transaction-frame.ts';
import { type InsertedRows, needRow, objectRow, type StateView } from './view.ts';

/** The rows that rules of a tenant and pool refer to, by `useKey`. */
export type ChunkReferences = ReadonlyMap<string, readonly (Uuid | InsertedRow<'NAT_Chunk'>)[]>;

export interface ChunkWriteOptions {
  readonly except?: ReadonlySet<string> | undefined;
  readonly gone?: string | undefined;
  readonly inserted?: InsertedRows | undefined;
}

/**
 * A chunk that goes is deleted, and not left to the server's garbage collection: its strong reference to a node would
 * keep that one from being deleted in the same transaction. A rule whose chunks changed gets a new revision, since its
 * answer changed; `except`, names of rules, are written elsewhere. Its ports are given up by all but `gone`, a node.
 * The pool notes what it gave out last; that is no change of the pool.
 * @returns what rules refer to, whether anything changed, and the names of rules that have a new revision
 */
export function writeChunks(
  draft: Draft,
  view: StateView,
  documents: DocumentSet,
  chunks: readonly ChunkAllocation[],
  { except, gone: goneNode, inserted }: ChunkWriteOptions = {},
): { readonly references: ChunkReferences; readonly isChange: boolean; readonly revised: ReadonlySet<string> } {
  const rows = new Map<ChunkAllocation, Uuid | InsertedRow<'NAT_Chunk'>>();
  const changed = new Set<string>();
  const gone = new Map(view.chunkRows);
  const lastPorts = new Map<string, Map<string, number>>();
  for (const chunk of chunks) {
    const own = chunkKey(chunk);
    // Most stay as they are.
    if (view.chunk(own) === chunk) {
      gone.delete(own);
      continue;
    }
    const use = useKey(chunk);
    const { address, port, size, icmp } = chunk;
    const node = needNode(view, chunk.node);
    // One from before there were several nodes has none yet.
    const key = [own, chunkKey({ ...chunk, node: '' })].find(candidate => view.chunk(candidate) !== undefined);
    const before = key === undefined ? undefined : view.chunk(key);
    const row = key === undefined ? undefined : view.chunkRows.get(key);
    if (key !== undefined && row && before?.address === address && before.port === port && before.size === size) {
      gone.delete(key);
      if (before.icmp !== icmp || before.node !== chunk.node) changed.add(use);
      draft.update('NAT_Chunk', row, { icmp, node });
    } else {
      const tenant = needRow(view, 'tenants', chunk.tenant, inserted);
      const pool = needRow(view, 'nat-pools', chunk.pool, inserted);
      rows.set(chunk, draft.insert('NAT_Chunk', { tenant, pool, node, address, port, size, icmp }));
      changed.add(use);
      lastPorts.set(chunk.pool, (lastPorts.get(chunk.pool) ?? new Map()).set(address, port));
    }
  }
  for (const [key, row] of gone) {
    draft.delete('NAT_Chunk', row);
    const chunk = view.chunk(key);
    if (!chunk) continue;
    changed.add(useKey(chunk));
    const tenantId = view.allocations.ids.get(objectKey('tenants', chunk.tenant)) ?? 0;
    retire(draft, view, { ...chunk, kind: 'ports', tenantId }, goneNode);
  }
  for (const [pool, given] of lastPorts) {
    const row = objectRow(view, 'nat-pools', pool);
    const kept = [...(row?.last_ports ?? [])].filter(([address]) =>
      documents['nat-pools'].get(pool)?.addresses.includes(address),
    );
    const made = inserted?.get(objectKey('nat-pools', pool)) as InsertedRow<'NAT_Pool'> | undefined;
    const target = made ?? row;
    if (target) draft.update('NAT_Pool', target, { last_ports: new Map([...kept, ...given]) });
  }
  const references = new Map<string, (Uuid | InsertedRow<'NAT_Chunk'>)[]>();
  const written = [...(except ?? [])].flatMap(name => documents['nat-rules'].get(name) ?? []);
  const due = new Set([...changed, ...written.map(useKey)]);
  for (const chunk of due.size === 0 ? [] : chunks) {
    const use = useKey(chunk);
    if (!due.has(use)) continue;
    const row =
      rows.get(chunk) ??
      (view.chunkRows.get(chunkKey(chunk)) ?? view.chunkRows.get(chunkKey({ ...chunk, node: '' })))?._uuid;
    if (row !== undefined) references.set(use, [...(references.get(use) ?? []), row]);
  }
  const revised = new Set<string>();
  for (const rule of changed.size === 0 ? [] : documents['nat-rules'].values()) {
    const row = objectRow(view, 'nat-rules', rule.name);
    if (except?.has(rule.name) || !row || !changed.has(useKey(rule))) continue;
    revised.add(rule.name);
    draft.update('NAT_Rule', row, { chunk: references.get(useKey(rule)) ?? [], revision: row.revision + 1 });
  }
  return { references, isChange: changed.size > 0, revised };
}

function needNode(view: StateView, name: string): Uuid {
  const node = view.nodes.get(name);
  // Told to be dead, and not back yet: a chunk of its own would be nobody's.
  if (!node) throw new StateError('STATE_UNAVAILABLE', `node ${name} is not registered`);
  return node.row._uuid;
}
