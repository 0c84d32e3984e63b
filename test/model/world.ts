// What a reference model knows: the documents as people wrote them, what was allocated for them, who takes part, and what
// this node has. Shares the documents' types with the compiler, and nothing else.

import { type Ip, type Prefix, parseIp, parsePrefix, sameIp } from '../../src/lib/address.ts';
import type { ChunkAllocation } from '../../src/policy/allocation.ts';
import type { DocumentSet } from '../../src/policy/documents.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import type { NatPoolDocument } from '../../src/policy/kinds/nat-pools.ts';
import type { PortForwardDocument } from '../../src/policy/kinds/port-forwards.ts';
import type { PortDocument } from '../../src/policy/kinds/ports.ts';
import type { StaticNatDocument } from '../../src/policy/kinds/static-nats.ts';
import type { VniDocument } from '../../src/policy/kinds/vnis.ts';

export interface Vtep {
  readonly name: string;
  readonly address: Ip;
  /** The physical port behind which the underlay is. */
  readonly port: string;
  /** The underlay is this VLAN; undefined: it is untagged. */
  readonly infraVlan: number | undefined;
}

export interface PhysicalPort {
  readonly name: string;
  /** It takes no tag but 802.1Q's; else any tag will do. */
  readonly checksTagType: boolean;
}

/** Another node. */
export interface Peer {
  readonly name: string;
  /** Addresses by the name of the VTEP. */
  readonly vteps: ReadonlyMap<string, Ip>;
  readonly physicalPorts: readonly string[];
  readonly representors: readonly string[];
}

export interface World {
  /** The node the model speaks for. */
  readonly self: string;
  readonly physicalPorts: readonly PhysicalPort[];
  readonly representors: readonly string[];
  readonly vteps: readonly Vtep[];
  /** Of its VTEPs' devices, in the underlay. */
  readonly nodeMac: bigint;
  /** With which it sends by what another node answers for. */
  readonly ownMac: bigint;
  readonly peers: readonly Peer[];
  readonly documents: DocumentSet;
  /** What each tenant may translate to, at each node. */
  readonly chunks: readonly ChunkAllocation[];
  /** Conntrack zone of each tenant. */
  readonly zones: ReadonlyMap<string, number>;
  /** Of interfaces and ports, by `kind/name`: between nodes an interface goes by its index. */
  readonly indexes: ReadonlyMap<string, number>;
  /** The node that has an interface or a port, by name; who is in neither is nobody's. */
  readonly boundInterfaces: ReadonlyMap<string, string>;
  readonly boundPorts: ReadonlyMap<string, string>;
  /** Ports (machines) whose device is on this node's switch, and the device. */
  readonly devices: ReadonlyMap<string, string>;
  /** Nodes are fenced, and this one has lost its lease: it does nothing that another may do in its place by now. */
  readonly isStopped: boolean;
}

/** Where an interface or a port is, seen from this node. */
export type Site =
  | { readonly kind: 'here' | 'nowhere' }
  | { readonly kind: 'peer'; readonly local: Ip; readonly remote: Ip };

const here: Site = { kind: 'here' };
const nowhere: Site = { kind: 'nowhere' };

export function vniOf({ documents }: World, { attachment }: InterfaceDocument): VniDocument | undefined {
  return attachment.type === 'vni' ? documents.vnis.get(attachment.vni) : undefined;
}

/** This node's VTEP of an interface on a VNI. */
export function vtepOf(world: World, iface: InterfaceDocument): Vtep | undefined {
  const vni = vniOf(world, iface);
  return vni && world.vteps.find(({ name }) => name === vni.vtep);
}

/**
 * A VNI is wherever its VTEP is. Each node has an outer VLAN of its own where it has the port. Anything else is at the
 * one node it is bound to.
 */
export function siteOfInterface(world: World, iface: InterfaceDocument): Site {
  const { attachment } = iface;
  if (attachment.type === 'vni') return vtepOf(world, iface) ? here : nowhere;
  const can = canHave(world, world.self, iface);
  if (can && iface.role === 'outer' && attachment.type === 'vlan') return here;
  const bound = world.boundInterfaces.get(iface.name);
  if (bound === world.self) return can ? here : nowhere;
  return bound === undefined ? nowhere : siteOfNode(world, bound);
}

