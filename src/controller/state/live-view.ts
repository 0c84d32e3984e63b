// Keeps the view of the state database: each change of a row costs that row, whatever else there is.

import { isDeepStrictEqual } from 'node:util';
import type { Replica, RowChange, StoredRow, Uuid } from '../../ovsdb/index.ts';
import type { Allocations, ChunkAllocation, LastPorts, RetiredRange } from '../../policy/allocation.ts';
import type { DocumentSet, Documents } from '../../policy/documents.ts';
import { chunkKey, objectKey, useKey } from '../../policy/facts/base.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import { kinds } from '../../policy/kinds/names.ts';
import { type Bindings, offerFrom } from '../../policy/membership.ts';
import { decodeChunk, decodeDocument, hostsOf, nameOf } from './decode-row.ts';
import { StateError } from './errors.ts';
import { NamedRows } from './named-rows.ts';
import { type RetiredRow, rangeOf, readRetired } from './retired-numbers.ts';
import { type MonitoredTable, stateMonitor } from './state-monitor.ts';
import {
  hostKey,
  type ObjectNumbers,
  type ObjectRow,
  objectRow,
  type StateView,
  type StoredNode,
  type StoredObject,
  type Tables,
  tableOf,
} from './view.ts';

/** What an update has changed: keys of what is another now, or is there no more. */
export interface Touched {
  /** `kind/name` of objects: their documents, or the numbers beside them. */
  readonly objects: ReadonlySet<string>;
  /** `kind/name` of what may be bound to another node now. */
  readonly bindings: ReadonlySet<string>;
  /** By `chunkKey`. */
  readonly chunks: ReadonlySet<string>;
  /** Names of nodes that came, went, or offer something else. That a heart has beaten is nothing. */
  readonly nodes: ReadonlySet<string>;
  /** Whether ranges of ports that were given up came, went, or were let go of. */
  readonly ranges: boolean;
  /** Whether anything but heartbeats changed: numbers given up, the generation, what pools gave out. */
  readonly isChange: boolean;
}

type Flags = 'isChange' | 'ranges';
type MutableTouched = { readonly [K in Exclude<keyof Touched, Flags>]: Set<string> } & { [K in Flags]: boolean };

const kindOfTable: ReadonlyMap<string, Kind> = new Map(kinds.map(kind => [tableOf[kind], kind]));

