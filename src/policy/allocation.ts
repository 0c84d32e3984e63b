// The numbers that objects own beside what people wrote: given out once, kept in the state database.
// Pure: the caller reads what is taken, asks, and writes the answer in the same transaction.

import type { NatPoolDocument } from './documents.ts';

export interface ChunkAllocation {
  readonly tenant: string;
  readonly pool: string;
  /** Whose: the node that translates to it. */
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly size: number;
  readonly icmp: boolean;
}

/** What the state database keeps for the objects of a DocumentSet. */
export interface Allocations {
  /** Object id by `kind/name`. */
  readonly ids: ReadonlyMap<string, number>;
  /** Conntrack zone by tenant name. */
  readonly zones: ReadonlyMap<string, number>;
  /** Zones that nobody has, but in which a node may still have entries. */
  readonly retiredZones: readonly number[];
  /** Index by `kind/name`, of interfaces and ports. */
  readonly indexes: ReadonlyMap<string, number>;
  readonly chunks: readonly ChunkAllocation[];
}

/** The lowest number from 1 to `max` that is not taken; undefined when all are. */
export function lowestFree(taken: Iterable<number>, max: number): number | undefined {
  const used = new Set(taken);
  for (let candidate = 1; candidate <= max; candidate++) if (!used.has(candidate)) return candidate;
  return undefined;
}

/** Who shares an address with others: a tenant at a node. */
export interface ChunkHolder {
  readonly tenant: string;
  readonly node: string;
}

export function sameHolder(a: ChunkHolder, b: ChunkHolder): boolean {
  return a.tenant === b.tenant && a.node === b.node;
}

/**
 * A chunk of `pool` for `holder`: on the address with the fewest holders, the lowest free aligned range.
 * The first holder on an address also owns its ICMP. Undefined: the pool is used up.
 */
export function allocateChunk(
  pool: NatPoolDocument,
  { tenant, node }: ChunkHolder,
  taken: readonly ChunkAllocation[],
): ChunkAllocation | undefined {
  const size = pool.chunkSize;
  // Another pool may hold the same address: what is taken on it counts wherever it came from.
  const holdersOn = (address: string) =>
    new Set(taken.filter(chunk => chunk.address === address).map(chunk => `${chunk.tenant} ${chunk.node}`));
  const addresses = [...pool.addresses].sort((a, b) => holdersOn(a).size - holdersOn(b).size);
  for (const address of addresses) {
    const onAddress = taken.filter(chunk => chunk.address === address);
    const icmp = !onAddress.some(chunk => chunk.icmp && !sameHolder(chunk, { tenant, node }));
    const port = lowestFreeRange(pool, onAddress);
    if (port !== undefined) return { tenant, pool: pool.name, node, address, port, size, icmp };
  }
  return undefined;
}

/** The first port of the lowest aligned range of a chunk's size that is free. */
function lowestFreeRange(
  { ports, chunkSize: size }: NatPoolDocument,
  taken: readonly ChunkAllocation[],
): number | undefined {
  const aligned = (port: number) => Math.ceil(port / size) * size;
  let port = aligned(ports.min);
  for (const chunk of [...taken].sort((a, b) => a.port - b.port)) {
    if (port + size <= chunk.port) break;
    port = Math.max(port, aligned(chunk.port + chunk.size));
  }
  return port + size - 1 <= ports.max ? port : undefined;
}
