// The rows of NAT chunks, and the rules that refer to them, made what a chunk plan says.

import { type NamedUuid, namedUuid, type Operation, type Uuid } from '../../ovsdb/index.ts';
import type { ChunkAllocation } from '../../policy/allocation.ts';
import type { DocumentSet } from '../../policy/documents.ts';
import { chunkKey, useKey } from './chunk-plan.ts';
import { StateError } from './errors.ts';
import { needRow } from './object-rows.ts';
import { objectKey, type StateView, type Tables } from './view.ts';

export interface ChunkWrites {
  readonly operations: readonly Operation<Tables>[];
  /** The rows that rules of a tenant and pool refer to, by `useKey`. */
  readonly uuids: ReadonlyMap<string, readonly (Uuid | NamedUuid)[]>;
}

/**
 * A chunk that goes is deleted, and not left to the server's garbage collection: its strong reference to a node would
 * keep that one from being deleted in the same transaction. A rule whose chunks changed gets a new revision, since its
 * answer changed; `except` is written elsewhere.
 */
export function writeChunks(
  view: StateView,
  documents: DocumentSet,
  chunks: readonly ChunkAllocation[],
  except?: string,
): ChunkWrites {
  const operations: Operation<Tables>[] = [];
  const uuids = new Map<string, (Uuid | NamedUuid)[]>();
  const changed = new Set<string>();
  const gone = new Map(view.chunkRows);
  const standing = new Map(view.allocations.chunks.map(chunk => [chunkKey(chunk), chunk]));
  chunks.forEach((chunk, i) => {
    const use = useKey(chunk);
    // One from before there were several nodes has none yet.
    const key = [chunkKey(chunk), chunkKey({ ...chunk, node: '' })].find(candidate => standing.has(candidate));
    const before = key === undefined ? undefined : standing.get(key);
    const row = key === undefined ? undefined : view.chunkRows.get(key);
    const stays =
      before && before.address === chunk.address && before.port === chunk.port && before.size === chunk.size;
    const node = needNode(view, chunk.node);
    const uuid = row !== undefined && stays ? row : namedUuid(`chunk${i}`);
    uuids.set(use, [...(uuids.get(use) ?? []), uuid]);
    if (key !== undefined && row !== undefined && stays) {
      gone.delete(key);
      if (before.icmp === chunk.icmp && before.node === chunk.node) return;
      const { icmp } = chunk;
      operations.push({ op: 'update', table: 'NAT_Chunk', where: [['_uuid', '==', row]], row: { icmp, node } });
    } else {
      const { address, port, size, icmp } = chunk;
      const tenant = needRow(view, 'tenants', chunk.tenant);
      const pool = needRow(view, 'nat-pools', chunk.pool);
      const columns = { tenant, pool, node, address, port, size, icmp };
      operations.push({ op: 'insert', table: 'NAT_Chunk', row: columns, uuidName: `chunk${i}` });
    }
    changed.add(use);
  });
  for (const chunk of standing.values()) if (gone.has(chunkKey(chunk))) changed.add(useKey(chunk));
  for (const row of gone.values()) operations.push({ op: 'delete', table: 'NAT_Chunk', where: [['_uuid', '==', row]] });
  for (const rule of documents['nat-rules'].values()) {
    const key = objectKey('nat-rules', rule.name);
    const object = view.objects.get(key);
    if (key === except || !object || !changed.has(useKey(rule))) continue;
    operations.push({
      op: 'update',
      table: 'NAT_Rule',
      where: [['_uuid', '==', object.uuid]],
      row: { chunk: uuids.get(useKey(rule)) ?? [], revision: object.revision + 1 },
    });
  }
  return { operations, uuids };
}

function needNode(view: StateView, name: string): Uuid {
  const node = view.nodes.get(name);
  // Told to be dead, and not back yet: a chunk of its own would be nobody's.
  if (!node) throw new StateError('STATE_UNAVAILABLE', `node ${name} is not registered`);
  return node.uuid;
}