export class LiveView implements StateView {
  readonly #replica: Replica<Tables>;
  readonly #documents: { readonly [K in Kind]: NamedRows<Documents[K]> } = {
    tenants: new NamedRows(),
    vnis: new NamedRows(),
    interfaces: new NamedRows(),
    ports: new NamedRows(),
    routes: new NamedRows(),
    'nat-pools': new NamedRows(),
    'nat-rules': new NamedRows(),
    'static-nats': new NamedRows(),
    'port-forwards': new NamedRows(),
  };
  readonly #objects = new Map<string, StoredObject>();
  readonly #ids = new Map<string, number>();
  readonly #zones = new Map<string, number>();
  readonly #indexes = new Map<string, number>();
  readonly #chunks = new NamedRows<ChunkAllocation>();
  readonly #chunkRows = new Map<string, StoredRow<Tables['NAT_Chunk']>>();
  /** The names that a chunk's key is made of may be gone when its row goes. */
  readonly #chunkKeys = new Map<Uuid, string>();
  readonly #nodes = new NamedRows<StoredNode>();
  readonly #bound = { interfaces: new Map<string, string>(), ports: new Map<string, string>() };
  readonly #lastPorts = new Map<string, LastPorts>();
  readonly #retired = new Map<Uuid, RetiredRow>();
  /** The same by what they are of: see `retiredKey`. */
  readonly #retiredOf = new Map<string, RetiredRow>();
  /** Rows of ranges of ports, by address. */
  readonly #retiredOn = new Map<string, Set<Uuid>>();
  /** The generation in which each was first seen, or seen with another of its own. */
  readonly #retiredSince = new Map<Uuid, number>();
  readonly #unseen: Uuid[] = [];
  /** Keys of chunks, by what they are asked for. */
  readonly #chunksOf = new Map<string, Set<string>>();
  readonly #chunksOn = new Map<string, Set<string>>();
  /** Names of pools, by the addresses that they have. */
  readonly #poolsOn = new Map<string, Set<string>>();
  /** Names of rules, by what they translate. */
  readonly #rulesOf = new Map<string, Set<string>>();
  readonly #indexOwners = new Map<number, string>();
  readonly #zoneOwners = new Map<number, string>();
  readonly #tenantsById = new Map<number, string>();
  /** As they were last asked for, and are still. */
  #allocations: Allocations | undefined;
  #retiredRows: readonly RetiredRow[] | undefined;
  #root: StoredRow<Tables['Pointsman']> | undefined;

  /** Begins with what the replica holds. */
  constructor(replica: Replica<Tables>) {
    this.#replica = replica;
    for (const table of Object.keys(stateMonitor) as MonitoredTable[])
      for (const row of replica.rows(table))
        this.#apply(
          { table, uuid: row._uuid, kind: 'insert', old: undefined, new: row } as RowChange<Tables>,
          nothing(),
        );
    this.#noteGenerations();
  }

  /** Whether the database has its root row, and with it a generation. */
  get isThere(): boolean {
    return this.#root !== undefined;
  }

  /** @throws StateError while `isThere` is false */
  get root(): StoredRow<Tables['Pointsman']> {
    if (!this.#root) throw new StateError('STATE_UNAVAILABLE', 'the state database has not been read yet');
    return this.#root;
  }

  get generation(): number {
    return this.root.generation;
  }

  get nextId(): number {
    return this.root.next_id;
  }

  get lastIndex(): number {
    return this.root.last_index;
  }

  get documents(): DocumentSet {
    return this.#documents;
  }

  get allocations(): Allocations {
    this.#allocations ??= {
      ids: this.#ids,
      zones: this.#zones,
      indexes: this.#indexes,
      chunks: [...this.#chunks.values()],
      retired: this.retiredRows.flatMap(row => readRetired(row) ?? []),
    };
    return this.#allocations;
  }

  get objects(): ReadonlyMap<string, StoredObject> {
    return this.#objects;
  }

  get nodes(): ReadonlyMap<string, StoredNode> {
    return this.#nodes;
  }

  get bindings(): Bindings {
    return this.#bound;
  }

  get lastPorts(): ReadonlyMap<string, LastPorts> {
    return this.#lastPorts;
  }

  get retiredRows(): readonly RetiredRow[] {
    this.#retiredRows ??= [...this.#retired.values()];
    return this.#retiredRows;
  }

  get chunkRows(): ReadonlyMap<string, StoredRow<Tables['NAT_Chunk']>> {
    return this.#chunkRows;
  }

  hostRows(interfaceName: string): ReadonlyMap<string, Uuid> {
    const row = objectRow(this, 'interfaces', interfaceName);
    return new Map(row ? hostsOf(row, this.#replica).map(({ uuid, host }) => [hostKey(host), uuid]) : []);
  }

  bindingRow(interfaceName: string): Uuid | undefined {
    return objectRow(this, 'interfaces', interfaceName)?.binding;
  }

  /** The first of a page: see `Store.list`. */
  after<K extends Kind>(kind: K, name: string | undefined): IterableIterator<[string, Documents[K]]> {
    const documents: NamedRows<Documents[K]> = this.#documents[kind];
    return documents.after(name);
  }

  numbersOf(kind: Kind, name: string): ObjectNumbers {
    return {
      zone: kind === 'tenants' ? this.#zones.get(name) : undefined,
      index: this.#indexes.get(objectKey(kind, name)),
    };
  }

  chunk(key: string): ChunkAllocation | undefined {
    return this.#chunks.get(key);
  }

  chunksOf(use: string): readonly ChunkAllocation[] {
    return [...(this.#chunksOf.get(use) ?? [])].flatMap(key => this.#chunks.get(key) ?? []);
  }

  chunksOn(address: string): readonly ChunkAllocation[] {
    return [...(this.#chunksOn.get(address) ?? [])].flatMap(key => this.#chunks.get(key) ?? []);
  }

  rulesOf(use: string): ReadonlySet<string> {
    return this.#rulesOf.get(use) ?? none;
  }

  poolsOn(address: string): ReadonlySet<string> {
    return this.#poolsOn.get(address) ?? none;
  }

  hasIndex(index: number): boolean {
    return this.#indexOwners.has(index);
  }

  hasZone(zone: number): boolean {
    return this.#zoneOwners.has(zone);
  }

  retiredRow(kind: RetiredRow['kind'], subject: string, number: number): RetiredRow | undefined {
    return this.#retiredOf.get(retiredKey({ kind, subject, number }));
  }

  retiredOn(address: string): readonly RetiredRange[] {
    return [...(this.#retiredOn.get(address) ?? [])].flatMap(uuid => {
      const row = this.#retired.get(uuid);
      return row ? rangeOf(row, id => this.#tenantsById.get(id)) : [];
    });
  }

  givenUpIn({ _uuid, generation }: RetiredRow): number {
    return Math.max(generation, this.#retiredSince.get(_uuid) ?? generation);
  }

  /** @param changes what the replica has just taken in */
  apply(changes: readonly RowChange<Tables>[]): Touched {
    const touched = nothing();
    for (const change of changes) this.#apply(change, touched);
    this.#noteGenerations();
    return touched;
  }

  /** All there is, as if it had just come. */
  all(): Touched {
    const bound = kinds.flatMap(kind =>
      kind === 'interfaces' || kind === 'ports' ? [...this.#bound[kind].keys()].map(name => objectKey(kind, name)) : [],
    );
    return {
      objects: new Set(this.#objects.keys()),
      bindings: new Set(bound),
      chunks: new Set(this.#chunks.keys()),
      nodes: new Set(this.#nodes.keys()),
      ranges: true,
      isChange: true,
    };
  }

  #apply(change: RowChange<Tables>, touched: MutableTouched): void {
    switch (change.table) {
      case 'Pointsman':
        this.#root = change.new;
        break;
      case 'NAT_Chunk':
        this.#takeChunk(change, touched);
        break;
      case 'Node':
        if (!this.#takeNode(change, touched)) return;
        break;
      case 'Retired_Number':
        this.#takeRetired(change);
        this.#retiredRows = undefined;
        this.#allocations = undefined;
        if ((change.new ?? change.old)?.kind === 'ports') touched.ranges = true;
        break;
      case 'Port_Binding':
        // One that is new, or goes, changes the row that refers to it.
        if (change.kind === 'modify') this.#rebind(change.uuid, touched);
        break;
      case 'Host':
        // It belongs to an interface, which changes with it.
        break;
      default:
        this.#takeObject(change, touched);
    }
    touched.isChange = true;
  }

  #takeObject(change: RowChange<Tables>, touched: MutableTouched): void {
    const kind = kindOfTable.get(change.table);
    const row = (change.new ?? change.old) as StoredObject;
    if (!kind) return;
    const key = objectKey(kind, row.name);
    touched.objects.add(key);
    if (change.new) this.#putObject(kind, row, key);
    // Of two rows of one name, the one that goes may be told after the one that comes.
    else if (this.#objects.get(key)?._uuid !== change.uuid) return;
    else this.#dropObject(kind, row, key);
    if (kind !== 'interfaces' && kind !== 'ports') return;
    const { binding } = row as ObjectRow<'interfaces' | 'ports'>;
    this.#bind(kind, row.name, change.new && binding, touched);
  }

  #putObject(kind: Kind, row: StoredObject, key: string): void {
    this.#objects.set(key, row);
    this.#putId(kind, row, key, row.id);
    const documents = this.#documents[kind] as NamedRows<Documents[Kind]>;
    const document = decodeDocument(kind, row as ObjectRow<typeof kind>, this.#replica);
    if (kind === 'nat-rules') this.#putRule(row.name, document as Documents['nat-rules']);
    if (kind === 'nat-pools') this.#putPool(row.name, document as Documents['nat-pools']);
    documents.set(row.name, document);
    if ('zone' in row) this.#putZone(row.name, row.zone);
    if ('index' in row) this.#putIndex(key, row.index);
    if ('last_ports' in row) this.#lastPorts.set(row.name, row.last_ports);
  }

  #dropObject(kind: Kind, row: StoredObject, key: string): void {
    const { name } = row;
    this.#objects.delete(key);
    this.#putId(kind, row, key, undefined);
    if (kind === 'nat-rules') this.#putRule(name, undefined);
    if (kind === 'nat-pools') this.#putPool(name, undefined);
    this.#documents[kind].delete(name);
    this.#putIndex(key, undefined);
    if (kind === 'tenants') this.#putZone(name, undefined);
    if (kind === 'nat-pools') this.#lastPorts.delete(name);
  }

  #putRule(name: string, rule: Documents['nat-rules'] | undefined): void {
    const before = this.#documents['nat-rules'].get(name);
    if (before) takeFrom(this.#rulesOf, useKey(before), name);
    if (rule) addTo(this.#rulesOf, useKey(rule), name);
  }

  #putPool(name: string, pool: Documents['nat-pools'] | undefined): void {
    for (const address of this.#documents['nat-pools'].get(name)?.addresses ?? [])
      takeFrom(this.#poolsOn, address, name);
    for (const address of pool?.addresses ?? []) addTo(this.#poolsOn, address, name);
  }

  #putZone(tenant: string, zone: number | undefined): void {
    const before = this.#zones.get(tenant);
    if (before !== undefined && this.#zoneOwners.get(before) === tenant) this.#zoneOwners.delete(before);
    if (zone === undefined) this.#zones.delete(tenant);
    else {
      this.#zones.set(tenant, zone);
      this.#zoneOwners.set(zone, tenant);
    }
  }

  #putId(kind: Kind, { name }: StoredObject, key: string, id: number | undefined): void {
    const before = this.#ids.get(key);
    if (id === undefined) this.#ids.delete(key);
    else this.#ids.set(key, id);
    if (kind !== 'tenants') return;
    if (before !== undefined && this.#tenantsById.get(before) === name) this.#tenantsById.delete(before);
    if (id !== undefined) this.#tenantsById.set(id, name);
  }

  #takeRetired({ uuid, old, new: row }: RowChange<Tables> & { readonly table: 'Retired_Number' }): void {
    const before = this.#retired.get(uuid);
    if (before && this.#retiredOf.get(retiredKey(before))?._uuid === uuid) this.#retiredOf.delete(retiredKey(before));
    if (before?.kind === 'ports') takeFrom(this.#retiredOn, before.subject, uuid);
    if (!row) {
      this.#retired.delete(uuid);
      this.#retiredSince.delete(uuid);
      return;
    }
    this.#retired.set(uuid, row);
    this.#retiredOf.set(retiredKey(row), row);
    if (row.kind === 'ports') addTo(this.#retiredOn, row.subject, uuid);
    if (old?.generation !== row.generation) this.#unseen.push(uuid);
  }

  /** A write names the generation that it was planned to be; others may have come first. */
  #noteGenerations(): void {
    if (!this.#root) return;
    for (const uuid of this.#unseen.splice(0)) this.#retiredSince.set(uuid, this.#root.generation);
  }

  #putIndex(key: string, index: number | undefined): void {
    const before = this.#indexes.get(key);
    if (before === index) return;
    if (before !== undefined && this.#indexOwners.get(before) === key) this.#indexOwners.delete(before);
    if (index === undefined) this.#indexes.delete(key);
    else {
      this.#indexes.set(key, index);
      this.#indexOwners.set(index, key);
    }
  }

  #bind(kind: 'interfaces' | 'ports', name: string, binding: Uuid | undefined, touched: MutableTouched): void {
    const node = binding && nameOf(this.#replica, 'Node', this.#replica.get('Port_Binding', binding)?.node);
    if ((node || undefined) === this.#bound[kind].get(name)) return;
    if (node) this.#bound[kind].set(name, node);
    else this.#bound[kind].delete(name);
    touched.bindings.add(objectKey(kind, name));
  }

  #rebind(binding: Uuid, touched: MutableTouched): void {
    for (const { table, row } of this.#replica.referrers('Port_Binding', binding)) {
      if (table === 'Interface') this.#bind('interfaces', row.name, binding, touched);
      if (table === 'Port') this.#bind('ports', row.name, binding, touched);
    }
  }

  #takeChunk({ uuid, new: row }: RowChange<Tables> & { readonly table: 'NAT_Chunk' }, touched: MutableTouched): void {
    this.#allocations = undefined;
    const before = this.#chunkKeys.get(uuid);
    const chunk = row && decodeChunk(row, this.#replica);
    const key = chunk && chunkKey(chunk);
    if (before !== undefined && before !== key && this.#chunkRows.get(before)?._uuid === uuid) {
      this.#dropChunk(before);
      this.#chunkRows.delete(before);
      touched.chunks.add(before);
    }
    if (row && key !== undefined) {
      this.#dropChunk(key);
      this.#chunks.set(key, chunk as ChunkAllocation);
      addTo(this.#chunksOf, useKey(chunk as ChunkAllocation), key);
      addTo(this.#chunksOn, (chunk as ChunkAllocation).address, key);
      this.#chunkRows.set(key, row);
      this.#chunkKeys.set(uuid, key);
      touched.chunks.add(key);
    } else this.#chunkKeys.delete(uuid);
  }

  #dropChunk(key: string): void {
    const chunk = this.#chunks.get(key);
    if (!chunk) return;
    this.#chunks.delete(key);
    takeFrom(this.#chunksOf, useKey(chunk), key);
    takeFrom(this.#chunksOn, chunk.address, key);
  }

  /** @returns whether more than a heartbeat changed */
  #takeNode({ uuid, old, new: row }: RowChange<Tables> & { readonly table: 'Node' }, touched: MutableTouched): boolean {
    const name = (row ?? old)?.name ?? '';
    const before = this.#nodes.get(name);
    if (!row && before?.row._uuid === uuid) this.#nodes.delete(name);
    else if (!row) return true;
    else if (before && sameOffer(before.row, row)) {
      this.#nodes.set(name, { row, offer: before.offer });
      return before.row.fence !== row.fence;
    } else this.#nodes.set(name, { row, offer: offerFrom(row) });
    touched.nodes.add(name);
    return true;
  }
}

/** What either has touched. */
export function both(a: Touched, b: Touched | undefined): Touched {
  if (!b) return a;
  const union = <T>(x: ReadonlySet<T>, y: ReadonlySet<T>) => new Set([...x, ...y]);
  return {
    objects: union(a.objects, b.objects),
    bindings: union(a.bindings, b.bindings),
    chunks: union(a.chunks, b.chunks),
    nodes: union(a.nodes, b.nodes),
    ranges: a.ranges || b.ranges,
    isChange: a.isChange || b.isChange,
  };
}

function nothing(): MutableTouched {
  return {
    objects: new Set(),
    bindings: new Set(),
    chunks: new Set(),
    nodes: new Set(),
    ranges: false,
    isChange: false,
  };
}

function retiredKey({ kind, subject, number }: Pick<RetiredRow, 'kind' | 'subject' | 'number'>): string {
  return `${kind} ${number} ${subject}`;
}

const none: ReadonlySet<string> = new Set();

function addTo<Key>(index: Map<string, Set<Key>>, of: string, key: Key): void {
  const keys = index.get(of);
  if (keys) keys.add(key);
  else index.set(of, new Set([key]));
}

function takeFrom<Key>(index: Map<string, Set<Key>>, of: string, key: Key): void {
  const keys = index.get(of);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(of);
}

function sameOffer(a: StoredRow<Tables['Node']>, b: StoredRow<Tables['Node']>): boolean {
  return isDeepStrictEqual(
    { ...a, heartbeat: 0, fence: 0, _version: '' },
    { ...b, heartbeat: 0, fence: 0, _version: '' },
  );
}
