// The rows of NAT chunks, and the rules that refer to them, made what a chunk plan says.

import type { InsertedRow, Uuid } from '../../ovsdb/index.ts';
import { type ChunkAllocation, sameRange } from '../../policy/allocation.ts';
import type { DocumentSet } from '../../policy/documents.ts';
import { chunkKey, objectKey, useKey } from '../../policy/facts/base.ts';
import { StateError } from './errors.ts';
import { retire } from './retired-numbers.ts';
import type { Draft } from './transaction-frame.ts';
import { type InsertedRows, needRow, objectRow, type StateView } from './view.ts';

/** The rows that rules of a tenant and pool refer to, by `useKey`. */
export type ChunkReferences = ReadonlyMap<string, readonly (Uuid | InsertedRow<'NAT_Chunk'>)[]>;

/** What a chunk plan changes. */
export interface ChunkChanges {
  /** All that were planned, as they will be. */
  readonly planned: readonly ChunkAllocation[];
  /** Those that are new, or another than before. */
  readonly there: readonly ChunkAllocation[];
  /** `chunkKey` of those that go. */
  readonly gone: ReadonlySet<string>;
}

/** @param before those that were planned, as they are */
export function chunkChanges(
  view: StateView,
  before: Iterable<ChunkAllocation>,
  planned: readonly ChunkAllocation[],
): ChunkChanges {
  const gone = new Set([...before].map(chunkKey));
  const there = planned.filter(chunk => {
    const keys = [chunkKey(chunk), nowhereKey(chunk)];
    const key = keys.find(candidate => view.chunk(candidate) !== undefined);
    const row = key === undefined ? undefined : view.chunk(key);
    if (key !== undefined && row && sameRange(row, chunk)) gone.delete(key);
    // Most stay as they are.
    return view.chunk(keys[0] ?? '') !== chunk;
  });
  return { planned, there, gone };
}

/** One from before there were several nodes has none yet. */
function nowhereKey(chunk: ChunkAllocation): string {
  return chunkKey({ ...chunk, node: '' });
}

/** Whose chunks change, and on which addresses. */
export function touchedBy(view: StateView, { there, gone }: ChunkChanges): readonly ChunkAllocation[] {
  return [...there, ...[...gone].flatMap(key => view.chunk(key) ?? [])];
}

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
  { planned, there, gone }: ChunkChanges,
  { except, gone: goneNode, inserted }: ChunkWriteOptions = {},
): { readonly references: ChunkReferences; readonly isChange: boolean; readonly revised: ReadonlySet<string> } {
  const rows = new Map<ChunkAllocation, Uuid | InsertedRow<'NAT_Chunk'>>();
  const changed = new Set<string>();
  const lastPorts = new Map<string, Map<string, number>>();
  for (const chunk of there) {
    const use = useKey(chunk);
    const { address, port, size, icmp } = chunk;
    const node = needNode(view, chunk.node);
    const key = [chunkKey(chunk), nowhereKey(chunk)].find(candidate => view.chunk(candidate) !== undefined);
    const before = key === undefined ? undefined : view.chunk(key);
    const row = key === undefined ? undefined : view.chunkRows.get(key);
    if (row && before && sameRange(before, chunk)) {
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
  for (const key of gone) {
    const row = view.chunkRows.get(key);
    const chunk = view.chunk(key);
    if (!row || !chunk) continue;
    draft.delete('NAT_Chunk', row);
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
  for (const chunk of due.size === 0 ? [] : planned) {
    const use = useKey(chunk);
    if (!due.has(use)) continue;
    const row =
      rows.get(chunk) ?? (view.chunkRows.get(chunkKey(chunk)) ?? view.chunkRows.get(nowhereKey(chunk)))?._uuid;
    if (row !== undefined) references.set(use, [...(references.get(use) ?? []), row]);
  }
  const revised = new Set<string>();
  for (const use of changed)
    for (const name of view.rulesOf(use)) {
      const row = objectRow(view, 'nat-rules', name);
      if (except?.has(name) || !row || !documents['nat-rules'].has(name)) continue;
      revised.add(name);
      draft.update('NAT_Rule', row, { chunk: references.get(use) ?? [], revision: row.revision + 1 });
    }
  return { references, isChange: changed.size > 0, revised };
}

function needNode(view: StateView, name: string): Uuid {
  const node = view.nodes.get(name);
  // Told to be dead, and not back yet: a chunk of its own would be nobody's.
  if (!node) throw new StateError('STATE_UNAVAILABLE', `node ${name} is not registered`);
  return node.row._uuid;
}
