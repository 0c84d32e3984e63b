// Which subnets are behind which interface, in each address space. Those that were taken do not overlap, so that one
// look at the neighbours in order of address tells whether another does.

import { formatPrefix, networkOf, type Prefix, prefixesOverlap } from '../../lib/address.ts';
import type { Place } from './claims.ts';

export interface SubnetClaim extends Place {
  readonly prefix: Prefix;
  /** The interface behind which it is. */
  readonly on: string;
}

/** By address space and family, in order of address. */
export type SubnetClaims = Map<string, SubnetClaim[]>;

/** Who has some of the subnet behind another interface already; undefined: nobody, and now the claimant has it. */
export function claimSubnet(claims: SubnetClaims, space: string, claimant: SubnetClaim): SubnetClaim | undefined {
  const { prefix, on } = claimant;
  const network = networkOf(prefix);
  const key = `${space} ${network.ip.family}`;
  const taken = claims.get(key) ?? [];
  claims.set(key, taken);
  const at = firstFrom(taken, BigInt(network.ip.value));
  const overlapping = overlapsFrom(taken, at === 0 ? 0 : at - 1, network);
  const holder = overlapping.find(other => other.on !== on);
  if (overlapping.length === 0) taken.splice(at, 0, { ...claimant, prefix: network });
  return holder;
}

/** Those that `network` overlaps; all before `start` are below it. */
function overlapsFrom(taken: readonly SubnetClaim[], start: number, network: Prefix): SubnetClaim[] {
  const found: SubnetClaim[] = [];
  for (let i = start; i < taken.length; i++) {
    const other = taken[i];
    if (other && prefixesOverlap(other.prefix, network)) found.push(other);
    else if (i > start) break;
  }
  return found;
}

export function overlapsText({ prefix }: Pick<SubnetClaim, 'prefix'>, other: SubnetClaim): string {
  return `${formatPrefix(prefix)} overlaps ${formatPrefix(other.prefix)} of interface "${other.on}"`;
}

/** The index of the first whose network begins at `value` or later. */
function firstFrom(taken: readonly SubnetClaim[], value: bigint): number {
  let [low, high] = [0, taken.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = taken[middle];
    if (at && BigInt(at.prefix.ip.value) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
