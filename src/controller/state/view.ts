// The state database as the rest of the controller sees it: documents and allocations. live-view.ts keeps it; what is
// written is planned in plan.ts.

import type { MeterEntry } from '../../openflow/index.ts';
import type { PointsmanTables } from '../../ovsdb/generated/pointsman.ts';
import type { InsertedRow, StoredRow, Uuid } from '../../ovsdb/index.ts';
import {
  type Allocations,
  type ChunkAllocation,
  type LastPorts,
  type RetiredRange,
  retiredRanges,
} from '../../policy/allocation.ts';
import type { DocumentSet } from '../../policy/documents.ts';
import { objectKey } from '../../policy/facts/base.ts';
import type { HostDocument } from '../../policy/kinds/interfaces.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import type { Bindings, Membership, NodeOffer } from '../../policy/membership.ts';
import { meterIndex } from '../../policy/meters.ts';
import type { ChunkGround } from './chunk-plan.ts';
import { StateError } from './errors.ts';
import type { RetiredRow } from './retired-numbers.ts';
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
  'static-nats': 'Static_NAT',
  'port-forwards': 'Port_Forward',
} as const satisfies Record<Kind, keyof Tables>;

type TableOf = typeof tableOf;
export type ObjectRow<K extends Kind> = StoredRow<Tables[TableOf[K]]>;

/** The row of an object; what all kinds have, and the numbers among it, can be read without knowing the kind. */
export type StoredObject = ObjectRow<Kind>;

export interface ObjectNumbers {
  readonly zone: number | undefined;
  readonly index: number | undefined;
}

/** A pointsman that works on this database, or did. */
export interface StoredNode {
  readonly row: StoredRow<Tables['Node']>;
  readonly offer: NodeOffer;
}

/** The database as it is now: it changes with the replica, so that what is read of it before an await is old after. */
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
  /** The chunk of this key, by `chunkKey`. */
  readonly chunk: (key: string) => ChunkAllocation | undefined;
  /** Those that rules of a tenant and pool translate to, by `useKey`. */
  readonly chunksOf: (use: string) => readonly ChunkAllocation[];
  /** Those of an address, whichever pool has it. */
  readonly chunksOn: (address: string) => readonly ChunkAllocation[];
  /** Names of the rules of a tenant and pool, by `useKey`. */
  readonly rulesOf: (use: string) => ReadonlySet<string>;
  /** Names of the pools that have an address. */
  readonly poolsOn: (address: string) => ReadonlySet<string>;
  /** Whether a tenant has the conntrack zone. */
  readonly hasZone: (zone: number) => boolean;
  /** The row of a number that was given up; the subject of those that are no ranges is ''. */
  readonly retiredRow: (kind: RetiredRow['kind'], subject: string, number: number) => RetiredRow | undefined;
  /** Ranges of an address that were given up. */
  readonly retiredOn: (address: string) => readonly RetiredRange[];
  /** The first generation that is known to be without it: who has that on its switch has let go of it. */
  readonly givenUpIn: (row: RetiredRow) => number;
  /** What an object was given beside its id. */
  readonly numbersOf: (kind: Kind, name: string) => ObjectNumbers;
  /** Whether an interface or port has the index. */
  readonly hasIndex: (index: number) => boolean;
  /** NAT_Chunk rows, by `chunkKey`. */
  readonly chunkRows: ReadonlyMap<string, StoredRow<Tables['NAT_Chunk']>>;
  /** UUIDs of the Host rows of the named interface, by `hostKey`. */
  readonly hostRows: (interfaceName: string) => ReadonlyMap<string, Uuid>;
  /** UUID of the binding of the named interface. */
  readonly bindingRow: (interfaceName: string) => Uuid | undefined;
}

export function markOf({ root, generation, nextId, objects }: StateView): StateMark {
  return { database: root._uuid, generation, nextId, objects: objects.size };
}

/**
 * Whether a meter is of an interface or port that the state knows, or knew: it is like ours, and its index has not been let go of
 * by every node.
 */
export function isMeterOf(view: StateView, meter: MeterEntry): boolean {
  const index = meterIndex(meter);
  if (index === undefined) return false;
  return view.hasIndex(index) || view.retiredRows.some(({ kind, number }) => kind === 'index' && number === index);
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

export function objectRow<K extends Kind>({ objects }: StateView, kind: K, name: string): ObjectRow<K> | undefined {
  return objects.get(objectKey(kind, name)) as ObjectRow<K> | undefined;
}

/** Rows that a draft inserts, by `kind/name`. */
export type InsertedRows = ReadonlyMap<string, InsertedRow>;

/** The object has been found by whoever judged the write; its row is in the same view, or of the same draft. */
export function needRow<K extends Kind>(
  view: StateView,
  kind: K,
  name: string,
  inserted: InsertedRows = new Map(),
): Uuid | InsertedRow<TableOf[K]> {
  const made = inserted.get(objectKey(kind, name));
  if (made) return made as InsertedRow<TableOf[K]>;
  const row = objectRow(view, kind, name);
  if (!row) throw new StateError('STATE_DATABASE_REFUSED', `${kind}/${name} has no row`);
  return row._uuid;
}

/** What makes two hosts of an interface the same row. */
export function hostKey(host: HostDocument): string {
  return `${host.mac} ${host.vtep ?? '-'} ${host.addresses.join(' ')}`;
}
