// The numbers that objects own beside what people wrote: given out once, kept in the state database.
// Pure: the caller reads what is taken, asks, and writes the answer in the same transaction.

import type { NatPoolDocument } from './documents.ts';

export interface ChunkAllocation {
  readonly tenant: string;
  readonly pool: string;
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
  /** Index by interface name. */
  readonly indexes: ReadonlyMap<string, number>;
  readonly chunks: readonly ChunkAllocation[];
}

/** The lowest number from 1 to `max` that is not taken; undefined when all are. */
export function lowestFree(taken: Iterable<number>, max: number): number | undefined {
  const used = new Set(taken);
  for (let candidate = 1; candidate <= max; candidate++) if (!used.has(candidate)) return candidate;
  return undefined;
}

/**
 * A chunk of `pool` for `tenant`: on the address with the fewest tenants, the lowest free aligned range.
 * The first tenant on an address also owns its ICMP. Undefined: the pool is used up.
 */
export function allocateChunk(
  pool: NatPoolDocument,
  tenant: string,
  taken: readonly ChunkAllocation[],
): ChunkAllocation | undefined {
  const size = pool.chunkSize;
  // Another pool may hold the same address: what is taken on it counts wherever it came from.
  const tenantsOn = (address: string) => new Set(taken.filter(chunk => chunk.address === address).map(c => c.tenant));
  const addresses = [...pool.addresses].sort((a, b) => tenantsOn(a).size - tenantsOn(b).size);
  for (const address of addresses) {
    const onAddress = taken.filter(chunk => chunk.address === address);
    const icmp = !onAddress.some(chunk => chunk.icmp && chunk.tenant !== tenant);
    for (let port = Math.ceil(pool.ports.min / size) * size; port + size - 1 <= pool.ports.max; port += size) {
      const overlaps = onAddress.some(chunk => port < chunk.port + chunk.size && chunk.port < port + size);
      if (!overlaps) return { tenant, pool: pool.name, address, port, size, icmp };
    }
  }
  return undefined;
}
