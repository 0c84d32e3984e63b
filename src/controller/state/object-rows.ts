// Objects as rows: what is inserted or written for one, and the numbers that are given out with it.

import type { InsertedRow, StoredRow, Uuid, WriteRow } from '../../ovsdb/index.ts';
import type { DocumentSet, Documents } from '../../policy/documents.ts';
import { objectKey, useKey } from '../../policy/facts/base.ts';
import type { AttachmentDocument, HostDocument, InterfaceDocument } from '../../policy/kinds/interfaces.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import { canHold } from '../../policy/membership.ts';
import type { ChunkReferences } from './chunk-writes.ts';
import type { NumberGiver } from './number-giver.ts';
import { retire } from './retired-numbers.ts';
import type { Draft } from './transaction-frame.ts';
import { hostKey, needRow, type StateView, type StoredObject, type Tables, tableOf } from './view.ts';

/** A write of objects: the transaction, the state it starts from, who writes, and what has become of it so far. */
export interface ObjectWrite {
  readonly draft: Draft;
  readonly view: StateView;
  /** The name of the node that writes. */
  readonly self: string;
  /** All documents as they will be. */
  readonly documents: DocumentSet;
  readonly numbers: NumberGiver;
  /** Rows of new objects, by `kind/name`. */
  readonly inserted: Map<string, InsertedRow>;
  /** Interfaces that another than the node that writes is to have, when nobody has them. */
  readonly holders?: ReadonlyMap<string, string>;
  /** Interfaces that were written, and the node that has each then. */
  readonly bound: Map<string, string | undefined>;
}

type Numbers = { readonly id: number; readonly revision: number };

/** What is given out with an object: kept as long as it is there. */
export interface GivenNumbers {
  readonly index?: number;
  readonly zone?: number;
}

/**
 * Inserts the object, or updates its row.
 * @param chunks the rows for a NAT rule
 * @returns what it was given by that
 */
export function writeObject(
  write: ObjectWrite,
  kind: Kind,
  document: Documents[Kind],
  current: StoredObject | undefined,
  { id, revision }: Numbers,
  chunks: ChunkReferences,
): GivenNumbers {
  const columns = { ...columnsOf(write, kind, document, chunks), labels: labelsColumn(document) };
  // The columns were typed by their kind; the union over kinds is all that is left to say, and any of it will do.
  const table = tableOf[kind] as 'Tenant';
  if (current) {
    const given = changesHands(write.view, kind, document) ? replaceIndex(write, kind, document.name) : {};
    write.draft.update(table, current as StoredRow<Tables['Tenant']>, { ...columns, ...given, revision });
    return given;
  }
  const given = numbersOf(write, kind);
  const row = write.draft.insert(table, { ...columns, ...given, id, revision, name: document.name });
  write.inserted.set(objectKey(kind, document.name), row);
  return given;
}

function labelsColumn({ labels = {} }: Documents[Kind]): ReadonlyMap<string, string> {
  return new Map(Object.entries(labels));
}

/** The columns that follow from the fields of its kind. */
function columnsOf(
  write: ObjectWrite,
  kind: Kind,
  document: Documents[Kind],
  chunks: ChunkReferences,
): Readonly<Record<string, unknown>> {
  const { view, inserted } = write;
  switch (kind) {
    case 'tenants': {
      const { description, newConnections } = document as Documents['tenants'];
      return { description, new_connections: newConnections } satisfies WriteRow<Tables['Tenant']>;
    }
    case 'vnis': {
      const { tenant, vni, vtep } = document as Documents['vnis'];
      return { tenant: needRow(view, 'tenants', tenant, inserted), vni, vtep } satisfies WriteRow<Tables['VNI']>;
    }
    case 'interfaces':
      return interfaceColumns(write, document as InterfaceDocument);
    case 'ports': {
      const { interface: segment, mac, addresses } = document as Documents['ports'];
      return { interface: needRow(view, 'interfaces', segment, inserted), mac, addresses } satisfies WriteRow<
        Tables['Port']
      >;
    }
    case 'routes': {
      const { tenant, destination, interface: via, nextHop } = document as Documents['routes'];
      return {
        tenant: needRow(view, 'tenants', tenant, inserted),
        destination,
        interface: needRow(view, 'interfaces', via, inserted),
        next_hop: nextHop,
      } satisfies WriteRow<Tables['Route']>;
    }
    case 'nat-pools': {
      const { interface: outer, addresses, ports, chunkSize } = document as Documents['nat-pools'];
      return {
        interface: needRow(view, 'interfaces', outer, inserted),
        addresses,
        port_min: ports.min,
        port_max: ports.max,
        chunk_size: chunkSize,
      } satisfies WriteRow<Tables['NAT_Pool']>;
    }
    case 'nat-rules': {
      const rule = document as Documents['nat-rules'];
      return {
        tenant: needRow(view, 'tenants', rule.tenant, inserted),
        source: rule.source,
        destinations: rule.destinations ?? [],
        except: rule.except ?? [],
        protocol: rule.protocol,
        port_min: rule.ports?.min,
        port_max: rule.ports?.max,
        pool: needRow(view, 'nat-pools', rule.pool, inserted),
        // None while it waits for one.
        chunk: chunks.get(useKey(rule)) ?? [],
      } satisfies WriteRow<Tables['NAT_Rule']>;
    }
    case 'static-nats': {
      const { tenant, interface: outer, inside, outside } = document as Documents['static-nats'];
      return {
        tenant: needRow(view, 'tenants', tenant, inserted),
        interface: needRow(view, 'interfaces', outer, inserted),
        inside,
        outside,
      } satisfies WriteRow<Tables['Static_NAT']>;
    }
    case 'port-forwards': {
      const forward = document as Documents['port-forwards'];
      return {
        tenant: needRow(view, 'tenants', forward.tenant, inserted),
        interface: needRow(view, 'interfaces', forward.interface, inserted),
        outside: forward.outside,
        protocol: forward.protocol,
        port_min: forward.ports.min,
        port_max: forward.ports.max,
        inside: forward.inside,
        inside_port: forward.insidePort,
      } satisfies WriteRow<Tables['Port_Forward']>;
    }
  }
}

