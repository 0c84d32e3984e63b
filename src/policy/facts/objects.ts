// Objects as features read them: resolved, without a problem, with the numbers that were given out. Each row says one
// thing, so that who asks for one is not run again when another changes; a row refers to others by name. An address of
// these rows has been validated; nobody checks it again.

import { formatIp, formatPrefix, type Ip, type Prefix } from '../../lib/address.ts';
import { table } from '../engine/table.ts';
import type { NewConnectionPolicy } from '../nat/new-connection-policy.ts';
import type { Ports, Selection } from '../nat/selection.ts';
import type { Site } from '../site.ts';
import { chunkKey, useKey } from './base.ts';

/** What means one machine on one interface. */
export function addressAt(interfaceName: string, ip: Ip): string {
  return `${interfaceName} ${formatIp(ip)}`;
}

export function macAt(interfaceName: string, mac: bigint): string {
  return `${interfaceName} ${mac.toString(16)}`;
}

export interface Tenant {
  readonly name: string;
  /** 32 bits, unique over all objects, never used again: cookies carry it. */
  readonly id: number;
  /** Conntrack zone, 1 to 65535; undefined: somebody else has it here. */
  readonly zone: number | undefined;
}

export const tenants = table({ name: 'tenants', key: ({ name }: Tenant) => name });

/** What a tenant says of its new connections; most say nothing. */
export interface TenantPolicy {
  readonly tenant: string;
  readonly policy: NewConnectionPolicy;
}

export const tenantPolicies = table({ name: 'tenant-policies', key: ({ tenant }: TenantPolicy) => tenant });

/** A VXLAN segment of a tenant: what an interface on a VNI is attached to. */
export interface Segment {
  /** Of the VNI object. */
  readonly name: string;
  readonly tenant: string;
  readonly vni: number;
  /** The name that its VTEP has at every node. */
  readonly vtep: string;
  /** Address of the VTEP at this node; undefined: it has none of that name, and so no part in the segment. */
  readonly local: Ip | undefined;
}

export const segments = table({ name: 'segments', key: ({ name }: Segment) => name });

/** An interface, as far as nobody changes it without making another of it. */
export interface Leg {
  /** Of the interface. */
  readonly name: string;
  readonly id: number;
  /** 1 to 65535, unique among interfaces and ports: register value and meter number. */
  readonly index: number;
  readonly role: 'inner' | 'outer';
  /** Undefined: an outer interface that all tenants share. */
  readonly tenant: string | undefined;
}

export const legs = table({
  name: 'legs',
  key: ({ name }: Leg) => name,
  indexes: { tenant: ({ tenant }) => (tenant === undefined ? [] : [tenant]) },
});

/** How the frames of an interface come and go. */
export type Wire = { readonly interface: string } & (
  | { readonly kind: 'vlan'; readonly port: string; readonly vlan: number }
  | { readonly kind: 'vni'; readonly segment: string; readonly remoteVteps: readonly Ip[] }
  | { readonly kind: 'representor'; readonly port: string }
);

export const wires = table({ name: 'wires', key: (wire: Wire) => wire.interface });

export interface Gateway {
  readonly interface: string;
  readonly mac: bigint;
  /** Packets per second. */
  readonly arpRate: number;
  /** Whether it is for one node alone, and no other will take it when that is gone. */
  readonly isPinned: boolean;
}

export const gateways = table({ name: 'gateways', key: (gateway: Gateway) => gateway.interface });

/** What an interface says of connections that begin by it; most say nothing. */
export interface NewConnections {
  readonly interface: string;
  /** Undefined: what its tenant says. */
  readonly policy: NewConnectionPolicy | undefined;
  /** Connections per second; undefined: any. */
  readonly rate: number | undefined;
}

export const newConnections = table({ name: 'new-connections', key: (of: NewConnections) => of.interface });

/** A gateway address with its prefix. */
export interface Subnet {
  readonly interface: string;
  readonly prefix: Prefix;
}

export const subnets = table({
  name: 'subnets',
  key: (subnet: Subnet) => `${subnet.interface} ${formatPrefix(subnet.prefix)}`,
  indexes: {
    interface: subnet => [subnet.interface],
    /** Of the gateway, by `addressAt`. */
    address: subnet => [addressAt(subnet.interface, subnet.prefix.ip)],
  },
});

/** Where frames of an interface enter and leave. A VNI is here wherever its VTEP is, an outer VLAN where its port is. */
export interface InterfaceSite {
  readonly interface: string;
  readonly site: Site;
  /** Whether this node is the one that answers questions from the wire: who has the gateway's address, is it there. */
  readonly answers: boolean;
}

export const interfaceSites = table({ name: 'interface-sites', key: (at: InterfaceSite) => at.interface });

/** A neighbour on an interface, if this node has a VTEP from which the one behind which it is can be reached. */
export interface Host {
  readonly interface: string;
  readonly mac: bigint;
  /** Not empty. */
  readonly addresses: readonly Ip[];
  /** Remote VTEP; always there when the interface is on a VNI. */
  readonly vtep: Ip | undefined;
}

