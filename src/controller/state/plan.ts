// A write, planned: from one state of the database and a wish to one transaction.
// It reads a view and fills a draft; the store commits it, and plans anew when the view was too old.

import { isDeepStrictEqual } from 'node:util';
import type { ChunkAllocation } from '../../policy/allocation.ts';
import type { DocumentSet, Documents, Kind } from '../../policy/documents.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { resolveIntent } from '../../policy/resolve/resolve.ts';
import type { Problem } from '../../policy/resolve/resolver.ts';
import { canonicalDocument, spellDocument } from './canonical.ts';
import { type ChunkNeed, type ChunkPlan, planChunks, useKey } from './chunk-plan.ts';
import { writeChunks } from './chunk-writes.ts';
import { IntentRejected, ObjectNotFound, ObjectReferenced, PreconditionFailed } from './errors.ts';
import { type EtagCondition, formatEtag, matchesStrong, matchesWeak } from './etag.ts';
import { needNumber, retireIndex, writeObject } from './object-rows.ts';
import { findReferrers } from './references.ts';
import { retire } from './retired-numbers.ts';
import { begin, type Draft, finish } from './transaction-frame.ts';
import { groundOf, membershipOf, objectKey, type StateView, type StoredObject, tableOf } from './view.ts';

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
      /** What will be wrong with the intent then: none of it this object's doing. */
      readonly problems: readonly Problem[];
    };

export interface RemovePlan {
  readonly generation: number;
}

const maxId = 0xffff_ffff;

/**
 * @param standing problems of the intent as it is, so that a write is not blamed for them
 * @param foreignZones conntrack zones that a new tenant cannot have
 * @throws PreconditionFailed, IntentRejected, StateError STATE_EXHAUSTED
 */
export function planPut<K extends Kind>(
  draft: Draft,
  node: NodeConfig,
  view: StateView,
  standing: readonly Problem[],
  kind: K,
  wish: Documents[K],
  conditions: WriteConditions,
  foreignZones: Iterable<number>,
): PutPlan<K> {
  const { name } = wish;
  const current = view.objects.get(objectKey(kind, name));
  checkConditions(kind, name, current, conditions);
  const document = canonicalDocument(kind, wish);
  if (current && isDeepStrictEqual(view.documents[kind].get(name), document))
    return { kind: 'unchanged', document, etag: etagOf(current), generation: view.generation };

  // Judged as it was sent, so that the pointers of the problems lead into what the caller wrote.
  const candidate = withDocument(view.documents, kind, spellDocument(kind, wish));
  const { problems } = resolveIntent(node, candidate, view.allocations, membershipOf(view, node.name));
  const blamed = blame(kind, name, problems, standing);
  if (blamed.length > 0) throw new IntentRejected(kind, name, blamed);
  const documents = withDocument(view.documents, kind, document);
  const chunks = needChunks(kind, name, documents, view, planWith(documents, view, node));

  const { id, revision } = current
    ? { id: current.id, revision: current.revision + 1 }
    : { id: needNumber(view.nextId <= maxId ? view.nextId : undefined, 'object ids'), revision: 1 };
  begin(draft, view);
  const { references } = writeChunks(draft, view, documents, chunks, {
    except: kind === 'nat-rules' ? name : undefined,
  });
  writeObject({ draft, view, self: node.name, foreignZones }, kind, document, current, { id, revision }, references);
  finish(draft, view, current ? 0 : 1);
  return {
    kind: current ? 'updated' : 'created',
    document,
    etag: formatEtag(id, revision),
    generation: view.generation + 1,
    problems,
  };
}

/** @throws ObjectNotFound, ObjectReferenced, PreconditionFailed */
export function planRemove(
  draft: Draft,
  node: NodeConfig,
  view: StateView,
  kind: Kind,
  name: string,
  conditions: WriteConditions,
): RemovePlan {
  const current = view.objects.get(objectKey(kind, name));
  // Asked to delete one version of what is not there: the condition is what fails (RFC 9110 section 13.1.1).
  if (!current && conditions.ifMatch === undefined) throw new ObjectNotFound(kind, name);
  checkConditions(kind, name, current, conditions);
  if (!current) throw new ObjectNotFound(kind, name);
  const referrers = findReferrers(view.documents, kind, name);
  if (referrers.length > 0) throw new ObjectReferenced(kind, name, referrers);
  const documents = withoutDocument(view.documents, kind, name);
  const { chunks } = planWith(documents, view, node);
  begin(draft, view);
  // The generation covers all who write as pointsman does; the revision, those who edit a row by other means.
  draft.verify(tableOf[kind], current, ['revision']);
  draft.delete(tableOf[kind], current);
  writeChunks(draft, view, documents, chunks);
  retireIndex(draft, view, kind, name);
  if (kind === 'tenants') retireZone(draft, view, name);
  finish(draft, view);
  return { generation: view.generation + 1 };
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
 * The problems a write has to answer for: those of its own object, and those it newly causes in others. What another
 * object can no longer have because the written one comes before it, is refused to the written one. What is merely
 * missing elsewhere because its target has a problem is left out: the problem itself says more.
 */
function blame(kind: Kind, name: string, after: readonly Problem[], before: readonly Problem[]): readonly Problem[] {
  const known = new Set(before.map(problemKey));
  const isOwn = (object: { readonly kind: Kind; readonly name: string }) =>
    object.kind === kind && object.name === name;
  const own = after.filter(isOwn);
  const others = after
    .filter(problem => !isOwn(problem) && !known.has(problemKey(problem)))
    .map(problem => (problem.holder && isOwn(problem.holder) ? fromOtherSide(problem, problem.holder) : problem));
  const direct = [...own, ...others.filter(problem => problem.why !== 'missing')];
  return direct.length > 0 ? direct : others;
}

/** The same conflict as its holder sees it. */
function fromOtherSide(problem: Problem, { kind, name, pointer, detail }: NonNullable<Problem['holder']>): Problem {
  const holder = { kind: problem.kind, name: problem.name, pointer: problem.pointer, detail: problem.detail };
  return { kind, name, pointer, why: problem.why, detail, holder };
}

function problemKey({ kind, name, pointer, why, detail }: Problem): string {
  return JSON.stringify([kind, name, pointer, why, detail]);
}

const nowhere = (): ChunkNeed => 'nowhere';

/** A write gives a rule the chunk it needs to be anything at all; nodes pull their own when they need them. */
function planWith(documents: DocumentSet, view: StateView, node: NodeConfig): ChunkPlan {
  // A node that has been taken out gets nothing before it is back.
  const puller = view.nodes.has(node.name) ? { node: node.name, needs: nowhere } : undefined;
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
