// Objects as rows: what is inserted or written for one, and the numbers that are given out with it.

import type { InsertedRow, StoredRow, Uuid, WriteRow } from '../../ovsdb/index.ts';
import { freeZone, nextFree, retiredNumbers } from '../../policy/allocation.ts';
import type { Documents } from '../../policy/documents.ts';
import type { AttachmentDocument, HostDocument, InterfaceDocument } from '../../policy/kinds/interfaces.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import { canHold } from '../../policy/membership.ts';
import { useKey } from './chunk-plan.ts';
import type { ChunkReferences } from './chunk-writes.ts';
import { StateError } from './errors.ts';
import { retire } from './retired-numbers.ts';
import type { Draft } from './transaction-frame.ts';
import { hostKey, needRow, objectKey, type StateView, type StoredObject, type Tables, tableOf } from './view.ts';

const maxIndex = 0xffff;

/** A write of one object: the transaction, the state it starts from, and who writes. */
export interface ObjectWrite {
  readonly draft: Draft;
  readonly view: StateView;
  /** The name of the node that writes. */
  readonly self: string;
  /** Conntrack zones that somebody else has at this node. */
  readonly foreignZones: Iterable<number>;
}

export function needNumber(number: number | undefined, what: string): number {
  if (number === undefined) throw new StateError('STATE_EXHAUSTED', `there are no ${what} left`);
  return number;
}

type Numbers = { readonly id: number; readonly revision: number };

/** Inserts the object, or updates its row. @param chunks the rows for a NAT rule */
export function writeObject(
  write: ObjectWrite,
  kind: Kind,
  document: Documents[Kind],
  current: StoredObject | undefined,
  { id, revision }: Numbers,
  chunks: ChunkReferences,
): void {
  const columns = columnsOf(write, kind, document, chunks);
  // The columns were typed by their kind; the union over kinds is all that is left to say, and any of it will do.
  const table = tableOf[kind] as 'Tenant';
  const taken = current && changesHands(write.view, kind, document) ? replaceIndex(write, kind, document.name) : {};
  if (current) write.draft.update(table, current as StoredRow<Tables['Tenant']>, { ...columns, ...taken, revision });
  else write.draft.insert(table, { ...columns, ...numbersOf(write, kind), id, revision, name: document.name });
}

/** The columns that follow from the document. */
function columnsOf(
  write: ObjectWrite,
  kind: Kind,
  document: Documents[Kind],
  chunks: ChunkReferences,
): Readonly<Record<string, unknown>> {
  const { view } = write;
  switch (kind) {
    case 'tenants': {
      const { description } = document as Documents['tenants'];
      return { description } satisfies WriteRow<Tables['Tenant']>;
    }
    case 'vnis': {
      const { tenant, vni, vtep } = document as Documents['vnis'];
      return { tenant: needRow(view, 'tenants', tenant), vni, vtep } satisfies WriteRow<Tables['VNI']>;
    }
    case 'interfaces':
      return interfaceColumns(write, document as InterfaceDocument);
    case 'ports': {
      const { interface: segment, mac, addresses } = document as Documents['ports'];
      return { interface: needRow(view, 'interfaces', segment), mac, addresses } satisfies WriteRow<Tables['Port']>;
    }
    case 'routes': {
      const { tenant, destination, interface: via, nextHop } = document as Documents['routes'];
      return {
        tenant: needRow(view, 'tenants', tenant),
        destination,
        interface: needRow(view, 'interfaces', via),
        next_hop: nextHop,
      } satisfies WriteRow<Tables['Route']>;
    }
    case 'nat-pools': {
      const { interface: outer, addresses, ports, chunkSize } = document as Documents['nat-pools'];
      return {
        interface: needRow(view, 'interfaces', outer),
        addresses,
        port_min: ports.min,
        port_max: ports.max,
        chunk_size: chunkSize,
      } satisfies WriteRow<Tables['NAT_Pool']>;
    }
    case 'nat-rules': {
      const rule = document as Documents['nat-rules'];
      return {
        tenant: needRow(view, 'tenants', rule.tenant),
        source: rule.source,
        pool: needRow(view, 'nat-pools', rule.pool),
        // None while it waits for one.
        chunk: chunks.get(useKey(rule)) ?? [],
      } satisfies WriteRow<Tables['NAT_Rule']>;
    }
  }
}

