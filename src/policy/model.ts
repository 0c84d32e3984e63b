// The intent as the compiler wants it: parsed, resolved, with the numbers that the state database gave out.
// A value of these types has been validated; nobody checks it again.

import type { Ip, Prefix } from '../lib/address.ts';
import type { VtepConfig } from './node.ts';

export interface Tenant {
  readonly name: string;
  /** 32 bits, unique over all objects, never used again: cookies carry it. */
  readonly id: number;
  /** Conntrack zone, 1 to 65535; undefined: somebody else has it here. */
  readonly zone: number | undefined;
}

export interface Vni {
  readonly name: string;
  readonly id: number;
  readonly tenant: Tenant;
  readonly vni: number;
  /** Of this node; undefined: it has none of that name, and so no part in the segment. */
  readonly vtep: VtepConfig | undefined;
  /** Addresses of the VTEP at the other nodes, by node. */
  readonly peers: ReadonlyMap<string, Ip>;
}

/** The two ends of the overlay between this node and another. */
export interface Transit {
  readonly local: Ip;
  readonly remote: Ip;
}

/** Where something is, as seen from this node. */
export type Site =
  | { readonly kind: 'here' }
  /** At another node. */
  | { readonly kind: 'peer'; readonly transit: Transit }
  /** At no node, or at one that cannot be reached from here. */
  | { readonly kind: 'nowhere' };

export type Attachment =
  | { readonly kind: 'vlan'; readonly port: string; readonly vlan: number }
  | { readonly kind: 'vni'; readonly vni: Vni }
  | { readonly kind: 'representor'; readonly port: string };

export interface Host {
  readonly mac: bigint;
  readonly addresses: readonly Ip[];
  /** Remote VTEP; always there when the interface is on a VNI. */
  readonly vtep: Ip | undefined;
}

export interface Interface {
  readonly name: string;
  readonly id: number;
  /** 1 to 65535, unique among the interfaces that exist: register value and meter number. */
  readonly index: number;
  readonly role: 'inner' | 'outer';
  /** Undefined: an outer interface that all tenants share. */
  readonly tenant: Tenant | undefined;
  readonly attachment: Attachment;
  /** Where frames of the attachment enter and leave. A VNI is here wherever its VTEP is, an outer VLAN where its port is. */
  readonly site: Site;
  /** Whether it is for one node alone, and no other will take it when that is gone. */
  readonly isPinned: boolean;
  /** Whether this node is the one that answers questions from the wire: who has the gateway's address, is it there. */
  readonly answers: boolean;
  readonly mac: bigint;
  readonly addresses: readonly Prefix[];
  readonly hosts: readonly Host[];
  readonly remoteVteps: readonly Ip[];
  /** Packets per second. */
  readonly arpRate: number;
}

/** A machine on the segment of an interface, behind a representor or a tap of one of the nodes. */
export interface Port {
  readonly name: string;
  readonly id: number;
  /** 1 to 65535, unique among ports and interfaces: register value and meter number. */
  readonly index: number;
  readonly interface: Interface;
  readonly mac: bigint;
  readonly addresses: readonly Ip[];
  readonly site: Site;
}

export interface Route {
  readonly name: string;
  readonly id: number;
  readonly tenant: Tenant;
  readonly destination: Prefix;
  readonly interface: Interface;
  readonly nextHop: Ip;
}

export interface NatPool {
  readonly name: string;
  readonly id: number;
  readonly interface: Interface;
  readonly addresses: readonly Ip[];
  /** Those for which this node answers questions from the wire. */
  readonly answered: readonly Ip[];
}

/** A slice of a pool that belongs to one tenant at one node: `size` ports of one address from `port`; size is a power of two, port a multiple of it. */
export interface NatChunk {
  readonly pool: NatPool;
  readonly tenant: Tenant;
  readonly address: number;
  readonly port: number;
  readonly size: number;
  /** ICMP identifiers cannot be matched, so of the tenants on one address one alone gets its ICMP. */
  readonly icmp: boolean;
  /** Where the connections are that it translates. */
  readonly site: Site;
}

export interface NatRule {
  readonly name: string;
  readonly id: number;
  readonly tenant: Tenant;
  readonly source: Prefix;
  readonly pool: NatPool;
}

export interface Intent {
  readonly tenants: readonly Tenant[];
  readonly vnis: readonly Vni[];
  readonly interfaces: readonly Interface[];
  readonly ports: readonly Port[];
  readonly routes: readonly Route[];
  readonly natPools: readonly NatPool[];
  readonly natRules: readonly NatRule[];
  readonly natChunks: readonly NatChunk[];
  /** VTEP addresses of the other nodes. */
  readonly peers: readonly Ip[];
}

/** What the switch says of itself that the flows depend on: OpenFlow port numbers by interface name. */
export interface Observed {
  readonly integrationPorts: ReadonlyMap<string, number>;
  readonly physicalPorts: ReadonlyMap<string, number>;
  /** Ports of the integration bridge that say which Port they are (`external_ids:iface-id`), by that name. */
  readonly attached: ReadonlyMap<string, number>;
}
