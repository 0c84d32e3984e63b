// A write, planned: from one state of the database and a wish to the operations of one transaction.
// Pure: it reads a view and returns data; the store sends it, and plans anew when the view was too old.

import { isDeepStrictEqual } from 'node:util';
import { type NamedUuid, namedUuid, type Operation, type Uuid, type WriteRow } from '../../ovsdb/index.ts';
import { type ChunkAllocation, lowestFree } from '../../policy/allocation.ts';
import type { DocumentSet, Documents, HostDocument, InterfaceDocument, Kind } from '../../policy/documents.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { resolveIntent } from '../../policy/resolve/resolve.ts';
import type { Problem } from '../../policy/resolve/resolver.ts';
import { canonicalDocument, spellDocument } from './canonical.ts';
import { type ChunkPlan, chunkKey, planChunks } from './chunk-plan.ts';
import { IntentRejected, ObjectNotFound, ObjectReferenced, PreconditionFailed, StateError } from './errors.ts';
import { type EtagCondition, formatEtag, matchesStrong, matchesWeak } from './etag.ts';
import { findReferrers } from './references.ts';
import { hostKey, objectKey, type StateView, type StoredObject, type Tables, tableOf } from './view.ts';

export interface WriteConditions {
  readonly ifMatch?: EtagCondition | undefined;
  readonly ifNoneMatch?: EtagCondition | undefined;
}

export type PutPlan<K extends Kind = Kind> =
  | { readonly kind: 'unchanged'; readonly document: Documents[K]; readonly etag: string; readonly generation: number }
  | {
      readonly kind: 'created' | 'updated';
      /** Canonical, as it will be read back. */
      readonly document: Documents[K];
      readonly etag: string;
      /** That of the database once the operations are committed. */
      readonly generation: number;
      readonly operations: readonly Operation<Tables>[];
      /** What will be wrong with the intent then: none of it this object's doing. */
      readonly problems: readonly Problem[];
    };

export interface RemovePlan {
  readonly generation: number;
  readonly operations: readonly Operation<Tables>[];
}

const maxId = 0xffff_ffff;
const maxZone = 0xffff;
const maxIndex = 0xffff;

/**
 * @param standing problems of the intent as it is, so that a write is not blamed for them
 * @throws PreconditionFailed, IntentRejected, StateError STATE_EXHAUSTED
 */
export function planPut<K extends Kind>(
  node: NodeConfig,
  view: StateView,
  standing: readonly Problem[],
  kind: K,
  wish: Documents[K],
  conditions: WriteConditions,
): PutPlan<K> {
  const { name } = wish;
  const current = view.objects.get(objectKey(kind, name));
  checkConditions(kind, name, current, conditions);
  const document = canonicalDocument(kind, wish);
  if (current && isDeepStrictEqual(view.documents[kind].get(name), document))
    return { kind: 'unchanged', document, etag: etagOf(current), generation: view.generation };

  // Judged as it was sent, so that the pointers of the problems lead into what the caller wrote.
  const candidate = withDocument(view.documents, kind, spellDocument(kind, wish));
  const { problems } = resolveIntent(node, candidate, view.allocations);
  const blamed = blame(kind, name, problems, standing);
  if (blamed.length > 0) throw new IntentRejected(kind, name, blamed);
  const documents = withDocument(view.documents, kind, document);
  const chunks = needChunks(kind, name, planChunks(documents, view.allocations.chunks));

  const { id, revision } = current
    ? { id: current.id, revision: current.revision + 1 }
    : { id: needNumber(view.nextId <= maxId ? view.nextId : undefined, 'object ids'), revision: 1 };
  const chunkWrites = writeChunks(view, documents, chunks, objectKey(kind, name));
  return {
    kind: current ? 'updated' : 'created',
    document,
    etag: formatEtag(id, revision),
    generation: view.generation + 1,
    problems,
    operations: [
      ...guards(view, kind, current),
      ...chunkWrites.operations,
      ...writeObject(view, kind, document, current, { id, revision }, chunkWrites.uuids),
      ...closing(view, current ? view.nextId : view.nextId + 1),
    ],
  };
}

