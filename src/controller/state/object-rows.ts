// Objects as rows: the operations that insert or update one, and the numbers that are given out with it.

import { type NamedUuid, namedUuid, type Operation, type Uuid, type WriteRow } from '../../ovsdb/index.ts';
import { lowestFree } from '../../policy/allocation.ts';
import type { AttachmentDocument, Documents, HostDocument, InterfaceDocument, Kind } from '../../policy/documents.ts';
import { canHold } from '../../policy/membership.ts';
import { useKey } from './chunk-plan.ts';
import { StateError } from './errors.ts';
import { hostKey, objectKey, type StateView, type StoredObject, type Tables, tableOf } from './view.ts';

const maxZone = 0xffff;
const maxIndex = 0xffff;

/** The state, and who writes. */
export interface ObjectView extends StateView {
  /** The name of the node that writes. */
  readonly self: string;
}

export function needNumber(number: number | undefined, what: string): number {
  if (number === undefined) throw new StateError('STATE_EXHAUSTED', `there are no ${what} left`);
  return number;
}

type Numbers = { readonly id: number; readonly revision: number };

/** Inserts the object, or updates its row. @param chunks the rows for a NAT rule, by `useKey` */
export function writeObject(
  view: ObjectView,
  kind: Kind,
  document: Documents[Kind],
  current: StoredObject | undefined,
  numbers: Numbers,
  chunks: ReadonlyMap<string, readonly (Uuid | NamedUuid)[]>,
): readonly Operation<Tables>[] {
  const { operations, row, once } = encodeObject(view, kind, document, current, chunks);
  const table = tableOf[kind];
  // The row's columns were typed by its kind below; here the union over kinds is all that is left to say.
  const write = current
    ? { op: 'update', table, where: [['_uuid', '==', current.uuid]], row: { ...row, revision: numbers.revision } }
    : { op: 'insert', table, row: { ...row, ...once(), ...numbers, name: document.name } };
  return [...operations, write as Operation<Tables>];
}

interface Encoded {
  readonly operations: readonly Operation<Tables>[];
  readonly row: Readonly<Record<string, unknown>>;
  /** The columns that are given out when the object is made, and stay. */
  readonly once: () => Readonly<Record<string, number>>;
}

function encodeObject(
  view: ObjectView,
  kind: Kind,
  document: Documents[Kind],
  current: StoredObject | undefined,
  chunks: ReadonlyMap<string, readonly (Uuid | NamedUuid)[]>,
): Encoded {
  switch (kind) {
    case 'tenants': {
      const { description } = document as Documents['tenants'];
      const row = { description } satisfies WriteRow<Tables['Tenant']>;
      return current ? { operations: [], row, once: nothing } : encodeZone(view, row);
    }
    case 'vnis': {
      const { tenant, vni, vtep } = document as Documents['vnis'];
      const row = { tenant: needRow(view, 'tenants', tenant), vni, vtep } satisfies WriteRow<Tables['VNI']>;
      return { operations: [], row, once: nothing };
    }
    case 'interfaces':
      return encodeInterface(view, document as InterfaceDocument);
    case 'ports': {
      const { interface: segment, mac, addresses } = document as Documents['ports'];
      const row = {
        interface: needRow(view, 'interfaces', segment),
        mac,
        addresses,
      } satisfies WriteRow<Tables['Port']>;
      return { operations: [], row, once: () => ({ index: freeIndex(view) }) };
    }
    case 'routes': {
      const { tenant, destination, interface: via, nextHop } = document as Documents['routes'];
      const row = {
        tenant: needRow(view, 'tenants', tenant),
        destination,
        interface: needRow(view, 'interfaces', via),
        next_hop: nextHop,
      } satisfies WriteRow<Tables['Route']>;
      return { operations: [], row, once: nothing };
    }
    case 'nat-pools': {
      const { interface: outer, addresses, ports, chunkSize } = document as Documents['nat-pools'];
      const row = {
        interface: needRow(view, 'interfaces', outer),
        addresses,
        port_min: ports.min,
        port_max: ports.max,
        chunk_size: chunkSize,
      } satisfies WriteRow<Tables['NAT_Pool']>;
      return { operations: [], row, once: nothing };
    }
    case 'nat-rules': {
      const rule = document as Documents['nat-rules'];
      const chunk = chunks.get(useKey(rule));
      if (!chunk) throw new StateError('STATE_DATABASE_REFUSED', `no chunk was planned for nat-rules/${rule.name}`);
      const row = {
        tenant: needRow(view, 'tenants', rule.tenant),
        source: rule.source,
        pool: needRow(view, 'nat-pools', rule.pool),
        chunk,
      } satisfies WriteRow<Tables['NAT_Rule']>;
      return { operations: [], row, once: nothing };
    }
  }
}

