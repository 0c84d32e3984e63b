// Objects that are written and deleted in one transaction: their rows, the numbers given out with them, and the chunks
// that follow from all of them together. Whoever calls it has judged them.

import type { ChunkAllocation } from '../../policy/allocation.ts';
import type { DocumentSet, Documents } from '../../policy/documents.ts';
import type { Program } from '../../policy/engine/program.ts';
import { chunkKey, objectKey, useKey } from '../../policy/facts/base.ts';
import type { Problem } from '../../policy/facts/problems.ts';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import { ChangedRows } from './changed-rows.ts';
import { type ChunkNeed, type ChunkPlan, planChunks } from './chunk-plan.ts';
import { writeChunks } from './chunk-writes.ts';
import { formatEtag } from './etag.ts';
import { numberGiver } from './number-giver.ts';
import { type GivenNumbers, type ObjectWrite, retireIndex, writeObject } from './object-rows.ts';
import { retire } from './retired-numbers.ts';
import { begin, type Draft, finish } from './transaction-frame.ts';
import { groundOf, type StateView, type StoredObject, tableOf } from './view.ts';

/** What a write is planned from: one moment of the state, and the program that follows it. */
export interface Ground {
  readonly draft: Draft;
  readonly view: StateView;
  readonly program: Program;
  /** The name of the node that writes. */
  readonly self: string;
  /** Conntrack zones that no tenant may get. */
  readonly foreignZones: Iterable<number>;
}

export interface ObjectPut {
  readonly kind: Kind;
  /** Canonical. */
  readonly document: Documents[Kind];
  /** Undefined: it is new. */
  readonly current: StoredObject | undefined;
}

export interface ObjectRemoval {
  readonly kind: Kind;
  readonly name: string;
  readonly current: StoredObject;
}

/** What becomes of the state by a write, beside the documents. */
export interface Written {
  /** The generation of the database once the draft is committed. */
  readonly generation: number;
  /** By `kind/name`, of all objects that have another version then. */
  readonly etags: ReadonlyMap<string, string>;
  /** By `kind/name`, of what was put. */
  readonly numbers: ReadonlyMap<string, GivenNumbers & { readonly id: number }>;
  /** Interfaces that were put, and who has each. */
  readonly bound: ReadonlyMap<string, string | undefined>;
  /** All there are then; undefined: those that there were. */
  readonly chunks: readonly ChunkAllocation[] | undefined;
}

/**
 * Adds them to the draft; no object may be among them twice.
 * @param refuse called, with at least one problem, when a pool has no room
 * @throws StateError STATE_EXHAUSTED
 */
export function writeObjects(
  ground: Ground,
  puts: readonly ObjectPut[],
  removals: readonly ObjectRemoval[],
  refuse: (problems: readonly Problem[]) => never,
): Written {
  const { draft, view, self, foreignZones } = ground;
  const documents = documentsAfter(view.documents, puts, removals);
  const isOfChunks = [...puts, ...removals].some(({ kind }) => kind === 'nat-rules' || kind === 'nat-pools');
  const chunks = isOfChunks ? needChunks(ground, documents, puts, refuse) : undefined;

  begin(draft, view);
  for (const { kind, name, current } of removals) {
    // The generation covers all who write as pointsman does; the revision, those who edit a row by other means.
    draft.verify(tableOf[kind], current, ['revision']);
    draft.delete(tableOf[kind], current);
    retireIndex(draft, view, kind, name);
    if (kind === 'tenants') retireZone(draft, view, name);
  }
  const numbers = numberGiver(view, foreignZones);
  const write: ObjectWrite = { draft, view, self, documents, numbers, inserted: new Map(), bound: new Map() };
  const etags = new Map<string, string>();
  const given = new Map<string, GivenNumbers & { readonly id: number }>();
  const put = ({ kind, document, current }: ObjectPut, references: Parameters<typeof writeObject>[5]): void => {
    const id = current?.id ?? numbers.id();
    const revision = (current?.revision ?? 0) + 1;
    const key = objectKey(kind, document.name);
    given.set(key, { id, ...writeObject(write, kind, document, current, { id, revision }, references) });
    etags.set(key, formatEtag(id, revision));
  };
  // In this order each finds the rows that it refers to.
  const inOrder = kinds.flatMap(kind => puts.filter(one => one.kind === kind));
  const rules = new Set(inOrder.flatMap(({ kind, document }) => (kind === 'nat-rules' ? [document.name] : [])));
  for (const one of inOrder) if (one.kind !== 'nat-rules') put(one, new Map());
  if (chunks) {
    const { inserted } = write;
    const { references, revised } = writeChunks(draft, view, documents, chunks, { except: rules, inserted });
    for (const one of inOrder) if (one.kind === 'nat-rules') put(one, references);
    for (const name of revised) {
      const row = view.objects.get(objectKey('nat-rules', name));
      if (row) etags.set(objectKey('nat-rules', name), formatEtag(row.id, row.revision + 1));
    }
  }
  const { ids, lastIndex } = numbers.used();
  if (lastIndex !== undefined) draft.update('Pointsman', view.root, { last_index: lastIndex });
  finish(draft, view, ids);
  return { generation: view.generation + 1, etags, numbers: given, bound: write.bound, chunks };
}

