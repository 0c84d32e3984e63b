// Which tenant has which chunk of which pool at which node, once a change is in. Pure: what stands and what is wanted go in.

import {
  allocateChunk,
  type ChunkAllocation,
  type ChunkHolder,
  type LastPorts,
  type PortRange,
  type RetiredRange,
  sameHolder,
  type Taken,
  type TakenRange,
  TakenRanges,
} from '../../policy/allocation.ts';
import type { DocumentSet } from '../../policy/documents.ts';
import { chunkKey, useKey } from '../../policy/facts/base.ts';
import type { NatPoolDocument } from '../../policy/kinds/nat-pools.ts';
import { compareTexts } from '../../policy/kinds/spelling.ts';

/** Rules of one tenant and pool translate to the same chunks: one at each node that has connections of the tenant. */
export interface ChunkUse {
  readonly tenant: string;
  readonly pool: string;
}

/** A chunk that is wanted, and that the pool has no room for. */
export interface MissingChunk extends ChunkUse {
  readonly node: string;
  /** Whether there is room once all that was given up has been confirmed, and has rested. */
  readonly waits: boolean;
}

/** What has been given out, and what became of it. */
export interface ChunkGround {
  /** Those without a node were given out before there were several, and are the puller's. */
  readonly standing: readonly ChunkAllocation[];
  /** Given up before, and not confirmed by all, or at rest. */
  readonly retired: readonly (PortRange & { readonly heir?: string })[];
  /** By name of the pool. */
  readonly lastPorts: ReadonlyMap<string, LastPorts>;
  /** Chunks of an address that are not planned, and stay as they are. */
  readonly others?: Taken['on'];
}

