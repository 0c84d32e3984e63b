// What nodes have, this one and its peers, in rows so narrow that a node that joins runs nobody who does not care.

import { formatIp, type Ip, type IpFamily } from '../../lib/address.ts';
import { table } from '../engine/table.ts';
import type { Transit } from '../transit.ts';

/** There is a VTEP or a port of this name: at a node, or (`node` absent) at one at least. */
export interface Held {
  readonly what: 'vtep' | 'physical-port' | 'representor';
  readonly name: string;
  readonly node?: string | undefined;
}

export function heldKey({ what, name, node }: Held): string {
  return node === undefined ? `${what} ${name}` : `${what} ${name}@${node}`;
}

export const held = table({ name: 'held', key: (row: Held) => heldKey(row) });

/** A VTEP of this name has an address of this family, at one node at least. */
export const vtepFamilies = table({
  name: 'vtep-families',
  key: ({ vtep, family }: { readonly vtep: string; readonly family: IpFamily }) => `${vtep} ${family}`,
});

/** Addresses of the VTEPs of a name, of all nodes. */
export const vtepAddresses = table({
  name: 'vtep-addresses',
  key: ({ vtep, ip }: { readonly vtep: string; readonly ip: Ip }) => `${vtep} ${formatIp(ip)}`,
});

/** A VTEP of a peer. */
export interface RemoteVtep {
  readonly vtep: string;
  readonly node: string;
  readonly ip: Ip;
}

export function remoteVtepKey({ vtep, node }: Pick<RemoteVtep, 'vtep' | 'node'>): string {
  return `${vtep}@${node}`;
}

export const remoteVteps = table({ name: 'remote-vteps', key: (row: RemoteVtep) => remoteVtepKey(row) });

/** How a peer is reached; absent: it is not. */
export const transits = table({
  name: 'transits',
  key: ({ node }: { readonly node: string; readonly transit: Transit }) => node,
});
