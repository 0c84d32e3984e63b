// What a batch would do, before it is done: the flows, groups and meters of this node's switch that would come, change and
// go, and whose connections would be measured by something else. The program is as before afterwards.

import type { Steps } from '../../lib/steps.ts';
import { formatFlow, formatGroup, formatMeter, type SealedFlow, unsealFlow } from '../../openflow/index.ts';
import { zoneKeyPrefix, zoneOwner } from '../../policy/bridges.ts';
import { type CookieParts, decodeCookie } from '../../policy/cookies.ts';
import type { Documents } from '../../policy/documents.ts';
import type { RowChange } from '../../policy/engine/fact-store.ts';
import type { FactWriter, Program } from '../../policy/engine/program.ts';
import type { Table } from '../../policy/engine/table.ts';
import { allocatedChunks, bindings, documentTables, numbers, objectKey, partsOfKey } from '../../policy/facts/base.ts';
import { type Tenant, tenants } from '../../policy/facts/objects.ts';
import { flows, groups, meters, translations } from '../../policy/facts/outcome.ts';
import { withoutLabels } from '../../policy/kinds/labels.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import { meterUse } from '../../policy/meters.ts';
import { integrationTableNames, physicalTableNames } from '../../policy/pipeline.ts';
import { objectOf, objectOfIndex } from '../inspect/object-of.ts';
import type { BatchPlan } from '../state/batch-plan.ts';
import type { LiveView } from '../state/live-view.ts';

interface ObjectName {
  readonly kind: Kind;
  readonly name: string;
}

/** `before` without `after`: it goes; `after` alone: it comes. */
export interface TextChange {
  readonly what: 'flow' | 'group' | 'meter';
  readonly bridge: string;
  /** As ovs-ofctl prints it. */
  readonly before?: string;
  readonly after?: string;
}

export interface ObjectChange extends ObjectName {
  readonly before?: object;
  readonly after?: object;
}

/** A key of a map column in the switch's database. */
export interface KeyChange {
  readonly table: 'Bridge';
  readonly row: string;
  readonly column: 'external_ids';
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
}

export interface Preview {
  readonly objects: readonly ObjectChange[];
  /** By the object that they are of; without one: of the pipeline itself, or of several. */
  readonly switch: readonly { readonly object?: ObjectName; readonly changes: readonly TextChange[] }[];
  /** What the switch's database says of conntrack zones. Bridges, ports and interfaces follow the configuration, and no object. */
  readonly rows: readonly KeyChange[];
  /** Tenants whose connections end where the new translation is another than theirs. */
  readonly translations: readonly { readonly zone: number; readonly tenant?: string }[];
}

export interface BridgeNames {
  readonly integrationBridge: string;
  readonly physicalBridge: string;
}

export function* previewOf(program: Program, view: LiveView, plan: BatchPlan, names: BridgeNames): Steps<Preview> {
  const owners = ownersOf(program, view, plan);
  const delta = yield* program.attemptInSteps(facts => putPlanned(facts, view, plan));
  const byOwner = new Map<string, { object?: ObjectName; changes: TextChange[] }>();
  const add = (owner: ObjectName | undefined, change: TextChange): void => {
    const key = owner ? objectKey(owner.kind, owner.name) : '';
    const known = byOwner.get(key) ?? { ...(owner ? { object: owner } : {}), changes: [] };
    known.changes.push(change);
    byOwner.set(key, known);
  };
  const bridges = [
    { bridge: names.integrationBridge, table: flows.integration, tableNames: integrationTableNames },
    { bridge: names.physicalBridge, table: flows.physical, tableNames: physicalTableNames },
  ];
  for (const { bridge, table, tableNames } of bridges)
    for (const change of delta.changes(table)) {
      const print = (flow: SealedFlow) => formatFlow(unsealFlow(flow), { tableName: number => tableNames.get(number) });
      const { cookie } = unsealFlow((change.after ?? change.before) as SealedFlow);
      const parts = decodeCookie(cookie);
      add(parts && owners.ofCookie(parts), textsOf('flow', bridge, change, print));
      yield;
    }
  const bridge = names.integrationBridge;
  for (const change of delta.changes(groups))
    add(
      undefined,
      textsOf('group', bridge, change, group => formatGroup(group)),
    );
  for (const change of delta.changes(meters)) {
    const index = meterUse(Number(change.key))?.index;
    add(index === undefined ? undefined : owners.ofIndex(index), textsOf('meter', bridge, change, formatMeter));
  }
  const byKey = [...byOwner].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    objects: objectsOf(view, plan),
    switch: byKey.map(([, { object, changes }]) => ({
      ...(object ? { object } : {}),
      changes: changes.sort((a, b) => ((a.after ?? a.before ?? '') < (b.after ?? b.before ?? '') ? -1 : 1)),
    })),
    rows: delta.changes(tenants).flatMap(({ before, after }) => rowsOf(bridge, before, after)),
    translations: delta.changes(translations).map(({ before, after }) => {
      const zone = (after ?? before)?.zone ?? 0;
      const tenant = owners.zones.get(zone);
      return { zone, ...(tenant === undefined ? {} : { tenant }) };
    }),
  };
}

