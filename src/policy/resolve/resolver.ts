// What the resolution of every kind of object shares: the documents, what has been found wrong, and who has claimed what.

import type { Allocations } from '../allocation.ts';
import type { DocumentSet, Kind } from '../documents.ts';
import type { Membership, NodeOffer } from '../membership.ts';
import type { NodeConfig } from '../node.ts';
import { addClaim, type Claim, type Claims, called, holderOf, isHeldBy, type Place } from './claims.ts';
import type { SubnetClaims } from './subnets.ts';

/** Why an object cannot be what it says. */
export interface Problem extends Place {
  readonly detail: string;
  /** `missing`: it refers to what does not exist; `conflict`: two objects want the same; `invalid`: it contradicts itself or the node. */
  readonly why: 'missing' | 'conflict' | 'invalid';
  /** Of a conflict: who has it, where in that object it is, and what to say to it if it were the one to be refused. */
  readonly holder?: Place & { readonly detail: string };
}

export type Report = (pointer: string, why: Problem['why'], detail: string, holder?: Problem['holder']) => void;

/** The object that is being resolved. */
export interface Subject {
  readonly kind: Kind;
  readonly name: string;
  readonly id: number;
  readonly report: Report;
}

export interface Resolver {
  readonly node: NodeConfig;
  readonly documents: DocumentSet;
  readonly allocations: Allocations;
  /** Undefined: this node works alone, and everything is here. */
  readonly membership: Membership | undefined;
  /** Of this node, and then of its peers. */
  readonly offers: readonly NodeOffer[];
  readonly problems: Problem[];
  readonly claims: Claims;
  readonly subnets: SubnetClaims;
}

/** Resolves one document; undefined when it cannot be. */
export type Resolve<K extends Kind, T> = (
  document: DocumentSet[K] extends ReadonlyMap<string, infer D> ? D : never,
  subject: Subject,
) => T | undefined;

/** All documents of a kind, in order of name; those with a problem are left out. */
export function resolveKind<K extends Kind, T>(resolver: Resolver, kind: K, resolve: Resolve<K, T>): Map<string, T> {
  const resolved = new Map<string, T>();
  const documents = resolver.documents[kind] as ReadonlyMap<string, Parameters<Resolve<K, T>>[0]>;
  for (const name of [...documents.keys()].sort()) {
    const document = documents.get(name);
    if (document === undefined) continue;
    const before = resolver.problems.length;
    const report: Report = (pointer, why, detail, holder) =>
      resolver.problems.push({ kind, name, pointer, why, detail, ...(holder ? { holder } : {}) });
    const id = resolver.allocations.ids.get(`${kind}/${name}`) ?? 0;
    const value = resolve(document, { kind, name, id, report });
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
  { report }: Subject,
): T | undefined {
  if (!documents[kind].has(name)) report(pointer, 'missing', `there is no ${called({ kind, name })}`);
  return from.get(name);
}

export interface ClaimText {
  readonly keys: readonly string[];
  /** What the keys stand for, in a sentence. */
  readonly what: string;
  readonly pointer: string;
}

/** Claims what only one can have, and reports who has it already. */
export function claim({ claims }: Resolver, subject: Subject, { keys, what, pointer }: ClaimText): void {
  const claimant: Claim = { kind: subject.kind, name: subject.name, pointer, role: 'only', on: undefined };
  const holder = keys.map(key => holderOf(claims, key, claimant)).find(taken => taken !== undefined);
  if (holder) refuse(subject, claimant, holder, what);
  else for (const key of keys) addClaim(claims, key, claimant);
}

/** Reports that another has what the claimant wants. */
export function refuse({ kind, name, report }: Subject, claimant: Claim, holder: Claim, what: string): void {
  const detail = isHeldBy(what, holder, claimant);
  if (holder.kind === kind && holder.name === name) report(claimant.pointer, 'invalid', detail);
  else report(claimant.pointer, 'conflict', detail, { ...placeOf(holder), detail: isHeldBy(what, claimant, holder) });
}

function placeOf({ kind, name, pointer }: Place): Place {
  return { kind, name, pointer };
}

export function listed(names: Iterable<string>): string {
  return [...new Set(names)].join(', ') || 'none';
}

/** `this node has`, or where there are others, `no node`: how a message about what is not there begins. */
export function lacking({ offers }: Resolver, what: string, has: (offer: NodeOffer) => Iterable<string>): string {
  const there = listed(offers.flatMap(offer => [...has(offer)]));
  return offers.length > 1 ? `no node has ${what}; there are ${there}` : `this node has no ${what}; it has ${there}`;
}
