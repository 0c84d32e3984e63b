// Objects that are written and deleted in one transaction: their rows, the numbers given out with them, and the chunks
// that follow from all of them together. Whoever calls it has judged them.

import type { Steps } from '../../lib/steps.ts';
import type { DocumentSet, Documents } from '../../policy/documents.ts';
import type { Program } from '../../policy/engine/program.ts';
import { chunkKey, objectKey, useKey } from '../../policy/facts/base.ts';
import { type Problem, references as referenceFacts } from '../../policy/facts/problems.ts';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import { ChangedRows } from './changed-rows.ts';
import { type ChunkNeed, type ChunkUse, planChunks } from './chunk-plan.ts';
import { scopeOf } from './chunk-scope.ts';
import { type ChunkChanges, chunkChanges, touchedBy, writeChunks } from './chunk-writes.ts';
import { formatEtag } from './etag.ts';
import type { JointParts } from './joint-writes.ts';
import type { NumberGiver } from './number-giver.ts';
import { type GivenNumbers, type ObjectWrite, retireIndex, writeObject } from './object-rows.ts';
import { retire } from './retired-numbers.ts';
import { begin, type Draft } from './transaction-frame.ts';
import { type StateView, type StoredObject, tableOf } from './view.ts';
import { partsOf, withChunks } from './write-parts.ts';

/** What a write is planned from: one moment of the state, and the program that follows it. */
export interface Ground {
  readonly draft: Draft;
  readonly view: StateView;
  readonly program: Program;
  /** The name of the node that writes. */
  readonly self: string;
  readonly numbers: NumberGiver;
  /** What the transaction rests on and changes so far. */
  readonly joint: JointParts;
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
  /** The generation of the database once the draft is committed, if no other write comes first. */
  readonly generation: number;
  /** By `kind/name`, of all objects that have another version then. */
  readonly etags: ReadonlyMap<string, string>;
  /** By `kind/name`, of what was put. */
  readonly numbers: ReadonlyMap<string, GivenNumbers & { readonly id: number }>;
  /** Interfaces that were put, and who has each. */
  readonly bound: ReadonlyMap<string, string | undefined>;
  /** Undefined: they are those that there were. */
  readonly chunks: ChunkChanges | undefined;
}

/**
 * Adds them to the draft; no object may be among them twice. What was given out is written down by `writeNumbers`.
 * @param refuse called, with at least one problem, when a pool has no room
 * @throws StateError STATE_EXHAUSTED; NotApart, with nothing added
 */
export function* writeObjects(
  ground: Ground,
  puts: readonly ObjectPut[],
  removals: readonly ObjectRemoval[],
  refuse: (problems: readonly Problem[]) => never,
): Steps<Written> {
  const { draft, view, self, numbers } = ground;
  const documents = documentsAfter(view.documents, puts, removals);
  const isOfChunks = [...puts, ...removals].some(({ kind }) => kind === 'nat-rules' || kind === 'nat-pools');
  const chunks = isOfChunks ? needChunks(ground, documents, puts, removals, refuse) : undefined;

  const changes = [...removals, ...puts.map(({ kind, document }) => ({ kind, name: document.name }))];
  const ofObjects = partsOf(view.documents, documents, changes);
  const parts = withChunks(view, ofObjects, chunks ? touchedBy(view, chunks) : []);
  ground.joint.add(
    parts,
    changes.map(({ kind, name }) => objectKey(kind, name)),
  );
  begin(draft, view, parts);
  for (const { kind, name, current } of removals) {
    // The parts cover all who write as pointsman does; the revision, those who edit a row by other means.
    draft.verify(tableOf[kind], current, ['revision']);
    draft.delete(tableOf[kind], current);
    retireIndex(draft, view, kind, name);
    if (kind === 'tenants') retireZone(draft, view, name);
    yield;
  }
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
  for (const one of inOrder) {
    if (one.kind !== 'nat-rules') put(one, new Map());
    yield;
  }
  if (chunks) {
    const { inserted } = write;
    const { references, revised } = writeChunks(draft, view, documents, chunks, { except: rules, inserted });
    for (const one of inOrder) {
      if (one.kind === 'nat-rules') put(one, references);
      yield;
    }
    for (const name of revised) {
      const row = view.objects.get(objectKey('nat-rules', name));
      if (row) etags.set(objectKey('nat-rules', name), formatEtag(row.id, row.revision + 1));
    }
  }
  const generation = view.generation + 1;
  return { generation, etags, numbers: given, bound: write.bound, chunks };
}

