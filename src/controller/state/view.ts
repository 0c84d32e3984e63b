// The state database as the rest of the controller sees it: documents and allocations, read from the rows of a replica.
// Reading only; what is written is planned in plan.ts.

import type { PointsmanTables } from '../../ovsdb/generated/pointsman.ts';
import type { Replica, StoredRow, Uuid } from '../../ovsdb/index.ts';
import { type Allocations, type ChunkAllocation, type LastPorts, retiredRanges } from '../../policy/allocation.ts';
import type {
  AttachmentDocument,
  DocumentSet,
  Documents,
  HostDocument,
  InterfaceDocument,
  Kind,
} from '../../policy/documents.ts';
import { type Bindings, type Membership, type NodeOffer, offerFrom } from '../../policy/membership.ts';
import { canonicalDocument, compareTexts, sortAddresses } from './canonical.ts';
import { type ChunkGround, chunkKey } from './chunk-plan.ts';
import { StateError } from './errors.ts';
import { type RetiredRow, readRetired } from './retired-numbers.ts';
import type { StateMark } from './setback.ts';

export type Tables = PointsmanTables;

/** The table of each kind. */
export const tableOf = {
  tenants: 'Tenant',
  vnis: 'VNI',
  interfaces: 'Interface',
  ports: 'Port',
  routes: 'Route',
  'nat-pools': 'NAT_Pool',
  'nat-rules': 'NAT_Rule',
} as const satisfies Record<Kind, keyof Tables>;

type TableOf = typeof tableOf;
type ObjectRow<K extends Kind> = StoredRow<Tables[TableOf[K]]>;

/** The row of an object; what all kinds have, and the numbers among it, can be read without knowing the kind. */
export type StoredObject = ObjectRow<Kind>;

/** A pointsman that works on this database, or did. */
export interface StoredNode {
  readonly row: StoredRow<Tables['Node']>;
  readonly offer: NodeOffer;
}

/** One state of the database. */
export interface StateView {
  readonly root: StoredRow<Tables['Pointsman']>;
  /** Grows with every write. */
  readonly generation: number;
  /** The id the next new object gets. */
  readonly nextId: number;
  /** The index that was given out last; 0: none yet. */
  readonly lastIndex: number;
  /** Each kind in order of name. */
  readonly documents: DocumentSet;
  readonly allocations: Allocations;
  /** By `kind/name`. */
  readonly objects: ReadonlyMap<string, StoredObject>;
  /** By name, in order of it. */
  readonly nodes: ReadonlyMap<string, StoredNode>;
  readonly bindings: Bindings;
  /** What each pool gave out last, by its name. */
  readonly lastPorts: ReadonlyMap<string, LastPorts>;
  /** Numbers that nobody has, and the nodes that may still use them. */
  readonly retiredRows: readonly RetiredRow[];
  /** NAT_Chunk rows, by `chunkKey`. */
  readonly chunkRows: ReadonlyMap<string, StoredRow<Tables['NAT_Chunk']>>;
  /** UUIDs of the Host rows of the named interface, by `hostKey`. Of the replica as it is now: ask before awaiting. */
  readonly hostRows: (interfaceName: string) => ReadonlyMap<string, Uuid>;
  /** UUID of the binding of the named interface. Of the replica as it is now. */
  readonly bindingRow: (interfaceName: string) => Uuid | undefined;
}

export function markOf({ root, generation, nextId }: StateView): StateMark {
  return { database: root._uuid, generation, nextId };
}

/** The same view, with the hearts as they beat now. */
export function refreshNodes(view: StateView, replica: Replica<Tables>): StateView {
  return { ...view, nodes: nodesOf(replica) };
}

/** The others, as the named node sees them. */
export function membershipOf({ nodes, bindings }: StateView, self: string): Membership {
  const others = [...nodes].filter(([name]) => name !== self);
  return { peers: others.map(([, { offer }]) => offer), bindings };
}

/** What chunks are planned on. */
export function groundOf({ allocations, lastPorts }: StateView): ChunkGround {
  return { standing: allocations.chunks, retired: retiredRanges(allocations), lastPorts };
}

export function objectKey(kind: Kind, name: string): string {
  return `${kind}/${name}`;
}

export function objectRow<K extends Kind>({ objects }: StateView, kind: K, name: string): ObjectRow<K> | undefined {
  return objects.get(objectKey(kind, name)) as ObjectRow<K> | undefined;
}