/** @throws ObjectNotFound, ObjectReferenced, PreconditionFailed */
export function planRemove(view: StateView, kind: Kind, name: string, conditions: WriteConditions): RemovePlan {
  const current = view.objects.get(objectKey(kind, name));
  // Asked to delete one version of what is not there: the condition is what fails (RFC 9110 section 13.1.1).
  if (!current && conditions.ifMatch === undefined) throw new ObjectNotFound(kind, name);
  checkConditions(kind, name, current, conditions);
  if (!current) throw new ObjectNotFound(kind, name);
  const referrers = findReferrers(view.documents, kind, name);
  if (referrers.length > 0) throw new ObjectReferenced(kind, name, referrers);
  const documents = withoutDocument(view.documents, kind, name);
  const chunks = needChunks(kind, name, planChunks(documents, view.allocations.chunks));
  return {
    generation: view.generation + 1,
    operations: [
      ...guards(view, kind, current),
      { op: 'delete', table: tableOf[kind], where: [['_uuid', '==', current.uuid]] },
      ...writeChunks(view, documents, chunks, objectKey(kind, name)).operations,
      ...closing(view, view.nextId),
    ],
  };
}

export function etagOf(object: StoredObject): string {
  return formatEtag(object.id, object.revision);
}

function checkConditions(
  kind: Kind,
  name: string,
  current: StoredObject | undefined,
  { ifMatch, ifNoneMatch }: WriteConditions,
): void {
  const etag = current && etagOf(current);
  if (ifMatch !== undefined && !matchesStrong(ifMatch, etag)) throw new PreconditionFailed(kind, name, etag);
  if (ifNoneMatch !== undefined && matchesWeak(ifNoneMatch, etag)) throw new PreconditionFailed(kind, name, etag);
}

function withDocument<K extends Kind>(documents: DocumentSet, kind: K, document: Documents[K]): DocumentSet {
  const of: ReadonlyMap<string, Documents[K]> = documents[kind];
  return { ...documents, [kind]: new Map(of).set(document.name, document) };
}

function withoutDocument(documents: DocumentSet, kind: Kind, name: string): DocumentSet {
  const rest = new Map<string, Documents[Kind]>(documents[kind]);
  rest.delete(name);
  return { ...documents, [kind]: rest };
}

/**
 * The problems a write has to answer for: those of its own object, and those it newly causes in others. What is
 * merely missing elsewhere because its target has a problem is left out: the problem itself says more.
 */
function blame(kind: Kind, name: string, after: readonly Problem[], before: readonly Problem[]): readonly Problem[] {
  const known = new Set(before.map(problemKey));
  const own = after.filter(problem => problem.kind === kind && problem.name === name);
  const others = after.filter(problem => !own.includes(problem) && !known.has(problemKey(problem)));
  const direct = [...own, ...others.filter(problem => problem.why !== 'missing')];
  return direct.length > 0 ? direct : others;
}

function problemKey({ kind, name, pointer, why, detail }: Problem): string {
  return JSON.stringify([kind, name, pointer, why, detail]);
}

function needChunks(kind: Kind, name: string, plan: ChunkPlan): readonly ChunkAllocation[] {
  if (plan.kind === 'planned') return plan.chunks;
  const { pool, tenant } = plan;
  const range = `${pool.ports.min} to ${pool.ports.max} of ${pool.addresses.length} addresses`;
  const detail = `pool "${pool.name}" (ports ${range}) has no free chunk of ${pool.chunkSize} ports for tenant "${tenant}"`;
  const pointer = kind === 'nat-rules' ? '/pool' : '/addresses';
  throw new IntentRejected(kind, name, [{ kind, name, pointer, why: 'conflict', detail }]);
}

function needNumber(number: number | undefined, what: string): number {
  if (number === undefined) throw new StateError('STATE_EXHAUSTED', `there are no ${what} left`);
  return number;
}

/** The transaction is void unless the database is still what the plan was made from. */
function guards(view: StateView, kind: Kind, current: StoredObject | undefined): readonly Operation<Tables>[] {
  const root: Operation<Tables> = {
    op: 'wait',
    table: 'Pointsman',
    where: [],
    columns: ['generation', 'next_id'],
    until: '==',
    rows: [{ generation: view.generation, next_id: view.nextId }],
    timeout: 0,
  };
  if (!current) return [root];
  // The generation covers all who write as pointsman does; the revision, those who edit a row by other means.
  const revision = {
    op: 'wait',
    where: [['_uuid', '==', current.uuid]],
    columns: ['revision'],
    until: '==',
    rows: [{ revision: current.revision }],
    timeout: 0,
  } as const;
  return [root, { ...revision, table: tableOf[kind] } as Operation<Tables>];
}

function closing(view: StateView, nextId: number): readonly Operation<Tables>[] {
  return [
    { op: 'update', table: 'Pointsman', where: [], row: { generation: view.generation + 1, next_id: nextId } },
    { op: 'commit', durable: true },
  ];
}

interface ChunkWrites {
  readonly operations: readonly Operation<Tables>[];
  /** The row of each chunk, by `tenant/pool`. */
  readonly uuids: ReadonlyMap<string, Uuid | NamedUuid>;
}