/** The state as it would be, as facts: what state-facts.ts would say of it once it is there. */
function* putPlanned(facts: FactWriter, view: LiveView, { puts, removals, written }: BatchPlan): Steps<void> {
  for (const { kind, name } of removals) {
    facts.delete(documentTables[kind], name);
    facts.delete(numbers, objectKey(kind, name));
    facts.delete(bindings, objectKey(kind, name));
    yield;
  }
  for (const { kind, document } of puts) {
    const { name } = document;
    const key = objectKey(kind, name);
    facts.put(documentTables[kind] as Table<Documents[Kind]>, withoutLabels(document));
    const given = written?.numbers.get(key);
    const { zone, index } = { ...view.numbersOf(kind, name), ...given };
    if (given) facts.put(numbers, { kind, name, id: given.id, index, zone });
    yield;
  }
  for (const [name, node] of written?.bound ?? [])
    if (node === undefined) facts.delete(bindings, objectKey('interfaces', name));
    else facts.put(bindings, { kind: 'interfaces', name, node });
  if (!written?.chunks) return;
  for (const key of written.chunks.gone) facts.delete(allocatedChunks, key);
  for (const chunk of written.chunks.there) facts.put(allocatedChunks, chunk);
}

/** Who has a number: of those that the plan gives out, or as it is now. */
function ownersOf(program: Program, view: LiveView, { written }: BatchPlan) {
  const ids = new Map<string, ObjectName>();
  const indexes = new Map<number, ObjectName>();
  const zones = new Map([...view.allocations.zones].map(([name, zone]) => [zone, name]));
  for (const [key, { id, index, zone }] of written?.numbers ?? []) {
    const object = partsOfKey(key);
    ids.set(`${object.kind} ${id}`, object);
    if (index !== undefined) indexes.set(index, object);
    if (zone !== undefined) zones.set(zone, object.name);
  }
  const named = (found: ObjectName | undefined) => found && { kind: found.kind, name: found.name };
  return {
    ofCookie: (parts: CookieParts) => ids.get(`${parts.kind} ${parts.id}`) ?? named(objectOf(program, parts)),
    ofIndex: (index: number) => indexes.get(index) ?? named(objectOfIndex(program, index)),
    zones,
  };
}

function objectsOf(view: LiveView, { puts, removals }: BatchPlan): readonly ObjectChange[] {
  const changed = puts.map(({ kind, document }): ObjectChange => {
    const before = view.documents[kind].get(document.name);
    return { kind, name: document.name, ...(before ? { before } : {}), after: document };
  });
  const gone = removals.map(({ kind, name }): ObjectChange => {
    const before = view.documents[kind].get(name);
    return { kind, name, ...(before ? { before } : {}) };
  });
  return [...changed, ...gone];
}

/** Whose a zone is: see conntrack/zones.ts. */
function rowsOf(row: string, before: Tenant | undefined, after: Tenant | undefined): readonly KeyChange[] {
  const at = { table: 'Bridge', row, column: 'external_ids' } as const;
  const keyOf = (tenant: Tenant | undefined) =>
    tenant?.zone === undefined ? undefined : `${zoneKeyPrefix}${tenant.zone}`;
  const [from, to] = [keyOf(before), keyOf(after)];
  if (from === to && before?.id === after?.id) return [];
  const was = before ? { before: zoneOwner(before) } : {};
  const is = after ? { after: zoneOwner(after) } : {};
  return [
    ...(from === undefined || from === to ? [] : [{ ...at, key: from, ...was }]),
    ...(to === undefined ? [] : [{ ...at, key: to, ...(from === to ? was : {}), ...is }]),
  ];
}

function textsOf<Row>(
  what: TextChange['what'],
  bridge: string,
  { before, after }: RowChange<Row>,
  print: (row: Row) => string,
): TextChange {
  return {
    ...{ what, bridge },
    ...(before === undefined ? {} : { before: print(before) }),
    ...(after === undefined ? {} : { after: print(after) }),
  };
}
