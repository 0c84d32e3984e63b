// The tables of both bridges, by name and in the order a packet meets them. Numbers follow from the order;
// nothing else may know one. The names are written to OVSDB, so that `ovs-ofctl dump-flows` shows them.

const integrationOrder = [
  'ingress',
  'interface',
  'rate',
  'arp_nd',
  'source',
  'l2_lookup',
  'gateway',
  'answer',
  'outer_nat',
  'outer_state',
  'route',
  'inner_nat',
  'inner_state',
  'snat',
  'snat_state',
  'translated',
  'neighbour',
  'retag',
  'egress',
  // Not on the way: `ingress` looks into it.
  'fence',
] as const;

const physicalOrder = ['uplink'] as const;

export type IntegrationTable = (typeof integrationOrder)[number];
export type PhysicalTable = (typeof physicalOrder)[number];

function numbered<T extends string>(order: readonly T[]): Readonly<Record<T, number>> {
  return Object.fromEntries(order.map((name, number) => [name, number])) as Record<T, number>;
}

/** Table numbers of the integration bridge. */
export const tables = numbered(integrationOrder);

/** Table numbers of the physical bridge. */
export const physicalTables = numbered(physicalOrder);

/** Number → name, as `Bridge.flow_tables` of OVSDB wants it. */
export const integrationTableNames: ReadonlyMap<number, string> = new Map(integrationOrder.entries());
export const physicalTableNames: ReadonlyMap<number, string> = new Map(physicalOrder.entries());

/**
 * Fields in whose prefixes the switch looks a table up, so that its datapath flows match no more bits of an address than
 * tell the table's prefixes apart (`Flow_Table.prefixes`); for other tables IPv4 alone, which is the default.
 */
export const trackedPrefixes: ReadonlyMap<string, readonly string[]> = new Map([
  ['source', ['ip_src', 'ipv6_src']],
  ['route', ['ip_dst', 'ipv6_dst']],
]);
