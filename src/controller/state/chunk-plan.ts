// Which tenant has which chunk of which pool at which node, once a change is in. Pure: what stands and what is wanted go in.

import { allocateChunk, type ChunkAllocation, sameHolder } from '../../policy/allocation.ts';
import type { DocumentSet, NatPoolDocument } from '../../policy/documents.ts';
import { compareTexts } from './canonical.ts';

/** Rules of one tenant and pool translate to the same chunks: one at each node that has connections of the tenant. */
export interface ChunkUse {
  readonly tenant: string;
  readonly pool: string;
}

export interface ChunkPlan {
  readonly chunks: readonly ChunkAllocation[];
  /** What the pools had no room for. */
  readonly missing: readonly (ChunkUse & { readonly node: string })[];
}

export function useKey({ tenant, pool }: ChunkUse): string {
  return `${tenant}/${pool}`;
}

export function chunkKey(chunk: ChunkUse & { readonly node: string }): string {
  return `${useKey(chunk)}@${chunk.node}`;
}

/** Whether a tenant may open connections at a node, or if not there, at another. */
export type ChunkNeed = 'here' | 'elsewhere' | 'nowhere';

/** A node that may get chunks, for the tenants it needs one for, and where nobody has any; and gives back what others need. */
export interface Puller {
  readonly node: string;
  readonly needs: (tenant: string) => ChunkNeed;
}

/**
 * Chunks that still fit their pool stay as they are, for live connections use them; one of another size than the pool
 * now gives out does not fit, and is replaced.
 * @param standing those without a node were given out before there were several, and are the puller's
 * @param puller undefined: nobody gets more than they have
 */
export function planChunks(documents: DocumentSet, standing: readonly ChunkAllocation[], puller?: Puller): ChunkPlan {
  const uses = new Map([...documents['nat-rules'].values()].map(rule => [useKey(rule), rule]));
  const owned = standing.map(chunk => (chunk.node === '' && puller ? { ...chunk, node: puller.node } : chunk));
  const isLeft = (chunk: ChunkAllocation): boolean =>
    chunk.node === puller?.node && puller.needs(chunk.tenant) === 'elsewhere';
  const held = owned.filter(chunk => uses.has(useKey(chunk)) && !isLeft(chunk));
  const chunks = new Map(
    held.flatMap(chunk => {
      const pool = documents['nat-pools'].get(chunk.pool);
      return pool && fits(chunk, pool) ? [[chunkKey(chunk), chunk] as const] : [];
    }),
  );
  const inUse = new Set(held.map(useKey));
  const pulled = [...uses.values()].flatMap(use => {
    const need = puller?.needs(use.tenant);
    const isPulled = need === 'here' || (need === 'nowhere' && !inUse.has(useKey(use)));
    return puller && isPulled ? [{ ...use, node: puller.node }] : [];
  });
  const wanted = new Map([...held, ...pulled].map(chunk => [chunkKey(chunk), chunk]));
  const missing: (ChunkUse & { node: string })[] = [];
  for (const key of [...wanted.keys()].sort(compareTexts)) {
    const want = wanted.get(key);
    const pool = want && documents['nat-pools'].get(want.pool);
    if (!pool || chunks.has(key)) continue;
    const chunk = allocateChunk(pool, want, [...chunks.values()]);
    if (chunk) chunks.set(key, chunk);
    else missing.push({ tenant: want.tenant, pool: want.pool, node: want.node });
  }
  return { chunks: passOnIcmp([...chunks.values()]), missing };
}

function fits(chunk: ChunkAllocation, pool: NatPoolDocument): boolean {
  return (
    chunk.size === pool.chunkSize &&
    pool.addresses.includes(chunk.address) &&
    chunk.port >= pool.ports.min &&
    chunk.port + chunk.size - 1 <= pool.ports.max
  );
}

/** When the holder that had an address's ICMP has left it, the one with the lowest port on it gets it. */
function passOnIcmp(chunks: readonly ChunkAllocation[]): readonly ChunkAllocation[] {
  const heirs = new Map<string, ChunkAllocation>();
  const owned = new Set(chunks.filter(chunk => chunk.icmp).map(chunk => chunk.address));
  for (const chunk of chunks) {
    const heir = heirs.get(chunk.address);
    if (!owned.has(chunk.address) && (!heir || chunk.port < heir.port)) heirs.set(chunk.address, chunk);
  }
  return chunks.map(chunk => {
    const heir = heirs.get(chunk.address);
    return heir && sameHolder(heir, chunk) ? { ...chunk, icmp: true } : chunk;
  });
}