export function hostKey({ interface: on, mac, addresses }: Host): string {
  return `${macAt(on, mac)} ${addresses.map(formatIp).join(' ')}`;
}

export const hosts = table({ name: 'hosts', key: (host: Host) => hostKey(host) });

/** A machine on the segment of an interface, behind a representor or a tap of one of the nodes. */
export interface Port {
  readonly name: string;
  readonly id: number;
  /** 1 to 65535, unique among ports and interfaces: register value and meter number. */
  readonly index: number;
  readonly interface: string;
  readonly mac: bigint;
  readonly addresses: readonly Ip[];
}

export const ports = table({
  name: 'ports',
  key: ({ name }: Port) => name,
  indexes: {
    /** By `macAt`. */
    mac: port => [macAt(port.interface, port.mac)],
    /** By `addressAt`. */
    address: port => port.addresses.map(ip => addressAt(port.interface, ip)),
  },
});

export interface PortSite {
  readonly port: string;
  readonly site: Site;
}

export const portSites = table({ name: 'port-sites', key: ({ port }: PortSite) => port });

/** An interface's segment has a port at this node, or has one that can be reached. */
export const segmentsHere = table({
  name: 'segments-here',
  key: (here: { readonly interface: string }) => here.interface,
});

export interface Route {
  readonly name: string;
  readonly id: number;
  readonly tenant: string;
  readonly destination: Prefix;
  readonly interface: string;
  readonly nextHop: Ip;
}

export const routes = table({
  name: 'routes',
  key: ({ name }: Route) => name,
  indexes: { tenant: ({ tenant }) => [tenant] },
});

export interface NatPool {
  readonly name: string;
  readonly id: number;
  /** An outer one. */
  readonly interface: string;
}

export const natPools = table({ name: 'nat-pools', key: ({ name }: NatPool) => name });

export interface PoolAddress {
  readonly pool: string;
  /** Of the pool. */
  readonly interface: string;
  readonly ip: Ip;
  /** Whether this node answers for it on the wire. */
  readonly answered: boolean;
}

export const poolAddresses = table({
  name: 'pool-addresses',
  key: ({ pool, ip }: PoolAddress) => `${pool} ${formatIp(ip)}`,
  indexes: { pool: ({ pool }) => [pool] },
});

export interface NatRule {
  readonly name: string;
  readonly id: number;
  readonly tenant: string;
  readonly source: Prefix;
  readonly pool: string;
  /** Not empty. */
  readonly selections: readonly Selection[];
}

export const natRules = table({
  name: 'nat-rules',
  key: ({ name }: NatRule) => name,
  indexes: { tenant: ({ tenant }) => [tenant] },
});

/** An address inside that has one outside, on an outer interface. */
export interface StaticNat {
  readonly name: string;
  readonly id: number;
  readonly tenant: string;
  readonly interface: string;
  readonly inside: Ip;
  readonly outside: Ip;
}

export const staticNats = table({
  name: 'static-nats',
  key: ({ name }: StaticNat) => name,
});

/** Ports of an outside address that stand for as many of one inside; source NAT keeps to IPv4, and so does this. */
export interface PortForward {
  readonly name: string;
  readonly id: number;
  readonly tenant: string;
  readonly interface: string;
  readonly outside: Ip;
  readonly protocol: 'tcp' | 'udp';
  readonly ports: Ports;
  readonly inside: Ip;
  /** What `ports.min` is inside; the others follow. */
  readonly insidePort: number;
  /** The interface behind which the inside address is. */
  readonly via: string;
}

export const portForwards = table({
  name: 'port-forwards',
  key: ({ name }: PortForward) => name,
  indexes: {
    /** Of the outside, by `addressAt`. */
    address: of => [addressAt(of.interface, of.outside)],
  },
});

/**
 * A slice of a pool that belongs to one tenant at one node: `size` ports of one address from `port`; size is a power of
 * two, port a multiple of it.
 */
export interface NatChunk {
  readonly tenant: string;
  readonly pool: string;
  readonly node: string;
  /** IPv4. */
  readonly address: number;
  readonly port: number;
  readonly size: number;
  /** ICMP identifiers cannot be matched, so of the tenants on one address one alone gets its ICMP. */
  readonly icmp: boolean;
  /** Where the connections are that it translates. */
  readonly site: Site;
}

export const natChunks = table({
  name: 'nat-chunks',
  key: (chunk: NatChunk) => chunkKey(chunk),
  indexes: {
    /** Those that this node translates to, by `useKey`. */
    here: chunk => (chunk.site.kind === 'here' ? [useKey(chunk)] : []),
  },
});

/** VTEP addresses of the other nodes; two fabrics may number theirs alike. */
export const peerVteps = table({ name: 'peer-vteps', key: ({ ip }: { readonly ip: Ip }) => formatIp(ip) });