const nothing = () => ({});

function encodeInterface(view: ObjectView, document: InterfaceDocument): Encoded {
  const { attachment } = document;
  const known = view.hostRows(document.name);
  const operations: Operation<Tables>[] = [];
  const hosts = document.hosts.map((host, i): Uuid | NamedUuid => {
    const row = known.get(hostKey(host));
    if (row) return row;
    const uuidName = `host${i}`;
    operations.push({ op: 'insert', table: 'Host', row: hostRow(host), uuidName });
    return namedUuid(uuidName);
  });
  const row = {
    role: document.role,
    tenant: document.tenant === undefined ? undefined : needRow(view, 'tenants', document.tenant),
    attachment: attachment.type,
    attachment_key: attachmentKey(attachment),
    port: attachment.type === 'vni' ? undefined : attachment.port,
    vlan: attachment.type === 'vlan' ? attachment.vlan : undefined,
    vni: attachment.type === 'vni' ? needRow(view, 'vnis', attachment.vni) : undefined,
    mac: document.mac,
    addresses: document.addresses,
    hosts,
    remote_vteps: document.remoteVteps,
    arp_rate: document.arpRate,
    node: attachment.type === 'vni' ? undefined : attachment.node,
    binding: bindInterface(view, document, operations),
  } satisfies WriteRow<Tables['Interface']>;
  return { operations, row, once: () => ({ index: freeIndex(view) }) };
}

/** The node that has it keeps it while it can; else it is this one's at once, where it can. */
function bindInterface(
  view: ObjectView,
  { name, attachment }: InterfaceDocument,
  operations: Operation<Tables>[],
): Uuid | NamedUuid | undefined {
  const vtep = attachment.type === 'vni' ? view.documents.vnis.get(attachment.vni)?.vtep : undefined;
  const can = (node: string | undefined) => {
    const offer = node === undefined ? undefined : view.nodes.get(node)?.offer;
    return offer !== undefined && canHold(offer, attachment, vtep);
  };
  const standing = view.bindingRow(name);
  if (standing !== undefined && can(view.bindings.interfaces.get(name))) return standing;
  const own = view.nodes.get(view.self);
  if (!own || !can(view.self)) return undefined;
  operations.push({ op: 'insert', table: 'Port_Binding', row: { node: own.uuid }, uuidName: 'binding' });
  return namedUuid('binding');
}

/** Ports and interfaces share their numbers: both are values of one register. */
function freeIndex({ allocations }: StateView): number {
  return needNumber(lowestFree(allocations.indexes.values(), maxIndex), 'indexes of interfaces and ports');
}

/** A zone that every node has forgotten may be in the list of retired ones still. */
function encodeZone(view: ObjectView, row: Encoded['row']): Encoded {
  const { zones, retiredZones } = view.allocations;
  const zone = needNumber(lowestFree([...zones.values(), ...retiredZones], maxZone), 'conntrack zones');
  const operation: Operation<Tables> = { op: 'delete', table: 'Conntrack_Zone', where: [['zone', '==', zone]] };
  return { operations: [operation], row, once: () => ({ zone }) };
}

function hostRow({ mac, addresses, vtep }: HostDocument): WriteRow<Tables['Host']> {
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

/** resolveIntent has found the object; its row is in the same view. */
export function needRow(view: StateView, kind: Kind, name: string): Uuid {
  const object = view.objects.get(objectKey(kind, name));
  if (!object) throw new StateError('STATE_DATABASE_REFUSED', `${kind}/${name} has no row`);
  return object.uuid;
}
