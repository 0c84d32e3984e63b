// The tables of both bridges, by name and in the order a packet meets them. Numbers follow from the order;
// nothing else may know one. The names are written to OVSDB, so that `ovs-ofctl dump-flows` shows them.

import type { DropReason } from './cookies.ts';
import { PolicyError } from './errors.ts';
import type { RegisterName } from './registers.ts';

/** A table: what its flows may look at and change, and where they may send a packet. Checked as each flow is built. */
export interface TableDeclaration<Name extends string = string> {
  /** The registers that its flows match on, or use otherwise. */
  readonly reads: readonly RegisterName[];
  readonly writes: readonly RegisterName[];
  /** The tables that a packet may go on to, by goto, resubmit, ct() or a group. */
  readonly next: readonly Name[];
  readonly miss: Miss<Name>;
}

/** What happens to a packet that no other flow of the table takes. */
export type Miss<Name extends string = string> =
  | { readonly kind: 'drop'; readonly reason: DropReason }
  | { readonly kind: 'next'; readonly table: Name }
  /** A feature says it. */
  | { readonly kind: 'feature' };

function drops(reason: DropReason): Miss<never> {
  return { kind: 'drop', reason };
}

function goesOn<Name extends string>(table: Name): Miss<Name> {
  return { kind: 'next', table };
}

const fromFeature: Miss<never> = { kind: 'feature' };

export const integration = declareTables({
  ingress: { reads: [], writes: ['fromPeer'], next: ['interface', 'fence'], miss: fromFeature },
  interface: {
    reads: ['fromPeer', 'leased'],
    writes: ['ingressInterface', 'arrivedBy', 'direction', 'fromPort', 'tenant', 'zone', 'egressInterface'],
    next: ['rate', 'outer_nat', 'retag'],
    miss: drops('unknown-interface'),
  },
  rate: { reads: ['ingressInterface', 'arrivedBy'], writes: [], next: ['arp_nd'], miss: goesOn('arp_nd') },
  arp_nd: {
    reads: ['ingressInterface', 'arrivedBy', 'fromPort', 'leased'],
    writes: [],
    next: ['source', 'answer'],
    miss: drops('not-for-gateway'),
  },
  source: {
    reads: ['ingressInterface', 'arrivedBy', 'direction', 'fromPeer', 'tenant'],
    writes: [],
    next: ['l2_lookup'],
    miss: drops('spoofed-source'),
  },
  l2_lookup: {
    reads: ['ingressInterface', 'fromPort', 'fromPeer'],
    writes: ['egressInterface', 'toPeer'],
    next: ['gateway', 'retag'],
    miss: drops('not-for-gateway'),
  },
  gateway: {
    reads: ['ingressInterface', 'direction', 'fromPort', 'leased'],
    writes: [],
    next: ['answer', 'turn', 'outer_nat'],
    miss: goesOn('turn'),
  },
  answer: {
    reads: ['ingressInterface', 'direction', 'arrivedBy'],
    writes: ['egressInterface'],
    next: ['retag'],
    miss: drops('not-for-gateway'),
  },
  // From inside to an outside address of ours: it comes in again, as if by the interface of that.
  turn: { reads: ['tenant'], writes: ['egressInterface'], next: ['turn_source', 'route'], miss: goesOn('route') },
  turn_source: {
    reads: ['egressInterface', 'tenant'],
    writes: ['ingressInterface', 'direction', 'turnedBack'],
    next: ['outer_nat', 'route'],
    miss: goesOn('route'),
  },
  outer_nat: {
    reads: ['ingressInterface', 'fromPeer', 'leased', 'zone'],
    writes: ['tenant', 'zone'],
    next: ['outer_state', 'outer_source'],
    miss: drops('unknown-outside-address'),
  },
  outer_state: {
    reads: ['ingressInterface', 'tenant'],
    writes: [],
    next: ['outer_new', 'route'],
    miss: goesOn('outer_new'),
  },
  // What begins a connection, from outside: counted, and held to the rate of its interface.
  outer_new: { reads: ['ingressInterface'], writes: [], next: ['dnat'], miss: goesOn('dnat') },
  // Of that, what a rule lets in.
  dnat: { reads: ['ingressInterface', 'tenant', 'zone'], writes: [], next: ['dnat_state'], miss: fromFeature },
  dnat_state: { reads: [], writes: [], next: ['route'], miss: drops('nat-exhausted') },
  // Who sends what no connection tracking looks at.
  outer_source: {
    reads: ['ingressInterface', 'tenant', 'turnedBack'],
    writes: [],
    next: ['stateless_in'],
    miss: goesOn('stateless_in'),
  },
  stateless_in: { reads: [], writes: [], next: ['route'], miss: goesOn('route') },
  route: {
    reads: ['tenant'],
    writes: ['egressInterface', 'nextHop4', 'nextHop6'],
    next: ['inner_nat'],
    miss: drops('no-route'),
  },
  inner_nat: {
    reads: ['egressInterface', 'tenant', 'direction', 'leased', 'zone'],
    writes: [],
    next: ['stateless_out', 'inner_state', 'neighbour'],
    miss: drops('not-natted'),
  },
  stateless_out: { reads: [], writes: [], next: ['neighbour'], miss: goesOn('neighbour') },
  inner_state: { reads: [], writes: [], next: ['inner_new', 'translated'], miss: drops('not-translated') },
  // What begins a connection, from inside: counted, held to the rate of its interface, and where policy says so no further.
  inner_new: { reads: ['ingressInterface'], writes: [], next: ['snat'], miss: goesOn('snat') },
  snat: {
    reads: ['egressInterface', 'tenant', 'direction', 'zone'],
    writes: [],
    next: ['snat_state'],
    miss: drops('not-natted'),
  },
  snat_state: {
    reads: ['egressInterface', 'tenant', 'direction'],
    writes: [],
    next: ['translated'],
    miss: drops('not-translated'),
  },
  translated: {
    reads: ['egressInterface', 'tenant'],
    writes: [],
    next: ['neighbour'],
    miss: drops('not-translated'),
  },
  neighbour: {
    reads: ['egressInterface', 'nextHop4', 'nextHop6'],
    writes: ['egressInterface', 'toPeer'],
    next: ['retag'],
    miss: drops('no-neighbour'),
  },
  retag: { reads: ['egressInterface', 'leased'], writes: ['toPeer'], next: ['egress'], miss: drops('no-egress') },
  egress: { reads: ['egressInterface', 'toPeer', 'leased'], writes: [], next: [], miss: drops('no-egress') },
  // Not on the way: `ingress` looks into it.
  fence: { reads: [], writes: ['leased'], next: [], miss: fromFeature },
});

