// The numbers that objects own beside what people wrote: given out once, kept in the state database.
// Pure: the caller reads what is taken, asks, and writes the answer in the same transaction.

import type { NatPoolDocument } from './documents.ts';

/** `size` ports of an address from `port` on, with or without the ICMP of the address. */
export interface PortRange {
  readonly address: string;
  readonly port: number;
  readonly size: number;
  readonly icmp: boolean;
}

export interface ChunkAllocation extends PortRange {
  readonly tenant: string;
  readonly pool: string;
  /** Whose: the node that translates to it. */
  readonly node: string;
}

/** What nobody has any more. */
export type GivenUpNumber =
  | { readonly kind: 'index' | 'zone'; readonly number: number }
  | ({ readonly kind: 'ports' } & PortRange);

/** A number that was given up, and is not given out again while nodes may still use it. */
export type RetiredNumber = GivenUpNumber & {
  /** Names of the nodes that may: each takes itself off when its switch has let go of the number. */
  readonly holders: readonly string[];
};

/** What the state database keeps for the objects of a DocumentSet. */
export interface Allocations {
  /** Object id by `kind/name`. */
  readonly ids: ReadonlyMap<string, number>;
  /** Conntrack zone by tenant name. */
  readonly zones: ReadonlyMap<string, number>;
  /** Index by `kind/name`, of interfaces and ports. */
  readonly indexes: ReadonlyMap<string, number>;
  readonly chunks: readonly ChunkAllocation[];
  readonly retired: readonly RetiredNumber[];
}

/** The first number after `last` that is not taken, from 1 to `max` and round; undefined when all are. */
export function nextFree(taken: Iterable<number>, last: number, max: number): number | undefined {
  const used = new Set(taken);
  for (let step = 0; step < max; step++) {
    const candidate = ((last + step) % max) + 1;
    if (!used.has(candidate)) return candidate;
  }
  return undefined;
}

/** Numbers of a kind that nobody has, and nobody may get. */
export function retiredNumbers({ retired }: Allocations, kind: 'index' | 'zone'): number[] {
  return retired.flatMap(number => (number.kind === kind ? [number.number] : []));
}

export function retiredRanges({ retired }: Allocations): (RetiredNumber & PortRange)[] {
  return retired.flatMap(number => (number.kind === 'ports' ? [number] : []));
}

export function rangesOverlap(a: PortRange, b: PortRange): boolean {
  return a.address === b.address && a.port < b.port + b.size && b.port < a.port + a.size;
}

/** Who shares an address with others: a tenant at a node. */
export interface ChunkHolder {
  readonly tenant: string;
  readonly node: string;
}

/** A range that is somebody's, or that nobody has who could be named. */
export type TakenRange = PortRange & Partial<ChunkHolder>;

export function sameHolder(a: Partial<ChunkHolder>, b: ChunkHolder): boolean {
  return a.tenant === b.tenant && a.node === b.node;
}

/**
 * A chunk of `pool` for `holder`: on the address with the fewest holders, the lowest free aligned range.
 * The first holder on an address also owns its ICMP. Undefined: the pool is used up.
 */
export function allocateChunk(
  pool: NatPoolDocument,
  { tenant, node }: ChunkHolder,
  taken: readonly TakenRange[],
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
function lowestFreeRange({ ports, chunkSize: size }: NatPoolDocument, taken: readonly PortRange[]): number | undefined {
  const aligned = (port: number) => Math.ceil(port / size) * size;
  let port = aligned(ports.min);
  for (const chunk of [...taken].sort((a, b) => a.port - b.port)) {
    if (port + size <= chunk.port) break;
    port = Math.max(port, aligned(chunk.port + chunk.size));
  }
  return port + size - 1 <= ports.max ? port : undefined;
}
