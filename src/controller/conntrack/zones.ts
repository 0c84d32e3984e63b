// Which tenant each conntrack zone was last given to, kept where the zones are: in the integration bridge's external_ids,
// one key a zone. A zone that changes hands is flushed before the first flow of its new tenant, for the entries of the old
// one would translate the new one's packets; and once more behind it, for until then the old flows may have made others.

import type { SwitchConnection } from '../../openflow/index.ts';
import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient } from '../../ovsdb/index.ts';
import { zoneKeyPrefix as keyPrefix, zoneOwner } from '../../policy/bridges.ts';
import type { Tenant } from '../../policy/facts/objects.ts';
import type { ForeignZones } from '../../policy/foreign-zones.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { switchLockName } from '../bridges/switch-lock.ts';

export interface ZonePlan {
  /** Zones to flush, in order. */
  readonly flush: readonly number[];
  /** Whether flows may be at work that use one of them for somebody else. */
  readonly isInUse: boolean;
  /** Zones that somebody had of whom the state knows nothing: to flush once the datapath does what the new flows say. */
  readonly ended: readonly number[];
  /** Keys to remove, and to set, once the flush is done. */
  readonly remove: readonly string[];
  readonly insert: ReadonlyMap<string, string>;
}

/** Tenants that are to use their zones. */
export interface ZoneTenants {
  readonly tenants: readonly Tenant[];
  /** Whether there are no others: what zones of others are said to be goes then. */
  readonly isAll: boolean;
}

/**
 * Pure: what has to happen so that the tenants may use their zones.
 * @param isLost whether the state knows nothing of a zone; one that it has given up is flushed by the node that lets go of it
 */
export function planZones(
  { tenants, isAll }: ZoneTenants,
  externalIds: ReadonlyMap<string, string>,
  isLost: (zone: number) => boolean,
): ZonePlan {
  const owners = ownersOf(tenants);
  const wanted = new Map([...owners].map(([key, { owner }]) => [key, owner]));
  const insert = new Map([...wanted].filter(([key, owner]) => externalIds.get(key) !== owner));
  // Where there are others, what is said of theirs is not looked at.
  const said = isAll ? [...externalIds.keys()].filter(key => key.startsWith(keyPrefix)) : [...wanted.keys()];
  const changed = said.filter(key => externalIds.has(key) && externalIds.get(key) !== wanted.get(key));
  const flush = [...insert.keys()].filter(key => externalIds.get(key) !== owners.get(key)?.number);
  return {
    flush: flush.map(zoneOf),
    isInUse: flush.some(key => externalIds.has(key)),
    ended: changed.map(zoneOf).filter(isLost),
    remove: changed,
    insert,
  };
}

/**
 * How many zones the switch says were somebody's who does not have them by this state.
 * @param isOfThisState whether it may have been told so from this state: the numbers of another are not its tenants'
 */
export function unaccountedZones(
  tenants: Iterable<Tenant>,
  externalIds: ReadonlyMap<string, string>,
  isOfThisState: boolean,
): number {
  const owners = ownersOf(tenants);
  return [...externalIds].filter(([key, said]) => {
    const wanted = owners.get(key);
    const isSame = said === wanted?.owner || (isOfThisState && said === wanted?.number);
    return key.startsWith(keyPrefix) && !isSame;
  }).length;
}

/** By the key of the zone. An earlier version wrote down the number alone. */
function ownersOf(tenants: Iterable<Tenant>): ReadonlyMap<string, { readonly owner: string; readonly number: string }> {
  const owners = new Map<string, { readonly owner: string; readonly number: string }>();
  for (const tenant of tenants)
    if (tenant.zone !== undefined)
      owners.set(`${keyPrefix}${tenant.zone}`, { owner: zoneOwner(tenant), number: String(tenant.id) });
  return owners;
}

function zoneOf(key: string): number {
  return Number(key.slice(keyPrefix.length));
}

/** Makes the switch forget all connections of these zones. */
export async function flushZones(zones: readonly number[], connection: SwitchConnection): Promise<void> {
  for (const zone of zones) await connection.ctFlushZone(zone);
  // A flush has no reply of its own: the barrier's says that it is done.
  if (zones.length > 0) await connection.barrier();
}

/** What ovn-controller writes beside the zones it has (OVN controller/ct-zone.c). */
const ovnZoneKey = /^ct-zone-/;

/** Zones that another bridge says it has: neither flushed nor used. */
export function foreignZones(
  { integrationBridge, physicalBridge }: Pick<NodeConfig, 'integrationBridge' | 'physicalBridge'>,
  { replica }: Pick<OvsdbClient<OpenVSwitchTables>, 'replica'>,
): ForeignZones {
  const found = new Map<number, string>();
  for (const { name, external_ids } of replica.rows('Bridge')) {
    if (name === integrationBridge || name === physicalBridge) continue;
    for (const [key, value] of external_ids)
      if (ovnZoneKey.test(key)) found.set(Number(value), `bridge ${name} (external_ids:${key})`);
  }
  return found;
}

/** What is to be done once the flows of the tenants are installed. */
export interface PreparedZones {
  readonly finish: () => Promise<void>;
}

export interface ZoneGround {
  readonly node: NodeConfig;
  readonly database: OvsdbClient<OpenVSwitchTables>;
  readonly connection: SwitchConnection;
  /** Zones that tenants have, or had and nobody has yet. */
  readonly known: () => ReadonlySet<number>;
  /** Resolves when the datapath does what the flow tables say. */
  readonly settle: () => Promise<void>;
  /** Takes away all flows; resolves when the datapath has none of them. */
  readonly stop: () => Promise<void>;
}

/**
 * Flushes what changed hands. Call before the flows of `tenants` are installed; `finish` flushes again and writes down
 * whose the zones are. Where flows of somebody else may still use a zone, as after the word that the switch is to follow another
 * state, all stop first: what they begin between the flush and the new flows would be the new tenant's.
 */
export async function prepareZones(
  tenants: ZoneTenants,
  { node, database, connection, known, settle, stop }: ZoneGround,
): Promise<PreparedZones> {
  const bridge = database.replica.find('Bridge', row => row.name === node.integrationBridge);
  const foreign = foreignZones(node, database);
  let taken: ReadonlySet<number> | undefined;
  const isLost = (zone: number) => {
    taken ??= known();
    return !foreign.has(zone) && !taken.has(zone);
  };
  const plan = bridge && planZones(tenants, bridge.external_ids, isLost);
  if (plan?.isInUse) await stop();
  if (plan) await flushZones(plan.flush, connection);
  return {
    finish: async () => {
      if (!plan || plan.remove.length + plan.insert.size === 0) return;
      await flushZones(plan.flush, connection);
      if (plan.ended.length > 0) {
        await settle();
        await flushZones(plan.ended, connection);
      }
      const where = [['_uuid', '==', bridge._uuid] as const];
      await database.transact([
        { op: 'assert', lock: switchLockName },
        { op: 'mutate', table: 'Bridge', where, mutations: [['external_ids', 'delete', plan.remove]] },
        { op: 'mutate', table: 'Bridge', where, mutations: [['external_ids', 'insert', plan.insert]] },
      ]);
    },
  };
}
