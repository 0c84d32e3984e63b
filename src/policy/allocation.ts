// The numbers that objects own beside what people wrote: given out once, kept in the state database.
// Pure: the caller reads what is taken, asks, and writes the answer in the same transaction.

import type { NatPoolDocument } from './kinds/nat-pools.ts';

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
  | ({
      readonly kind: 'ports';
      /** The id of the tenant that had it; 0: that is not known. */
      readonly tenantId: number;
    } & PortRange);

/** A number that was given up, and is not given out again while nodes may still use it. */
export type RetiredNumber = GivenUpNumber & {
  /** Names of the nodes that may: each takes itself off when its switch has let go of the number. */
  readonly holders: readonly string[];
  /** Of ports that no node uses any more: until when they rest, for the far ends go on sending; ms since 1970. */
  readonly until?: number;
};

export type RetiredRange = Extract<RetiredNumber, PortRange> & {
  /** The one tenant that may have it now. */
  readonly heir?: string;
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
export function nextFree(isTaken: (number: number) => boolean, last: number, max: number): number | undefined {
  for (let step = 0; step < max; step++) {
    const candidate = ((last + step) % max) + 1;
    if (!isTaken(candidate)) return candidate;
  }
  return undefined;
}

/** The half of the conntrack zones that is ours: OVN, whose datapath it may be too, gives out its own from 1 on. */
const ownZones = { first: 0x8000, last: 0xffff } as const;

export const firstZone: number = ownZones.first;

/** Zones that a tenant has, or that are retired. */
export function takenZones({ zones, retired }: Allocations): Set<number> {
  return new Set([...zones.values(), ...retired.flatMap(each => (each.kind === 'zone' ? [each.number] : []))]);
}

/** The first zone from `from` on, and round, that is not taken; undefined: there is none. */
export function nextZone(isTaken: (zone: number) => boolean, from: number = firstZone): number | undefined {
  const count = ownZones.last - ownZones.first + 1;
  for (let step = 0; step < count; step++) {
    const zone = ownZones.first + ((from - ownZones.first + step) % count);
    if (!isTaken(zone)) return zone;
  }
  return undefined;
}

/** A range at rest may go back to the tenant that had it: what still comes for it is that tenant's. */
export function retiredRanges({ retired, ids }: Allocations): RetiredRange[] {
  const ranges = retired.flatMap(number => (number.kind === 'ports' ? [number] : []));
  if (ranges.length === 0) return [];
  const tenants = new Map([...ids].flatMap(([key, id]) => (key.startsWith(tenantKey) ? [[id, key] as const] : [])));
  return ranges.map(range => {
    const heir = range.holders.length === 0 ? tenants.get(range.tenantId)?.slice(tenantKey.length) : undefined;
    return heir === undefined ? range : { ...range, heir };
  });
}

const tenantKey = 'tenants/';

export function sameRange(a: PortRange, b: PortRange): boolean {
  return a.address === b.address && a.port === b.port && a.size === b.size;
}

export function rangesOverlap(a: PortRange, b: PortRange): boolean {
  return a.address === b.address && a.port < b.port + b.size && b.port < a.port + a.size;
}

/** Who shares an address with others: a tenant at a node. */
export interface ChunkHolder {
  readonly tenant: string;
  readonly node: string;
}

/** A range that is somebody's, or that nobody has who could be named; then the heir may have it. */
export type TakenRange = PortRange & Partial<ChunkHolder> & { readonly heir?: string };

/** The port of the chunk that was given out last, by address. */
export type LastPorts = ReadonlyMap<string, number>;

export function sameHolder(a: Partial<ChunkHolder>, b: ChunkHolder): boolean {
  return a.tenant === b.tenant && a.node === b.node;
}

/** What is taken, by address: other pools may have the same ones. */
export interface Taken {
  readonly on: (address: string) => readonly TakenRange[];
}

/** Ranges by address, to which more come. */
export class TakenRanges implements Taken {
  readonly #ranges = new Map<string, TakenRange[]>();
  readonly #others: Taken['on'];

  /** @param others what else is taken of an address */
  constructor(ranges: Iterable<TakenRange>, others: Taken['on'] = () => []) {
    this.#others = others;
    for (const range of ranges) this.add(range);
  }

  on(address: string): readonly TakenRange[] {
    return [...this.#others(address), ...(this.#ranges.get(address) ?? [])];
  }

  add(range: TakenRange): void {
    const ranges = this.#ranges.get(range.address);
    if (ranges) ranges.push(range);
    else this.#ranges.set(range.address, [range]);
  }
}

/**
 * A chunk of `pool` for `holder`: on the address with the fewest holders, the next free aligned range after the one that
 * was given out last: what was given up is the last to come again.
 * The first holder on an address also owns its ICMP. Undefined: the pool is used up.
 */
export function allocateChunk(
  pool: NatPoolDocument,
  { tenant, node }: ChunkHolder,
  taken: Taken,
  last: LastPorts = new Map(),
): ChunkAllocation | undefined {
  const size = pool.chunkSize;
  const addresses = pool.addresses.map(address => {
    const onAddress = taken.on(address).filter(({ heir }) => heir !== tenant);
    return { address, onAddress, holders: new Set(onAddress.map(chunk => `${chunk.tenant} ${chunk.node}`)).size };
  });
  addresses.sort((a, b) => a.holders - b.holders);
  for (const { address, onAddress } of addresses) {
    const icmp = !onAddress.some(chunk => chunk.icmp && !sameHolder(chunk, { tenant, node }));
    const after = (last.get(address) ?? 0) + 1;
    const port =
      freeRange(pool, onAddress, Math.max(after, pool.ports.min)) ?? freeRange(pool, onAddress, pool.ports.min);
    if (port !== undefined) return { tenant, pool: pool.name, node, address, port, size, icmp };
  }
  return undefined;
}

/** The first port of the lowest aligned range of a chunk's size from `min` on that is free. */
function freeRange(
  { ports, chunkSize: size }: NatPoolDocument,
  taken: readonly PortRange[],
  min: number,
): number | undefined {
  const aligned = (port: number) => Math.ceil(port / size) * size;
  let port = aligned(min);
  for (const chunk of [...taken].sort((a, b) => a.port - b.port)) {
    if (port + size <= chunk.port) break;
    port = Math.max(port, aligned(chunk.port + chunk.size));
  }
  return port + size - 1 <= ports.max ? port : undefined;
}
