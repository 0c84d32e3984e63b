// A write, planned: from one state of the database and a wish to one transaction.
// It reads a view and fills a draft; the store commits it, and plans anew when the view was too old.

import { isDeepStrictEqual } from 'node:util';
import type { ChunkAllocation } from '../../policy/allocation.ts';
import type { DocumentSet, Documents } from '../../policy/documents.ts';
import { canonicalDocument, spellDocument } from '../../policy/documents.ts';
import type { Program } from '../../policy/engine/program.ts';
import { type DocumentPut, judge } from '../../policy/judge.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import { type ChunkNeed, type ChunkPlan, planChunks, useKey } from './chunk-plan.ts';
import { type ChunkReferences, writeChunks } from './chunk-writes.ts';
import { IntentRejected, ObjectNotFound, ObjectReferenced, PreconditionFailed } from './errors.ts';
import { type EtagCondition, formatEtag, matchesStrong, matchesWeak } from './etag.ts';
import { needNumber, retireIndex, writeObject } from './object-rows.ts';
import { retire } from './retired-numbers.ts';
import { begin, type Draft, finish } from './transaction-frame.ts';
import { groundOf, objectKey, type StateView, type StoredObject, tableOf } from './view.ts';

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
      /** That of the database once the draft is committed. */
      readonly generation: number;
    };

export interface RemovePlan {
  readonly generation: number;
}

const maxId = 0xffff_ffff;

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

/** @throws PreconditionFailed, IntentRejected, StateError STATE_EXHAUSTED */
export function planPut<K extends Kind>(
  ground: Ground,
  kind: K,
  wish: Documents[K],
  conditions: WriteConditions,
): PutPlan<K> {
  const { draft, view, program } = ground;
  const { name } = wish;
  const current = view.objects.get(objectKey(kind, name));
  checkConditions(kind, name, current, conditions);
  const document = canonicalDocument(kind, wish);
  if (current && isDeepStrictEqual(view.documents[kind].get(name), document))
    return { kind: 'unchanged', document, etag: etagOf(current), generation: view.generation };

  // Judged as it was sent, so that the pointers of the problems lead into what the caller wrote.
  const { problems } = judge(program, [{ kind, document: spellDocument(kind, wish) } as DocumentPut]);
  if (problems.length > 0) throw new IntentRejected(kind, name, problems);

  const { id, revision } = current
    ? { id: current.id, revision: current.revision + 1 }
    : { id: needNumber(view.nextId <= maxId ? view.nextId : undefined, 'object ids'), revision: 1 };
  begin(draft, view);
  const references = usesChunks(kind) ? putChunks(ground, kind, name, document) : new Map();
  writeObject(ground, kind, document, current, { id, revision }, references);
  finish(draft, view, current ? 0 : 1);
  return {
    kind: current ? 'updated' : 'created',
    document,
    etag: formatEtag(id, revision),
    generation: view.generation + 1,
  };
}

/** @throws ObjectNotFound, ObjectReferenced, PreconditionFailed */
export function planRemove(ground: Ground, kind: Kind, name: string, conditions: WriteConditions): RemovePlan {
  const { draft, view, program } = ground;
  const current = view.objects.get(objectKey(kind, name));
  // Asked to delete one version of what is not there: the condition is what fails (RFC 9110 section 13.1.1).
  if (!current && conditions.ifMatch === undefined) throw new ObjectNotFound(kind, name);
  checkConditions(kind, name, current, conditions);
  if (!current) throw new ObjectNotFound(kind, name);
  const [referenced] = judge(program, [{ kind, name }]).referenced;
  if (referenced) throw new ObjectReferenced(kind, name, referenced.referrers);
  begin(draft, view);
  // The generation covers all who write as pointsman does; the revision, those who edit a row by other means.
  draft.verify(tableOf[kind], current, ['revision']);
  draft.delete(tableOf[kind], current);
  if (usesChunks(kind)) {
    const documents = withoutDocument(view.documents, kind, name);
    writeChunks(draft, view, documents, planWith(documents, ground).chunks);
  }
  retireIndex(draft, view, kind, name);
  if (kind === 'tenants') retireZone(draft, view, name);
  finish(draft, view);
  return { generation: view.generation + 1 };
}

/** Whether documents of the kind say who has which chunk. */
function usesChunks(kind: Kind): boolean {
  return kind === 'nat-rules' || kind === 'nat-pools';
}

function putChunks<K extends Kind>(ground: Ground, kind: K, name: string, document: Documents[K]): ChunkReferences {
  const { draft, view } = ground;
  const documents = withDocument(view.documents, kind, document);
  const chunks = needChunks(kind, name, documents, view, planWith(documents, ground));
  const except = kind === 'nat-rules' ? name : undefined;
  return writeChunks(draft, view, documents, chunks, { except }).references;
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

const nowhere = (): ChunkNeed => 'nowhere';

/** A write gives a rule the chunk it needs to be anything at all; nodes pull their own when they need them. */
function planWith(documents: DocumentSet, { view, self }: Ground): ChunkPlan {
  // A node that has been taken out gets nothing before it is back.
  const puller = view.nodes.has(self) ? { node: self, needs: nowhere } : undefined;
  return planChunks(documents, groundOf(view), puller);
}

/**
 * What a pool lacks is this write's fault if it had been there before, or if its own rule is left without any. What only
 * waits for nodes to let go of it, or rests, is no fault: the rule gets its chunk then.
 */
function needChunks(
  kind: Kind,
  name: string,
  documents: DocumentSet,
  view: StateView,
  { chunks, missing }: ChunkPlan,
): readonly ChunkAllocation[] {
  const rule = kind === 'nat-rules' ? documents['nat-rules'].get(name) : undefined;
  const [lost] = missing.filter(
    use =>
      !use.waits &&
      (view.allocations.chunks.some(chunk => chunk.node === use.node && useKey(chunk) === useKey(use)) ||
        (rule && useKey(rule) === useKey(use) && !chunks.some(chunk => useKey(chunk) === useKey(use)))),
  );
  const pool = lost && documents['nat-pools'].get(lost.pool);
  if (!pool) return chunks;
  const range = `${pool.ports.min} to ${pool.ports.max} of ${pool.addresses.length} addresses`;
  const detail = `pool "${pool.name}" (ports ${range}) has no free chunk of ${pool.chunkSize} ports for tenant "${lost.tenant}"`;
  const pointer = kind === 'nat-rules' ? '/pool' : '/addresses';
  throw new IntentRejected(kind, name, [{ kind, name, pointer, why: 'conflict', detail }]);
}

function retireZone(draft: Draft, view: StateView, tenant: string): void {
  const number = view.allocations.zones.get(tenant);
  if (number !== undefined) retire(draft, view, { kind: 'zone', number });
}