function documentsAfter(
  documents: DocumentSet,
  puts: readonly ObjectPut[],
  removals: readonly ObjectRemoval[],
): DocumentSet {
  const after: Record<Kind, ReadonlyMap<string, Documents[Kind]>> = { ...documents };
  for (const kind of new Set([...puts, ...removals].map(change => change.kind))) {
    const changes = new Map<string, Documents[Kind] | undefined>();
    for (const one of removals) if (one.kind === kind) changes.set(one.name, undefined);
    for (const { document, ...one } of puts) if (one.kind === kind) changes.set(document.name, document);
    after[kind] = new ChangedRows<Documents[Kind]>(documents[kind], changes);
  }
  return after as DocumentSet;
}

const nowhere = (): ChunkNeed => 'nowhere';

/** A write gives a rule the chunk it needs to be anything at all; nodes pull their own when they need them. */
function planWith(documents: DocumentSet, { view, self }: Ground, puts: readonly ObjectPut[]): ChunkPlan {
  // A node that has been taken out gets nothing before it is back.
  const puller = view.nodes.has(self) ? { node: self, needs: nowhere } : undefined;
  // Who comes first in a batch is served first: as if they were put one after the other.
  const turns = puts.flatMap(({ kind, document }) =>
    kind === 'nat-rules' ? [useKey(document as Documents['nat-rules'])] : [],
  );
  return planChunks(documents, groundOf(view), puller, turns);
}

/**
 * What a pool lacks is this write's fault if it had been there before, or if a rule that is put is left without any. What
 * only waits for nodes to let go of it, or rests, is no fault: the rule gets its chunk then. Who only deletes makes room.
 */
function needChunks(
  ground: Ground,
  documents: DocumentSet,
  puts: readonly ObjectPut[],
  refuse: (problems: readonly Problem[]) => never,
): readonly ChunkAllocation[] {
  const { chunks, missing } = planWith(documents, ground, puts);
  if (missing.length === 0 || puts.length === 0) return chunks;
  const before = new Set(ground.view.allocations.chunks.map(chunkKey));
  const served = new Set(chunks.map(useKey));
  const putRules = puts.flatMap(({ kind, document }) =>
    kind === 'nat-rules' ? [document as Documents['nat-rules']] : [],
  );
  const ruleOf = new Map(putRules.reverse().map(rule => [useKey(rule), rule.name]));
  const problems = missing.flatMap((use): readonly Problem[] => {
    const key = useKey(use);
    const rule = ruleOf.get(key);
    const isLost = before.has(chunkKey(use)) || (rule !== undefined && !served.has(key));
    const pool = documents['nat-pools'].get(use.pool);
    if (use.waits || !isLost || !pool) return [];
    const range = `${pool.ports.min} to ${pool.ports.max} of ${pool.addresses.length} addresses`;
    const detail = `pool "${pool.name}" (ports ${range}) has no free chunk of ${pool.chunkSize} ports for tenant "${use.tenant}"`;
    const why = 'conflict';
    return rule === undefined
      ? [{ kind: 'nat-pools', name: pool.name, pointer: '/addresses', why, detail }]
      : [{ kind: 'nat-rules', name: rule, pointer: '/pool', why, detail }];
  });
  return problems.length > 0 ? refuse(problems) : chunks;
}

function retireZone(draft: Draft, view: StateView, tenant: string): void {
  const number = view.allocations.zones.get(tenant);
  if (number !== undefined) retire(draft, view, { kind: 'zone', number });
}