/** The columns that are given out when the object is made, and stay. */
function numbersOf(write: ObjectWrite, kind: Kind): Readonly<Record<string, number>> {
  switch (kind) {
    case 'tenants':
      return { zone: needNumber(freeZone(write.view.allocations, write.foreignZones), 'conntrack zones') };
    case 'interfaces':
    case 'ports':
      return { index: takeIndex(write) };
    default:
      return {};
  }
}

function interfaceColumns(write: ObjectWrite, document: InterfaceDocument): WriteRow<Tables['Interface']> {
  const { draft, view } = write;
  const { attachment } = document;
  const known = view.hostRows(document.name);
  return {
    role: document.role,
    tenant: document.tenant === undefined ? undefined : needRow(view, 'tenants', document.tenant),
    attachment: attachment.type,
    attachment_key: attachmentKey(attachment),
    port: attachment.type === 'vni' ? undefined : attachment.port,
    vlan: attachment.type === 'vlan' ? attachment.vlan : undefined,
    vni: attachment.type === 'vni' ? needRow(view, 'vnis', attachment.vni) : undefined,
    mac: document.mac,
    addresses: document.addresses,
    hosts: document.hosts.map(host => known.get(hostKey(host)) ?? draft.insert('Host', hostColumns(host))),
    remote_vteps: document.remoteVteps,
    arp_rate: document.arpRate,
    node: attachment.type === 'vni' ? undefined : attachment.node,
    binding: bindInterface(write, document),
  };
}

/** The node that has it keeps it while it can; else it is this one's at once, where it can. */
function bindInterface(
  { draft, view, self }: ObjectWrite,
  { name, attachment }: InterfaceDocument,
): Uuid | InsertedRow<'Port_Binding'> | undefined {
  const vtep = attachment.type === 'vni' ? view.documents.vnis.get(attachment.vni)?.vtep : undefined;
  const can = (node: string | undefined) => {
    const offer = node === undefined ? undefined : view.nodes.get(node)?.offer;
    return offer !== undefined && canHold(offer, attachment, vtep);
  };
  const standing = view.bindingRow(name);
  if (standing !== undefined && can(view.bindings.interfaces.get(name))) return standing;
  const own = view.nodes.get(self);
  return own && can(self) ? draft.insert('Port_Binding', { node: own.row._uuid }) : undefined;
}

/**
 * Interfaces and ports share them: both are values of one register. Not the lowest that is free, but the next: one that
 * was given up is the last to come again.
 */
function takeIndex({ draft, view }: ObjectWrite): number {
  const { allocations, root } = view;
  const taken = [...allocations.indexes.values(), ...retiredNumbers(allocations, 'index')];
  const index = needNumber(nextFree(taken, lastIndexOf(view), maxIndex), 'indexes of interfaces and ports');
  draft.update('Pointsman', root, { last_index: index });
  return index;
}

/** A database of an earlier version has not written it down. */
function lastIndexOf({ allocations, lastIndex }: StateView): number {
  return lastIndex === 0 ? Math.max(0, ...allocations.indexes.values()) : lastIndex;
}

/** What to write down as the last index, so that the next is none of the `lost` that may have been given out since. */
export function indexBeyond(view: StateView, lost: number): number {
  return ((lastIndexOf(view) + lost) % maxIndex) + 1;
}

/** Between nodes an index is all that says whose a packet is: it stays with the tenant. */
function changesHands({ documents }: StateView, kind: Kind, document: Documents[Kind]): boolean {
  if (kind !== 'interfaces') return false;
  const before = documents.interfaces.get(document.name);
  const { role, tenant } = document as InterfaceDocument;
  return before !== undefined && (before.role !== role || before.tenant !== tenant);
}

function replaceIndex(write: ObjectWrite, kind: Kind, name: string): Readonly<Record<string, number>> {
  retireIndex(write.draft, write.view, kind, name);
  return { index: takeIndex(write) };
}

/** The number of an interface or port that goes. */
export function retireIndex(draft: Draft, view: StateView, kind: Kind, name: string): void {
  const index = view.allocations.indexes.get(objectKey(kind, name));
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
