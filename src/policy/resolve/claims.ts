// What only one can have: who has it, and who may have it beside him. Objects claim in the order in which they are
// resolved, by kind and then by name; of two that cannot share, the earlier one has it.

import type { Kind } from '../documents.ts';

/** An object, and where in it something is. */
export interface Place {
  readonly kind: Kind;
  readonly name: string;
  /** JSON pointer (RFC 6901) into the object. */
  readonly pointer: string;
}

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
  'gateway-mac': 'the MAC address of the gateway of',
  'host-mac': 'the MAC address of a host of',
  'machine-mac': 'the MAC address of',
} as const;

export type Role = keyof typeof roles;

/** Who may have one thing together, on one interface: a router is a machine of the segment, and NAT may use the gateway's own address. */
export const partners: { readonly [R in Role]?: readonly Role[] } = {
  gateway: ['pool'],
  pool: ['gateway'],
  host: ['next-hop'],
  machine: ['next-hop'],
  'next-hop': ['next-hop', 'host', 'machine'],
};

export interface Claim extends Place {
  readonly role: Role;
  /** The interface that an address is claimed on; undefined: what is claimed is not shared. */
  readonly on: string | undefined;
}

/** By a key that says what is claimed; most is claimed by one alone. */
export type Claims = Map<string, Claim | readonly Claim[]>;

/** Who has it already and does not share it; undefined: the claimant can have it. */
export function holderOf(claims: Claims, key: string, claimant: Claim): Claim | undefined {
  const holders = claims.get(key);
  if (holders === undefined) return undefined;
  return (isList(holders) ? holders : [holders]).find(holder => !mayShare(holder, claimant));
}

export function addClaim(claims: Claims, key: string, claimant: Claim): void {
  const holders = claims.get(key);
  if (holders === undefined) claims.set(key, claimant);
  else claims.set(key, isList(holders) ? [...holders, claimant] : [holders, claimant]);
}

function isList(holders: Claim | readonly Claim[]): holders is readonly Claim[] {
  return Array.isArray(holders);
}

function mayShare(a: Claim, b: Claim): boolean {
  return a.on !== undefined && a.on === b.on && (partners[a.role]?.includes(b.role) ?? false);
}

const nouns: Readonly<Record<Kind, string>> = {
  tenants: 'tenant',
  vnis: 'VNI',
  interfaces: 'interface',
  ports: 'port',
  routes: 'route',
  'nat-pools': 'NAT pool',
  'nat-rules': 'NAT rule',
};

/** An object in a sentence. */
export function called({ kind, name }: Pick<Place, 'kind' | 'name'>): string {
  return `${nouns[kind]} "${name}"`;
}

/** `what` is somebody's: a sentence for the one who cannot have it. */
export function isHeldBy(what: string, holder: Claim, claimant: Claim): string {
  const own = holder.kind === claimant.kind && holder.name === claimant.name;
  const whose = own ? `this ${nouns[holder.kind]} (${holder.pointer})` : called(holder);
  return `${what} is ${roles[holder.role]} ${whose}`;
}
