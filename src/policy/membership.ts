// Who else works on the same intent, and who has what. Read from the state database; nothing here changes it.

import { type Ip, parseIp, sameIp } from '../lib/address.ts';
import type { AttachmentDocument } from './kinds/interfaces.ts';
import type { NodeConfig } from './node.ts';

/** What other nodes know of a node. */
export interface NodeOffer {
  readonly name: string;
  /** Address of each VTEP by its name, in the order of the node's configuration where that is known. */
  readonly vteps: ReadonlyMap<string, Ip>;
  readonly physicalPorts: ReadonlySet<string>;
  readonly representors: ReadonlySet<string>;
}

/** Nodes by name: who an interface or a port is bound to. What is bound to nobody is absent. */
export interface Bindings {
  readonly interfaces: ReadonlyMap<string, string>;
  readonly ports: ReadonlyMap<string, string>;
}

export interface Membership {
  /** All nodes but this one, in order of name. */
  readonly peers: readonly NodeOffer[];
  readonly bindings: Bindings;
}

export function offerOf(node: NodeConfig): NodeOffer {
  return {
    name: node.name,
    vteps: new Map(node.vteps.map(({ name, address }) => [name, address.ip])),
    physicalPorts: new Set(node.physicalPorts.map(port => port.name)),
    representors: new Set(node.representors.map(port => port.name)),
  };
}

/** The same from the columns of a row; an address that cannot be read is left out. */
export function offerFrom(row: {
  readonly name: string;
  readonly vteps: ReadonlyMap<string, string>;
  readonly physical_ports: readonly string[];
  readonly representors: readonly string[];
}): NodeOffer {
  return {
    name: row.name,
    vteps: new Map([...row.vteps].flatMap(([name, text]) => readIp(name, text))),
    physicalPorts: new Set(row.physical_ports),
    representors: new Set(row.representors),
  };
}

function readIp(name: string, text: string): [string, Ip][] {
  try {
    return [[name, parseIp(text)]];
  } catch {
    return [];
  }
}

/** VTEPs of a node whose address another has for the VTEP of that name: a configuration that was copied. */
export function sharedVteps(
  self: NodeOffer,
  peers: readonly NodeOffer[],
): readonly { readonly vtep: string; readonly peer: string }[] {
  return [...self.vteps].flatMap(([vtep, ip]) =>
    peers.flatMap(peer => {
      const theirs = peer.vteps.get(vtep);
      return theirs !== undefined && sameIp(theirs, ip) ? [{ vtep, peer: peer.name }] : [];
    }),
  );
}

/** Whether a node can have the wire of an attachment; `vtep` is that of its VNI. */
export function canHold(offer: NodeOffer, attachment: AttachmentDocument, vtep: string | undefined): boolean {
  switch (attachment.type) {
    case 'vlan':
      return (attachment.node ?? offer.name) === offer.name && offer.physicalPorts.has(attachment.port);
    case 'representor':
      return (attachment.node ?? offer.name) === offer.name && offer.representors.has(attachment.port);
    case 'vni':
      return vtep !== undefined && offer.vteps.has(vtep);
  }
}
