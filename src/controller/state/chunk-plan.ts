// Which tenant owns which chunk of which pool, once a change is in. Pure: what stands and what is wanted go in.

import { allocateChunk, type ChunkAllocation } from '../../policy/allocation.ts';
import type { DocumentSet, NatPoolDocument } from '../../policy/documents.ts';
import { compareTexts } from './canonical.ts';

export type ChunkPlan =
  | { readonly kind: 'planned'; readonly chunks: readonly ChunkAllocation[] }
  /** The pool has no chunk left for the tenant. */
  | { readonly kind: 'exhausted'; readonly pool: NatPoolDocument; readonly tenant: string };

/** A chunk belongs to a pair of tenant and pool. */
export function chunkKey(chunk: { readonly tenant: string; readonly pool: string }): string {
  return `${chunk.tenant}/${chunk.pool}`;
}

/**
 * One chunk for each (tenant, pool) that a rule refers to. Chunks that still fit their pool stay as they are, for live
 * connections use them; a chunk of another size than the pool now gives out does not fit.
 */
export function planChunks(documents: DocumentSet, standing: readonly ChunkAllocation[]): ChunkPlan {
  const wanted = new Map([...documents['nat-rules'].values()].map(rule => [chunkKey(rule), rule]));
  const chunks = new Map<string, ChunkAllocation>();
  for (const chunk of standing) {
    const pool = documents['nat-pools'].get(chunk.pool);
    if (pool && wanted.has(chunkKey(chunk)) && fits(chunk, pool)) chunks.set(chunkKey(chunk), chunk);
  }
  for (const key of [...wanted.keys()].sort(compareTexts)) {
    const rule = wanted.get(key);
    const pool = rule && documents['nat-pools'].get(rule.pool);
    if (!pool || chunks.has(key)) continue;
    const chunk = allocateChunk(pool, rule.tenant, [...chunks.values()]);
    if (!chunk) return { kind: 'exhausted', pool, tenant: rule.tenant };
    chunks.set(key, chunk);
  }
  return { kind: 'planned', chunks: passOnIcmp([...chunks.values()]) };
}

function fits(chunk: ChunkAllocation, pool: NatPoolDocument): boolean {
  return (
    chunk.size === pool.chunkSize &&
    pool.addresses.includes(chunk.address) &&
    chunk.port >= pool.ports.min &&
    chunk.port + chunk.size - 1 <= pool.ports.max
  );
}

/** When the tenant that had an address's ICMP has left it, the tenant with the lowest port on it gets it. */
function passOnIcmp(chunks: readonly ChunkAllocation[]): readonly ChunkAllocation[] {
  const heirs = new Map<string, ChunkAllocation>();
  const owned = new Set(chunks.filter(chunk => chunk.icmp).map(chunk => chunk.address));
  for (const chunk of chunks) {
    const heir = heirs.get(chunk.address);
    if (!owned.has(chunk.address) && (!heir || chunk.port < heir.port)) heirs.set(chunk.address, chunk);
  }
  return chunks.map(chunk => (heirs.get(chunk.address)?.tenant === chunk.tenant ? { ...chunk, icmp: true } : chunk));
}
