// What a program is made from: the node, what its switch shows, and what the state database holds.

import type { ChunkAllocation } from '../allocation.ts';
import type { Documents } from '../documents.ts';
import { type Table, table } from '../engine/table.ts';
import { type Kind, kinds } from '../kinds/names.ts';
import type { NodeOffer } from '../membership.ts';
import type { NodeConfig } from '../node.ts';

/** The one key of a table of one row. */
export const only = '';

/** The node for which the program is; one row. It changes with a restart. */
export const self = table({ name: 'self', key: (_: NodeConfig) => only });

export type Bridge = 'integration' | 'physical';

/** A device that has an OpenFlow port at a bridge. */
export interface Ofport {
  readonly bridge: Bridge;
  readonly device: string;
  readonly ofport: number;
}

export function ofportKey(bridge: Bridge, device: string): string {
  return `${bridge} ${device}`;
}

export const ofports = table({ name: 'ofports', key: ({ bridge, device }: Ofport) => ofportKey(bridge, device) });

/** A port of the integration bridge that says which Port it is (`external_ids:iface-id`). */
export const attached = table({
  name: 'attached',
  key: ({ port }: { readonly port: string; readonly ofport: number }) => port,
});

/** A conntrack zone that another bridge of the switch has, and who that is. */
export const foreignZones = table({
  name: 'foreign-zones',
  key: ({ zone }: { readonly zone: number; readonly who: string }) => String(zone),
});

type DocumentTables = { readonly [K in Kind]: Table<Documents[K]> };

/** Documents as they are stored, by kind. */
export const documentTables = Object.fromEntries(
  kinds.map(kind => [kind, table({ name: `documents/${kind}`, key: ({ name }: Documents[Kind]) => name })]),
) as unknown as DocumentTables;

/** What an object was given when it was made. */
export interface ObjectNumbers {
  readonly kind: Kind;
  readonly name: string;
  readonly id: number;
  /** Of interfaces and ports. */
  readonly index: number | undefined;
  /** Of tenants. */
  readonly zone: number | undefined;
}

export function objectKey(kind: Kind, name: string): string {
  return `${kind}/${name}`;
}

/** What `objectKey` was made of: names have no slash. */
export function partsOfKey(key: string): { readonly kind: Kind; readonly name: string } {
  const at = key.indexOf('/');
  return { kind: key.slice(0, at) as Kind, name: key.slice(at + 1) };
}

export const numbers = table({
  name: 'numbers',
  key: ({ kind, name }: ObjectNumbers) => objectKey(kind, name),
  indexes: {
    id: ({ id }) => [String(id)],
    index: ({ index }) => (index === undefined ? [] : [String(index)]),
  },
});

export function useKey({ tenant, pool }: { readonly tenant: string; readonly pool: string }): string {
  return `${tenant}/${pool}`;
}

/** A tenant has one chunk of a pool at a node, at most. */
export function chunkKey(chunk: Parameters<typeof useKey>[0] & { readonly node: string }): string {
  return `${useKey(chunk)}@${chunk.node}`;
}

/** Chunks of all nodes. */
export const allocatedChunks = table({
  name: 'allocated-chunks',
  key: (chunk: ChunkAllocation) => chunkKey(chunk),
  indexes: { address: ({ address }) => [address] },
});

/** What each node has, this one and its peers. When their hearts beat is no fact: it would run everybody's readers. */
export const offers = table({ name: 'offers', key: ({ name }: NodeOffer) => name });

/** Who an interface or a port is bound to. What is bound to nobody is absent. */
export interface Binding {
  readonly kind: 'interfaces' | 'ports';
  readonly name: string;
  readonly node: string;
}

export const bindings = table({
  name: 'bindings',
  key: ({ kind, name }: Binding) => objectKey(kind, name),
  indexes: { node: ({ node }) => [node] },
});

export const baseTables: readonly Table[] = [
  self,
  ofports,
  attached,
  foreignZones,
  ...kinds.map(kind => documentTables[kind] as Table),
  numbers,
  allocatedChunks,
  offers,
  bindings,
];
