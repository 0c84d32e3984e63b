// What the resolution of every kind of object shares: the documents, what has been found wrong, and who has claimed what.

import type { Allocations } from '../allocation.ts';
import type { DocumentSet, Kind } from '../documents.ts';
import type { Membership, NodeOffer } from '../membership.ts';
import type { NodeConfig } from '../node.ts';

/** Why an object cannot be what it says. */
export interface Problem {
  readonly kind: Kind;
  readonly name: string;
  /** JSON pointer (RFC 6901) into the object. */
  readonly pointer: string;
  readonly detail: string;
  /** `missing`: it refers to what does not exist; `conflict`: two objects want the same; `invalid`: it contradicts itself or the node. */
  readonly why: 'missing' | 'conflict' | 'invalid';
}

export type Report = (pointer: string, why: Problem['why'], detail: string) => void;

export interface Resolver {
  readonly node: NodeConfig;
  readonly documents: DocumentSet;
  readonly allocations: Allocations;
  /** Undefined: this node works alone, and everything is here. */
  readonly membership: Membership | undefined;
  /** Of this node, and then of its peers. */
  readonly offers: readonly NodeOffer[];
  readonly problems: Problem[];
  /** Who has what only one can have, by a key that says what it is. */
  readonly claims: Map<string, string>;
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

/** Resolves one document; undefined when it cannot be. `earlier` are those of its kind that could, so far. */
export type Resolve<K extends Kind, T> = (
  document: DocumentSet[K] extends ReadonlyMap<string, infer D> ? D : never,
  id: number,
  report: Report,
  earlier: ReadonlyMap<string, T>,
) => T | undefined;

/** All documents of a kind, in order of name; those with a problem are left out. */
export function resolveKind<K extends Kind, T>(resolver: Resolver, kind: K, resolve: Resolve<K, T>): Map<string, T> {
  const resolved = new Map<string, T>();
  const documents = resolver.documents[kind] as ReadonlyMap<string, Parameters<Resolve<K, T>>[0]>;
  for (const name of [...documents.keys()].sort()) {
    const document = documents.get(name);
    if (document === undefined) continue;
    const before = resolver.problems.length;
    const report: Report = (pointer, why, detail) => resolver.problems.push({ kind, name, pointer, why, detail });
    const id = resolver.allocations.ids.get(`${kind}/${name}`) ?? 0;
    const value = resolve(document, id, report, resolved);
    if (value !== undefined && resolver.problems.length === before) resolved.set(name, value);
  }
  return resolved;
}

/** What `name` refers to. Of an object that is there, but has a problem itself, that problem says enough. */
export function need<T>(
  { documents }: Resolver,
  kind: Kind,
  from: ReadonlyMap<string, T>,
  name: string,
  pointer: string,
  report: Report,
): T | undefined {
  if (!documents[kind].has(name)) report(pointer, 'missing', `there is no ${nouns[kind]} "${name}"`);
  return from.get(name);
}

/** Reports a conflict when an object of an earlier name has one of `keys` already. */
export function claim(
  { claims }: Resolver,
  name: string,
  keys: readonly string[],
  what: string,
  pointer: string,
  report: Report,
): void {
  const owner = keys.map(key => claims.get(key)).find(taken => taken !== undefined);
  if (owner === undefined) for (const key of keys) claims.set(key, name);
  else report(pointer, 'conflict', `${what} is already taken by "${owner}"`);
}

export function listed(names: Iterable<string>): string {
  return [...new Set(names)].join(', ') || 'none';
}

/** `this node has`, or where there are others, `no node`: how a message about what is not there begins. */
export function lacking({ offers }: Resolver, what: string, has: (offer: NodeOffer) => Iterable<string>): string {
  const there = listed(offers.flatMap(offer => [...has(offer)]));
  return offers.length > 1 ? `no node has ${what}; there are ${there}` : `this node has no ${what}; it has ${there}`;
}