/**
 * Makes the chunk rows what `chunks` says. Rows that no rule refers to any more go by themselves: the table is not a
 * root set. A rule whose chunk changed gets a new revision, since its answer changed; `except` is written elsewhere.
 */
function writeChunks(
  view: StateView,
  documents: DocumentSet,
  chunks: readonly ChunkAllocation[],
  except: string,
): ChunkWrites {
  const operations: Operation<Tables>[] = [];
  const uuids = new Map<string, Uuid | NamedUuid>();
  const changed = new Set<string>();
  const standing = new Map(view.allocations.chunks.map(chunk => [chunkKey(chunk), chunk]));
  for (const chunk of chunks) {
    const key = chunkKey(chunk);
    const before = standing.get(key);
    const row = view.chunkRows.get(key);
    if (before && row && before.address === chunk.address && before.port === chunk.port && before.size === chunk.size) {
      uuids.set(key, row);
      if (before.icmp === chunk.icmp) continue;
      operations.push({ op: 'update', table: 'NAT_Chunk', where: [['_uuid', '==', row]], row: { icmp: chunk.icmp } });
    } else {
      const uuidName = `chunk${uuids.size}`;
      uuids.set(key, namedUuid(uuidName));
      const { address, port, size, icmp } = chunk;
      const tenant = needRow(view, 'tenants', chunk.tenant);
      const pool = needRow(view, 'nat-pools', chunk.pool);
      operations.push({
        op: 'insert',
        table: 'NAT_Chunk',
        row: { tenant, pool, address, port, size, icmp },
        uuidName,
      });
    }
    changed.add(key);
  }
  for (const rule of documents['nat-rules'].values()) {
    const key = objectKey('nat-rules', rule.name);
    const object = view.objects.get(key);
    const chunk = uuids.get(chunkKey(rule));
    if (key === except || !object || !chunk || !changed.has(chunkKey(rule))) continue;
    operations.push({
      op: 'update',
      table: 'NAT_Rule',
      where: [['_uuid', '==', object.uuid]],
      row: { chunk, revision: object.revision + 1 },
    });
  }
  return { operations, uuids };
}

type Numbers = { readonly id: number; readonly revision: number };

function writeObject(
  view: StateView,
  kind: Kind,
  document: Documents[Kind],
  current: StoredObject | undefined,
  numbers: Numbers,
  chunks: ReadonlyMap<string, Uuid | NamedUuid>,
): readonly Operation<Tables>[] {
  const { operations, row, once } = encodeObject(view, kind, document, chunks);
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
  view: StateView,
  kind: Kind,
  document: Documents[Kind],
  chunks: ReadonlyMap<string, Uuid | NamedUuid>,
): Encoded {
  switch (kind) {
    case 'tenants': {
      const { description } = document as Documents['tenants'];
      const row = { description } satisfies WriteRow<Tables['Tenant']>;
      const zone = () => needNumber(lowestFree(view.allocations.zones.values(), maxZone), 'conntrack zones');
      return { operations: [], row, once: () => ({ zone: zone() }) };
    }
    case 'vnis': {
      const { tenant, vni, vtep } = document as Documents['vnis'];
      const row = { tenant: needRow(view, 'tenants', tenant), vni, vtep } satisfies WriteRow<Tables['VNI']>;
      return { operations: [], row, once: nothing };
    }
    case 'interfaces':
      return encodeInterface(view, document as InterfaceDocument);
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
      const chunk = chunks.get(chunkKey(rule));
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

function encodeInterface(view: StateView, document: InterfaceDocument): Encoded {
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
  } satisfies WriteRow<Tables['Interface']>;
  const index = () => needNumber(lowestFree(view.allocations.indexes.values(), maxIndex), 'interface indexes');
  return { operations, row, once: () => ({ index: index() }) };
}

function hostRow({ mac, addresses, vtep }: HostDocument): WriteRow<Tables['Host']> {
  return { mac, addresses, vtep };
}

/** What an interface takes up alone: the text under the unique index. */
function attachmentKey(attachment: InterfaceDocument['attachment']): string {
  switch (attachment.type) {
    case 'vlan':
      return `vlan ${attachment.port} ${attachment.vlan}`;
    case 'vni':
      return `vni ${attachment.vni}`;
    case 'representor':
      return `representor ${attachment.port}`;
  }
}

/** resolveIntent has found the object; its row is in the same view. */
function needRow(view: StateView, kind: Kind, name: string): Uuid {
  const object = view.objects.get(objectKey(kind, name));
  if (!object) throw new StateError('STATE_DATABASE_REFUSED', `${kind}/${name} has no row`);
  return object.uuid;
}
