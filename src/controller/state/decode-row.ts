// Rows of the state database as documents and allocations. Rows are immutable, and what a document takes from other rows
// (names, hosts) never changes in them: a document changes when its own row does.

import type { Replica, StoredRow, Uuid } from '../../ovsdb/index.ts';
import type { ChunkAllocation } from '../../policy/allocation.ts';
import type { Documents } from '../../policy/documents.ts';
import { canonicalDocument } from '../../policy/documents.ts';
import type { AttachmentDocument, HostDocument, InterfaceDocument } from '../../policy/kinds/interfaces.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import { sortAddresses } from '../../policy/kinds/spelling.ts';
import type { ObjectRow, Tables } from './view.ts';

type Decoders = { readonly [K in Kind]: (row: ObjectRow<K>, replica: Replica<Tables>) => Documents[K] };

const decoders: Decoders = {
  tenants: ({ name, description, new_connections: newConnections }) => ({
    name,
    ...(description === undefined ? {} : { description }),
    ...(newConnections === undefined ? {} : { newConnections }),
  }),
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
    ...(row.destinations.length > 0 ? { destinations: [...row.destinations] } : {}),
    ...(row.except.length > 0 ? { except: [...row.except] } : {}),
    ...(row.protocol === undefined ? {} : { protocol: row.protocol }),
    ...(row.port_min === undefined ? {} : { ports: { min: row.port_min, max: row.port_max ?? row.port_min } }),
  }),
  'static-nats': (row, replica) => ({
    name: row.name,
    tenant: nameOf(replica, 'Tenant', row.tenant),
    interface: nameOf(replica, 'Interface', row.interface),
    inside: row.inside,
    outside: row.outside,
  }),
  'port-forwards': (row, replica) => ({
    name: row.name,
    tenant: nameOf(replica, 'Tenant', row.tenant),
    interface: nameOf(replica, 'Interface', row.interface),
    outside: row.outside,
    protocol: row.protocol,
    ports: { min: row.port_min, max: row.port_max },
    inside: row.inside,
    ...(row.inside_port === undefined ? {} : { insidePort: row.inside_port }),
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
    ...(row.new_connections === undefined ? {} : { newConnections: row.new_connections }),
    ...(row.new_connection_rate === undefined ? {} : { newConnectionRate: row.new_connection_rate }),
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

export function hostsOf(row: ObjectRow<'interfaces'>, replica: Replica<Tables>): { uuid: Uuid; host: HostDocument }[] {
  return row.hosts.flatMap(uuid => {
    const host = replica.get('Host', uuid);
    if (!host) return [];
    const addresses = sortAddresses(host.addresses);
    const vtep = host.vtep === undefined ? {} : { vtep: host.vtep };
    return [{ uuid, host: { mac: host.mac, addresses, ...vtep } }];
  });
}

/** References are strong, so the row is there; the empty name stands for a database that broke its own rules. */
export function nameOf(
  replica: Replica<Tables>,
  table: 'Tenant' | 'VNI' | 'Interface' | 'NAT_Pool' | 'Node',
  uuid: Uuid | undefined,
): string {
  return (uuid === undefined ? undefined : replica.get(table, uuid)?.name) ?? '';
}

export function decodeDocument<K extends Kind>(kind: K, row: ObjectRow<K>, replica: Replica<Tables>): Documents[K] {
  const decode: Decoders[K] = decoders[kind];
  const document = decode(row, replica);
  return canonicalDocument(
    kind,
    row.labels.size === 0 ? document : { ...document, labels: Object.fromEntries(row.labels) },
  );
}

export function decodeChunk(row: StoredRow<Tables['NAT_Chunk']>, replica: Replica<Tables>): ChunkAllocation {
  const { address, port, size, icmp } = row;
  return {
    tenant: nameOf(replica, 'Tenant', row.tenant),
    pool: nameOf(replica, 'NAT_Pool', row.pool),
    node: nameOf(replica, 'Node', row.node),
    ...{ address, port, size, icmp },
  };
}