/** Writes down, once for all that is in the draft, what has been given out. */
export function writeNumbers({ draft, view, numbers }: Ground): void {
  const { nextId, lastIndex, zones } = numbers.used();
  if (lastIndex !== undefined) draft.update('Pointsman', view.root, { last_index: lastIndex });
  if (nextId !== undefined) draft.update('Pointsman', view.root, { next_id: nextId });
  for (const zone of zones)
    draft.verifyAbsent('Retired_Number', [
      ['kind', '==', 'zone'],
      ['number', '==', zone],
    ]);
}

export function documentsAfter(
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

/** What rules translate to that are written, or whose pool is. */
function usesOf({ view, program }: Ground, documents: DocumentSet, changes: readonly { kind: Kind; name: string }[]) {
  const uses = new Map<string, ChunkUse>();
  const add = (rule: Documents['nat-rules'] | undefined): void => {
    if (rule) uses.set(useKey(rule), { tenant: rule.tenant, pool: rule.pool });
  };
  for (const { kind, name } of changes) {
    if (kind === 'nat-pools')
      for (const { from } of program.by(referenceFacts, 'to', objectKey(kind, name)))
        if (from.kind === 'nat-rules') add(view.documents['nat-rules'].get(from.name));
    if (kind !== 'nat-rules') continue;
    add(view.documents['nat-rules'].get(name));
    add(documents['nat-rules'].get(name));
  }
  return uses.values();
}

/**
 * A write gives a rule the chunk it needs to be anything at all; nodes pull their own when they need them. What a pool
 * lacks is this write's fault if it had been there before, or if a rule that is put is left without any. What only waits
 * for nodes to let go of it, or rests, is no fault: the rule gets its chunk then. Who only deletes makes room.
 */
function needChunks(
  ground: Ground,
  documents: DocumentSet,
  puts: readonly ObjectPut[],
  removals: readonly ObjectRemoval[],
  refuse: (problems: readonly Problem[]) => never,
): ChunkChanges {
  const { view, self } = ground;
  const putRules = puts.flatMap(({ kind, document }) =>
    kind === 'nat-rules' ? [document as Documents['nat-rules']] : [],
  );
  const changes = [...removals, ...puts.map(({ kind, document }) => ({ kind, name: document.name }))];
  const names = putRules.map(({ name }) => name);
  const scope = scopeOf(view, documents, usesOf(ground, documents, changes), names);
  // A node that has been taken out gets nothing before it is back.
  const puller = view.nodes.has(self) ? { node: self, needs: nowhere } : undefined;
  // Who comes first in a batch is served first: as if they were put one after the other.
  const { chunks, missing } = planChunks(scope.documents, scope.ground, puller, putRules.map(useKey));
  const planned = chunkChanges(view, scope.ground.standing, chunks);
  if (missing.length === 0 || puts.length === 0) return planned;
  const before = new Set(scope.ground.standing.map(chunkKey));
  const served = new Set(chunks.map(useKey));
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
  return problems.length > 0 ? refuse(problems) : planned;
}

function retireZone(draft: Draft, view: StateView, tenant: string): void {
  const { zone } = view.numbersOf('tenants', tenant);
  if (zone !== undefined) retire(draft, view, { kind: 'zone', number: zone });
}