/** resolveIntent has found the object; its row is in the same view. */
export function needRow(view: StateView, kind: Kind, name: string): Uuid {
  const row = objectRow(view, kind, name);
  if (!row) throw new StateError('STATE_DATABASE_REFUSED', `${kind}/${name} has no row`);
  return row._uuid;
}

/** What makes two hosts of an interface the same row. */
export function hostKey(host: HostDocument): string {
  return `${host.mac} ${host.vtep ?? '-'} ${host.addresses.join(' ')}`;
}

type Decoders = { readonly [K in Kind]: (row: ObjectRow<K>, replica: Replica<Tables>) => Documents[K] };

const decoders: Decoders = {
  tenants: ({ name, description }) => (description === undefined ? { name } : { name, description }),
  vnis: ({ name, tenant, vni, vtep }, replica) => ({ name, tenant: nameOf(replica, 'Tenant', tenant), vni, vtep }),
  interfaces: decodeInterface,
  ports: (row, replica) => ({
    name: row.name,
    interface: nameOf(replica, 'Interface', row.interface),
    mac: row.mac,
    addresses: [...row.addresses],
  }),
  routes: (row, replica) => ({
    name: row.name,
    tenant: nameOf(replica, 'Tenant', row.tenant),
    destination: row.destination,
    interface: nameOf(replica, 'Interface', row.interface),
    nextHop: row.next_hop,
  }),
  'nat-pools': (row, replica) => ({
    name: row.name,
    interface: nameOf(replica, 'Interface', row.interface),
    addresses: [...row.addresses],
    ports: { min: row.port_min, max: row.port_max },
    chunkSize: row.chunk_size,
  }),
  'nat-rules': (row, replica) => ({
    name: row.name,
    tenant: nameOf(replica, 'Tenant', row.tenant),
    source: row.source,
    pool: nameOf(replica, 'NAT_Pool', row.pool),
  }),
};

function decodeInterface(row: ObjectRow<'interfaces'>, replica: Replica<Tables>): InterfaceDocument {
  return {
    name: row.name,
    role: row.role,
    ...(row.tenant === undefined ? {} : { tenant: nameOf(replica, 'Tenant', row.tenant) }),
    attachment: decodeAttachment(row, replica),
    mac: row.mac,
    addresses: [...row.addresses],
    hosts: hostsOf(row, replica).map(entry => entry.host),
    remoteVteps: [...row.remote_vteps],
    arpRate: row.arp_rate,
  };
}

function decodeAttachment(row: ObjectRow<'interfaces'>, replica: Replica<Tables>): AttachmentDocument {
  const pin = row.node === undefined ? {} : { node: row.node };
  switch (row.attachment) {
    case 'vlan':
      return { type: 'vlan', port: row.port ?? '', vlan: row.vlan ?? 0, ...pin };
    case 'vni':
      return { type: 'vni', vni: row.vni === undefined ? '' : nameOf(replica, 'VNI', row.vni) };
    case 'representor':
      return { type: 'representor', port: row.port ?? '', ...pin };
  }
}

function hostsOf(row: ObjectRow<'interfaces'>, replica: Replica<Tables>): { uuid: Uuid; host: HostDocument }[] {
  return row.hosts.flatMap(uuid => {
    const host = replica.get('Host', uuid);
    if (!host) return [];
    const addresses = sortAddresses(host.addresses);
    const vtep = host.vtep === undefined ? {} : { vtep: host.vtep };
    return [{ uuid, host: { mac: host.mac, addresses, ...vtep } }];
  });
}

/** References are strong, so the row is there; the empty name stands for a database that broke its own rules. */
function nameOf(
  replica: Replica<Tables>,
  table: 'Tenant' | 'VNI' | 'Interface' | 'NAT_Pool' | 'Node',
  uuid: Uuid | undefined,
): string {
  return (uuid === undefined ? undefined : replica.get(table, uuid)?.name) ?? '';
}

function bindingsOf(replica: Replica<Tables>, table: 'Interface' | 'Port'): ReadonlyMap<string, string> {
  const bound = new Map<string, string>();
  for (const { name, binding } of replica.rows(table)) {
    const node = binding && nameOf(replica, 'Node', replica.get('Port_Binding', binding)?.node);
    if (node) bound.set(name, node);
  }
  return bound;
}