export interface ChunkPlan {
  readonly chunks: readonly ChunkAllocation[];
  readonly missing: readonly MissingChunk[];
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
 * now gives out does not fit, and is replaced. What is given up by that is nobody's yet, like what was given up before:
 * nobody gets a port, or the ICMP of an address, that a node may still use, and while it rests nobody but who had it.
 * @param puller undefined: nobody gets more than they have
 * @param turns uses, by `useKey`, that are served before all others, in this order
 */
export function planChunks(
  documents: DocumentSet,
  ground: ChunkGround,
  puller?: Puller,
  turns: readonly string[] = [],
): ChunkPlan {
  const { standing, retired, lastPorts, others = () => [] } = ground;
  const uses = new Map([...documents['nat-rules'].values()].map(rule => [useKey(rule), rule]));
  const poolOf = new Map<string, PoolPorts>();
  for (const pool of documents['nat-pools'].values()) poolOf.set(pool.name, portsOf(pool));
  const owned = standing.map(chunk => (chunk.node === '' && puller ? { ...chunk, node: puller.node } : chunk));
  const isLeft = (chunk: ChunkAllocation): boolean =>
    chunk.node === puller?.node && puller.needs(chunk.tenant) === 'elsewhere';
  const held = owned.filter(chunk => uses.has(useKey(chunk)) && !isLeft(chunk));
  const kept = new Set(
    held.filter(chunk => {
      const pool = poolOf.get(chunk.pool);
      return pool !== undefined && isOfPool(chunk, pool);
    }),
  );
  const inUse = new Set(held.map(useKey));
  const pulled = [...uses.values()].flatMap(use => {
    const need = puller?.needs(use.tenant);
    const isPulled = need === 'here' || (need === 'nowhere' && !inUse.has(useKey(use)));
    return puller && isPulled ? [{ ...use, node: puller.node }] : [];
  });
  const wanted = new Map([...held, ...pulled].map(chunk => [chunkKey(chunk), chunk]));
  const inTheWay = [...retired, ...owned.filter(chunk => !kept.has(chunk)).map(withoutHolder)];
  const bounds = { documents, others, lastPorts, turns };
  const { chunks, missing } = fill(bounds, [...kept], wanted, inTheWay);
  const lacking = new Set(missing.length === 0 ? [] : fill(bounds, [...kept], wanted, []).missing.map(chunkKey));
  return {
    chunks: passOnIcmp(chunks, inTheWay, others),
    missing: missing.map(chunk => ({ ...chunk, waits: !lacking.has(chunkKey(chunk)) })),
  };
}

/** Whoever gave it up is a stranger to it, too. */
function withoutHolder({ address, port, size, icmp }: PortRange): PortRange {
  return { address, port, size, icmp };
}

type Want = ChunkUse & { readonly node: string };

/** Those whose turn nobody knows in order of `chunkKey`. */
function inTurn(wants: readonly Want[], turns: readonly string[]): readonly Want[] {
  const places = new Map([...turns.entries()].reverse().map(([place, use]) => [use, place]));
  const placeOf = (want: Want): number => places.get(useKey(want)) ?? turns.length;
  return [...wants].sort((a, b) => placeOf(a) - placeOf(b) || compareTexts(chunkKey(a), chunkKey(b)));
}

interface Bounds extends Required<Pick<ChunkGround, 'others' | 'lastPorts'>> {
  readonly documents: DocumentSet;
  readonly turns: readonly string[];
}

/** Gives those of `wanted` a chunk that `kept` has none for, one after the other. */
function fill(
  { documents, others, lastPorts, turns }: Bounds,
  kept: readonly ChunkAllocation[],
  wanted: ReadonlyMap<string, Want>,
  inTheWay: readonly TakenRange[],
): { readonly chunks: readonly ChunkAllocation[]; readonly missing: readonly Want[] } {
  const chunks = new Map(kept.map(chunk => [chunkKey(chunk), chunk]));
  const missing: Want[] = [];
  const lacking = [...wanted.values()].filter(want => !chunks.has(chunkKey(want)));
  const wanting = inTurn(lacking, turns);
  const taken = new TakenRanges(wanting.length === 0 ? [] : [...chunks.values(), ...inTheWay], others);
  for (const want of wanting) {
    const pool = documents['nat-pools'].get(want.pool);
    if (!pool) continue;
    const chunk = allocateChunk(pool, want, taken, lastPorts.get(pool.name));
    if (!chunk) {
      missing.push({ tenant: want.tenant, pool: want.pool, node: want.node });
      continue;
    }
    chunks.set(chunkKey(want), chunk);
    taken.add(chunk);
  }
  return { chunks: [...chunks.values()], missing };
}

/** What a pool gives out, for looking it up. */
export interface PoolPorts {
  readonly pool: NatPoolDocument;
  readonly addresses: ReadonlySet<string>;
}

export function portsOf(pool: NatPoolDocument): PoolPorts {
  return { pool, addresses: new Set(pool.addresses) };
}

/** Whether a pool, as it is, gives out ranges of this size, with these ports. */
export function isOfPool({ address, port, size }: PortRange, { pool, addresses }: PoolPorts): boolean {
  return (
    size === pool.chunkSize && addresses.has(address) && port >= pool.ports.min && port + size - 1 <= pool.ports.max
  );
}

/** What a chunk waits for that a pool has no room for yet. */
export interface Awaited {
  /** Nodes that have to let go of what was given up first. */
  readonly waitsFor: readonly string[];
  /** There is room when what nobody uses any more has rested until then, ms since 1970; undefined: there is not. */
  readonly until: number | undefined;
}

/** @returns nothing to wait for when there is room, or when there will be none */
export function awaited(
  pool: NatPoolDocument,
  holder: ChunkHolder,
  standing: readonly ChunkAllocation[],
  retired: readonly RetiredRange[],
): Awaited {
  const inTheWay = retired.filter(({ address, heir }) => pool.addresses.includes(address) && heir !== holder.tenant);
  const held = inTheWay.filter(({ until }) => until === undefined);
  const resting = inTheWay.filter(({ until }) => until !== undefined).sort((a, b) => (a.until ?? 0) - (b.until ?? 0));
  const hasRoom = (still: readonly RetiredRange[]): boolean =>
    allocateChunk(pool, holder, new TakenRanges([...standing, ...still])) !== undefined;
  if (hasRoom(inTheWay) || !hasRoom([])) return { waitsFor: [], until: undefined };
  if (!hasRoom(held))
    return { waitsFor: [...new Set(held.flatMap(({ holders }) => holders))].sort(), until: undefined };
  // So many must have rested; fewer are not enough.
  let enough = resting.length;
  for (let tooFew = 0; enough - tooFew > 1; ) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (hasRoom([...held, ...resting.slice(middle)])) enough = middle;
    else tooFew = middle;
  }
  return { waitsFor: [], until: resting[enough - 1]?.until };
}

/**
 * When the holder that had an address's ICMP has left it, the one with the lowest port on it gets it: not before every
 * node has let go of it, and while it rests only one of the tenant that had it.
 */
function passOnIcmp(
  chunks: readonly ChunkAllocation[],
  inTheWay: readonly TakenRange[],
  others: Taken['on'],
): readonly ChunkAllocation[] {
  const heirs = new Map<string, ChunkAllocation>();
  const owned = new Set(chunks.filter(({ icmp }) => icmp).map(({ address }) => address));
  const waiting = new TakenRanges(
    inTheWay.filter(({ icmp }) => icmp),
    address => others(address).filter(({ icmp }) => icmp),
  );
  for (const chunk of chunks) {
    const { address, tenant, port } = chunk;
    if (owned.has(address) || waiting.on(address).some(range => range.heir !== tenant)) continue;
    const heir = heirs.get(address);
    if (!heir || port < heir.port) heirs.set(address, chunk);
  }
  if (heirs.size === 0) return chunks;
  return chunks.map(chunk => {
    const heir = heirs.get(chunk.address);
    return heir && sameHolder(heir, chunk) ? { ...chunk, icmp: true } : chunk;
  });
}
