// What documents claim: made from documents alone, whatever else is wrong with who claims.

import type { Prefix } from '../../lib/address.ts';
import { formatPrefix } from '../../lib/address.ts';
import { table } from '../engine/table.ts';
import type { Kind } from '../kinds/names.ts';
import { kindRank } from '../kinds/names.ts';
import { type ProblemFact, problems } from './problems.ts';

/** As what something is claimed, and how that is said of who has it. */
export const roles = {
  only: 'already taken by',
  gateway: 'the gateway address of',
  network: 'the network address of',
  broadcast: 'the broadcast address of',
  host: 'the address of a host of',
  machine: 'the address of',
  'next-hop': 'the next hop of',
  pool: 'an address of',
  static: 'the outside address of',
  forward: 'the outside address of',
  'forwarded-to': 'already taken by',
  'gateway-mac': 'the MAC address of the gateway of',
  'host-mac': 'the MAC address of a host of',
  'machine-mac': 'the MAC address of',
} as const;

export type Role = keyof typeof roles;

interface Claimant {
  readonly kind: Kind;
  readonly name: string;
}

/** In order of the kinds, and then of names. */
function inRank({ kind, name }: Claimant): string {
  return `${kindRank(kind)}/${name}`;
}

/** One thing that is claimed by one object. */
export interface ClaimFact extends Claimant {
  /** What is claimed. Of addresses, the last word is the address. */
  readonly what: string;
  /** That in a sentence; absent: the last word of `what` says it. */
  readonly said?: string;
  readonly role: Role;
  /** The interface that an address is claimed on; absent: what is claimed is not shared. */
  readonly on?: string;
  /** The one node where it is claimed; absent: at all. */
  readonly pin?: string;
  /** Ports that it is claimed for; absent: what is claimed has none. */
  readonly ports?: { readonly min: number; readonly max: number };
  /** JSON pointer into the object; absent: of a host, whose place among the others says nothing about it. */
  readonly pointer?: string;
}

/** The rows of one `what` are in the order in which they are heard. */
export const claims = table({
  name: 'claims',
  key: (claim: ClaimFact) => `${claim.what} ${inRank(claim)}`,
  indexes: { what: ({ what }) => [what] },
});

/** A subnet behind an interface, in a space: that of a tenant, or the outside. */
export interface SubnetClaim extends Claimant {
  /** Undefined: the outside. */
  readonly tenant: string | undefined;
  /** With host bits. */
  readonly prefix: Prefix;
  readonly on: string;
  readonly pointer: string;
}

export const subnetClaims = table({
  name: 'subnet-claims',
  key: (claim: SubnetClaim) =>
    `${inRank(claim)} ${claim.tenant ?? ''} ${claim.on} ${formatPrefix(claim.prefix)} ${claim.pointer}`,
  indexes: { space: ({ tenant, prefix }) => [`${tenant ?? ''} ${prefix.ip.family}`] },
});

export function subnetKey(of: { readonly interface: string; readonly prefix: Prefix }): string {
  return `${of.interface} ${formatPrefix(of.prefix)}`;
}

/** Subnets of interfaces of which another has some. */
export const lostSubnets = table({
  name: 'lost-subnets',
  key: (lost: { readonly interface: string; readonly prefix: Prefix }) => subnetKey(lost),
});

/** Claims of pools that another stands against. */
export const lostPoolAddresses = table({
  name: 'lost-pool-addresses',
  key: ({ pool, address }: { readonly pool: string; readonly address: string }) => `${pool} ${address}`,
});

/** What overlaps: a problem of a pool only if it could have its address otherwise. */
export const poolOverlaps = table({
  name: 'pool-overlaps',
  key: ({ problem }: { readonly address: string; readonly problem: ProblemFact }) => problems.key(problem),
});