/** The columns that are given out when the object is made, and stay. */
function numbersOf({ numbers }: ObjectWrite, kind: Kind): GivenNumbers {
  switch (kind) {
    case 'tenants':
      return { zone: numbers.zone() };
    case 'interfaces':
    case 'ports':
      return { index: numbers.index() };
    default:
      return {};
  }
}

function interfaceColumns(write: ObjectWrite, document: InterfaceDocument): WriteRow<Tables['Interface']> {
  const { draft, view, inserted } = write;
  const { attachment } = document;
  const known = view.hostRows(document.name);
  return {
    role: document.role,
    tenant: document.tenant === undefined ? undefined : needRow(view, 'tenants', document.tenant, inserted),
    attachment: attachment.type,
    attachment_key: attachmentKey(attachment),
    port: attachment.type === 'vni' ? undefined : attachment.port,
    vlan: attachment.type === 'vlan' ? attachment.vlan : undefined,
    vni: attachment.type === 'vni' ? needRow(view, 'vnis', attachment.vni, inserted) : undefined,
    mac: document.mac,
    addresses: document.addresses,
    hosts: document.hosts.map(host => known.get(hostKey(host)) ?? draft.insert('Host', hostColumns(host))),
    remote_vteps: document.remoteVteps,
    arp_rate: document.arpRate,
    new_connections: document.newConnections,
    new_connection_rate: document.newConnectionRate,
    node: attachment.type === 'vni' ? undefined : attachment.node,
    binding: bindInterface(write, document),
  };
}

/** The node that has it keeps it while it can; else it is this one's at once, or who is to have it, where they can. */
function bindInterface(
  { draft, view, self, documents, holders, bound }: ObjectWrite,
  { name, attachment }: InterfaceDocument,
): Uuid | InsertedRow<'Port_Binding'> | undefined {
  const vtep = attachment.type === 'vni' ? documents.vnis.get(attachment.vni)?.vtep : undefined;
  const can = (node: string | undefined) => {
    const offer = node === undefined ? undefined : view.nodes.get(node)?.offer;
    return offer !== undefined && canHold(offer, attachment, vtep);
  };
  const standing = view.bindingRow(name);
  const holder = view.bindings.interfaces.get(name);
  if (standing !== undefined && can(holder)) {
    bound.set(name, holder);
    return standing;
  }
  const next = holders?.get(name) ?? self;
  const taker = can(next) ? view.nodes.get(next) : undefined;
  bound.set(name, taker && next);
  return taker && draft.insert('Port_Binding', { node: taker.row._uuid });
}

/** Between nodes an index is all that says whose a packet is: it stays with the tenant. */
function changesHands({ documents }: StateView, kind: Kind, document: Documents[Kind]): boolean {
  if (kind !== 'interfaces') return false;
  const before = documents.interfaces.get(document.name);
  const { role, tenant } = document as InterfaceDocument;
  return before !== undefined && (before.role !== role || before.tenant !== tenant);
}

function replaceIndex({ draft, view, numbers }: ObjectWrite, kind: Kind, name: string): GivenNumbers {
  retireIndex(draft, view, kind, name);
  return { index: numbers.index() };
}

/** The number of an interface or port that goes. */
export function retireIndex(draft: Draft, view: StateView, kind: Kind, name: string): void {
  const { index } = view.numbersOf(kind, name);
  if (index !== undefined) retire(draft, view, { kind: 'index', number: index });
}

function hostColumns({ mac, addresses, vtep }: HostDocument): WriteRow<Tables['Host']> {
  return { mac, addresses, vtep };
}

/** What an interface takes up alone: the text under the unique index. */
function attachmentKey(attachment: AttachmentDocument): string {
  switch (attachment.type) {
    case 'vlan':
      return `vlan ${attachment.port} ${attachment.vlan}${pinOf(attachment)}`;
    case 'vni':
      return `vni ${attachment.vni}`;
    case 'representor':
      return `representor ${attachment.port}${pinOf(attachment)}`;
  }
}

function pinOf({ node }: { readonly node?: string | undefined }): string {
  return node === undefined ? '' : ` at ${node}`;
}