/** Whether this node is the one that answers on an interface's wire. */
export function answersFor(world: World, iface: InterfaceDocument): boolean {
  return siteOfInterface(world, iface).kind === 'here' && world.boundInterfaces.get(iface.name) === world.self;
}

export function siteOfPort(world: World, port: PortDocument): Site {
  const iface = world.documents.interfaces.get(port.interface);
  const vtep = iface && vtepOf(world, iface);
  const bound = world.boundPorts.get(port.name);
  if (!vtep || bound === undefined) return nowhere;
  if (bound === world.self) return here;
  const remote = world.peers.find(({ name }) => name === bound)?.vteps.get(vtep.name);
  return remote?.family === vtep.address.family ? { kind: 'peer', local: vtep.address, remote } : nowhere;
}

/** Over the first VTEP that both have, in one address family. */
export function siteOfNode(world: World, name: string): Site {
  if (name === world.self) return here;
  const peer = world.peers.find(each => each.name === name);
  for (const vtep of world.vteps) {
    const remote = peer?.vteps.get(vtep.name);
    if (remote?.family === vtep.address.family) return { kind: 'peer', local: vtep.address, remote };
  }
  return nowhere;
}

/** What another node takes when this one is gone. A VNI, and what is not said to be at one node. */
export function isOthersByNow({ isStopped }: World, { attachment }: InterfaceDocument): boolean {
  return isStopped && (attachment.type === 'vni' || attachment.node === undefined);
}

/** Whether a node has what an interface is attached to. */
export function canHave(world: World, node: string, iface: InterfaceDocument): boolean {
  const { attachment } = iface;
  const own = {
    vteps: new Map(world.vteps.map(vtep => [vtep.name, vtep])),
    physicalPorts: world.physicalPorts.map(({ name }) => name),
    representors: world.representors,
  };
  const has = node === world.self ? own : world.peers.find(({ name }) => name === node);
  if (!has) return false;
  if (attachment.type === 'vni') return has.vteps.has(vniOf(world, iface)?.vtep ?? '');
  if ((attachment.node ?? node) !== node) return false;
  return (attachment.type === 'vlan' ? has.physicalPorts : has.representors).includes(attachment.port);
}

/** The MAC address with which this node sends by an interface. */
export function macOf(world: World, iface: InterfaceDocument): string | bigint {
  return siteOfInterface(world, iface).kind === 'here' && !answersFor(world, iface) ? world.ownMac : iface.mac;
}

export function poolsOn({ documents }: World, iface: InterfaceDocument): NatPoolDocument[] {
  return [...documents['nat-pools'].values()].filter(pool => pool.interface === iface.name);
}

export function staticsOn({ documents }: World, iface: InterfaceDocument): StaticNatDocument[] {
  return [...documents['static-nats'].values()].filter(each => each.interface === iface.name);
}

export function forwardsOn({ documents }: World, iface: InterfaceDocument): PortForwardDocument[] {
  return [...documents['port-forwards'].values()].filter(each => each.interface === iface.name);
}

export function portsOf({ documents }: World, iface: InterfaceDocument): PortDocument[] {
  return [...documents.ports.values()].filter(port => port.interface === iface.name);
}

/** Who is behind a VTEP of the other address family cannot be reached from here. */
export function hostsOf(world: World, iface: InterfaceDocument): InterfaceDocument['hosts'] {
  const own = vtepOf(world, iface)?.address.family;
  return iface.hosts.filter(({ vtep }) => vtep === undefined || own === undefined || parseIp(vtep).family === own);
}

export function subnetsOf(iface: InterfaceDocument): Prefix[] {
  return iface.addresses.map(parsePrefix);
}

export function isOwnAddress(iface: InterfaceDocument, ip: Ip): boolean {
  return subnetsOf(iface).some(own => sameIp(own.ip, ip));
}

export function hasAddress(addresses: readonly string[], ip: Ip): boolean {
  return addresses.some(text => sameIp(parseIp(text), ip));
}