function nodesOf(replica: Replica<Tables>): ReadonlyMap<string, StoredNode> {
  const rows = [...replica.rows('Node')].sort((a, b) => compareTexts(a.name, b.name));
  return new Map(rows.map(row => [row.name, { row, offer: offerFrom(row) }] as const));
}

/**
 * Remembers the document of each row: rows are immutable, and what a document takes from other rows (names, hosts)
 * never changes in them, so only rows that changed are read again.
 */
export class DocumentCache {
  readonly #documents = new WeakMap<object, Documents[Kind]>();

  read<K extends Kind>(kind: K, row: ObjectRow<K>, replica: Replica<Tables>): Documents[K] {
    const known = this.#documents.get(row);
    if (known) return known as Documents[K];
    const decode: Decoders[K] = decoders[kind];
    const document = canonicalDocument(kind, decode(row, replica));
    this.#documents.set(row, document);
    return document;
  }
}

/** @returns undefined when the database has no root row yet */
export function readView(replica: Replica<Tables>, cache: DocumentCache): StateView | undefined {
  const [root] = replica.rows('Pointsman');
  if (!root) return undefined;
  const objects = new Map<string, StoredObject>();
  const documents: DocumentSet = {
    tenants: readKind(replica, cache, 'tenants', objects),
    vnis: readKind(replica, cache, 'vnis', objects),
    interfaces: readKind(replica, cache, 'interfaces', objects),
    ports: readKind(replica, cache, 'ports', objects),
    routes: readKind(replica, cache, 'routes', objects),
    'nat-pools': readKind(replica, cache, 'nat-pools', objects),
    'nat-rules': readKind(replica, cache, 'nat-rules', objects),
  };
  const chunks = [...replica.rows('NAT_Chunk')].map((row): { row: typeof row; chunk: ChunkAllocation } => ({
    row,
    chunk: {
      tenant: nameOf(replica, 'Tenant', row.tenant),
      pool: nameOf(replica, 'NAT_Pool', row.pool),
      node: nameOf(replica, 'Node', row.node),
      address: row.address,
      port: row.port,
      size: row.size,
      icmp: row.icmp,
    },
  }));
  chunks.sort((a, b) => compareTexts(chunkKey(a.chunk), chunkKey(b.chunk)));
  const retiredRows = [...replica.rows('Retired_Number')];
  return {
    root,
    generation: root.generation,
    nextId: root.next_id,
    lastIndex: root.last_index,
    documents,
    allocations: {
      ids: new Map([...objects].map(([key, { id }]) => [key, id])),
      zones: new Map([...replica.rows('Tenant')].map(row => [row.name, row.zone])),
      indexes: new Map([
        ...[...replica.rows('Interface')].map(row => [objectKey('interfaces', row.name), row.index] as const),
        ...[...replica.rows('Port')].map(row => [objectKey('ports', row.name), row.index] as const),
      ]),
      chunks: chunks.map(entry => entry.chunk),
      retired: retiredRows.flatMap(row => readRetired(row) ?? []),
    },
    objects,
    nodes: nodesOf(replica),
    bindings: { interfaces: bindingsOf(replica, 'Interface'), ports: bindingsOf(replica, 'Port') },
    lastPorts: new Map([...replica.rows('NAT_Pool')].map(row => [row.name, row.last_ports])),
    retiredRows,
    chunkRows: new Map(chunks.map(({ row, chunk }) => [chunkKey(chunk), row])),
    hostRows: name => {
      const row = replica.find('Interface', candidate => candidate.name === name);
      return new Map(row ? hostsOf(row, replica).map(({ uuid, host }) => [hostKey(host), uuid]) : []);
    },
    bindingRow: name => replica.find('Interface', candidate => candidate.name === name)?.binding,
  };
}

function readKind<K extends Kind>(
  replica: Replica<Tables>,
  cache: DocumentCache,
  kind: K,
  objects: Map<string, StoredObject>,
): ReadonlyMap<string, Documents[K]> {
  const rows = [...replica.rows(tableOf[kind])] as unknown as (ObjectRow<K> & StoredRow<Tables['Tenant']>)[];
  rows.sort((a, b) => compareTexts(a.name, b.name));
  const documents = new Map<string, Documents[K]>();
  for (const row of rows) {
    documents.set(row.name, cache.read(kind, row, replica));
    objects.set(objectKey(kind, row.name), row);
  }
  return documents;
}