export const physical = declareTables({
  uplink: { reads: [], writes: [], next: ['tag_type'], miss: drops('not-ours') },
  // On the way of ports alone that check the type of a tag.
  tag_type: { reads: [], writes: [], next: ['vlan'], miss: drops('service-tag') },
  vlan: { reads: [], writes: [], next: [], miss: drops('not-ours') },
});

export type IntegrationTable = keyof typeof integration;
export type PhysicalTable = keyof typeof physical;
export type PipelineTable = IntegrationTable | PhysicalTable;

/** A packet meets them in the order in which they are declared. @throws PolicyError for what would lead it back */
export function declareTables<const Name extends string>(
  declared: {
    readonly [N in Name]: TableDeclaration<NoInfer<Name>>;
  },
): { readonly [N in Name]: TableDeclaration<Name> } {
  const order = Object.keys(declared) as Name[];
  order.forEach((name, number) => {
    const back = declared[name].next.find(next => order.indexOf(next) <= number);
    if (back !== undefined) throw new PolicyError('PIPELINE_BACKWARDS', `table ${name} goes back to ${back}`);
  });
  return declared;
}

function numbered<T extends string>(of: { readonly [N in T]: unknown }): Readonly<Record<T, number>> {
  return Object.fromEntries(Object.keys(of).map((name, number) => [name, number])) as Record<T, number>;
}

function named<T extends string>(of: { readonly [N in T]: unknown }): ReadonlyMap<number, T> {
  return new Map((Object.keys(of) as T[]).entries());
}

/** Table numbers of the integration bridge. */
export const tables = numbered(integration);

/** Table numbers of the physical bridge. */
export const physicalTables = numbered(physical);

/** Number → name, as `Bridge.flow_tables` of OVSDB wants it. */
export const integrationTableNames: ReadonlyMap<number, string> = named(integration);
export const physicalTableNames: ReadonlyMap<number, string> = named(physical);

/** Groups that look a packet up again, by the table that they do it in: their number. */
export const groupTables = { answer: 1 } as const satisfies Partial<Record<IntegrationTable, number>>;

/**
 * Fields in whose prefixes the switch looks a table up, so that its datapath flows match no more bits of an address than
 * tell the table's prefixes apart (`Flow_Table.prefixes`); for other tables IPv4 alone, which is the default.
 */
export const trackedPrefixes: ReadonlyMap<string, readonly string[]> = new Map([
  ['source', ['ip_src', 'ipv6_src']],
  ['turn', ['ip_dst', 'ipv6_dst']],
  ['outer_source', ['ip_src', 'ipv6_src']],
  ['route', ['ip_dst', 'ipv6_dst']],
]);
