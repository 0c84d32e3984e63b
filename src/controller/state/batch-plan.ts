// A write of several objects, planned as one transaction, all or nothing. Like plan.ts, of which it is the plural.

import { isDeepStrictEqual } from 'node:util';
import type { Steps } from '../../lib/steps.ts';
import { canonicalDocument, type Documents, spellDocument } from '../../policy/documents.ts';
import { objectKey } from '../../policy/facts/base.ts';
import type { Problem } from '../../policy/facts/problems.ts';
import { type DocumentDelete, type DocumentPut, judgeInSteps } from '../../policy/judge.ts';
import { type Selector, selects } from '../../policy/kinds/labels.ts';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import {
  BatchRejected,
  IntentRejected,
  type ItemError,
  ObjectReferenced,
  PreconditionFailed,
  StateError,
} from './errors.ts';
import type { StateView } from './view.ts';
import { checkConditions, etagOf, type WriteConditions } from './write-conditions.ts';
import { type Ground, type ObjectPut, type ObjectRemoval, type Written, writeObjects } from './write-objects.ts';

export type BatchItem = (DocumentPut | DocumentDelete) & WriteConditions;

export interface ItemResult {
  readonly kind: Kind;
  readonly name: string;
  /** `absent`: it was to be deleted, and was not there. */
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'deleted' | 'absent';
  /** Of what is there then. */
  readonly etag?: string;
}

export interface BatchPlan {
  /** In order of the items. */
  readonly results: readonly ItemResult[];
  /** What was deleted because the selector chose it, and no item named it. */
  readonly pruned: readonly DocumentDelete[];
  /** The generation that holds all of it. */
  readonly generation: number;
  readonly puts: readonly ObjectPut[];
  readonly removals: readonly ObjectRemoval[];
  /** Undefined: everything is as it is to be. */
  readonly written: Written | undefined;
}

/** What a batch is all of: what the selector chooses and no item is about, goes with it. */
export interface Prune {
  readonly selector: Selector;
  /** Objects that may go so. */
  readonly most: number;
}

/** @throws BatchRejected, StateError STATE_EXHAUSTED, STATE_BATCH_TOO_LARGE */
export function* planBatch(ground: Ground, items: readonly BatchItem[], prune?: Prune): Steps<BatchPlan> {
  const { view, program } = ground;
  const places = new Map<string, number>();
  const errors: ItemError[] = [];
  const wished: (DocumentPut | DocumentDelete)[] = [];
  const puts: ObjectPut[] = [];
  const removals: ObjectRemoval[] = [];
  for (const [place, item] of items.entries()) {
    yield;
    const key = keyOf(item);
    const error = repeated(item, places.get(key)) ?? unmet(view, item) ?? outside(prune, item);
    if (error) errors.push({ item: place, error });
    if (places.has(key)) continue;
    places.set(key, place);
    const { kind } = item;
    const current = view.objects.get(key);
    if (!('document' in item)) {
      if (!current) continue;
      removals.push({ kind, name: item.name, current });
      wished.push({ kind, name: item.name });
    } else {
      const document = canonicalDocument(kind, item.document);
      if (current && isDeepStrictEqual(view.documents[kind].get(document.name), document)) continue;
      puts.push({ kind, document, current });
      wished.push({ kind, document: spellDocument(kind, item.document) } as DocumentPut);
    }
  }
  const pruned = prune ? chosen(view, prune, places) : [];
  removals.push(...pruned);
  wished.push(...pruned.map(({ kind, name }) => ({ kind, name })));
  if (wished.length > 0) {
    const { problems, referenced } = yield* judgeInSteps(program, wished);
    errors.push(...ofItems(places, problems));
    for (const { kind, name, referrers } of referenced)
      errors.push({ item: places.get(objectKey(kind, name)), error: new ObjectReferenced(kind, name, referrers) });
  }
  if (errors.length > 0) throw new BatchRejected(errors.sort(inOrder));
  const written =
    wished.length === 0
      ? undefined
      : yield* writeObjects(ground, puts, removals, lacking => {
          throw new BatchRejected(ofItems(places, lacking).sort(inOrder));
        });
  const created = new Set(
    puts.flatMap(({ kind, document, current }) => (current ? [] : [objectKey(kind, document.name)])),
  );
  const changed = new Set(wished.map(keyOf));
  const results = items.map((item): ItemResult => {
    const key = keyOf(item);
    const { kind } = item;
    if (!('document' in item)) return { kind, name: item.name, outcome: changed.has(key) ? 'deleted' : 'absent' };
    const current = view.objects.get(key);
    const etag = written?.etags.get(key) ?? (current && etagOf(current)) ?? '';
    const outcome = changed.has(key) ? (created.has(key) ? 'created' : 'updated') : 'unchanged';
    return { kind, name: item.document.name, outcome, etag };
  });
  return { results, pruned, generation: written?.generation ?? view.generation, puts, removals, written };
}

/** Whether the database is what the plan makes of it. */
export function holdsBatch(view: StateView, { results, puts, removals }: BatchPlan): boolean {
  return (
    puts.every(({ kind, document }) => isDeepStrictEqual(view.documents[kind].get(document.name), document)) &&
    removals.every(({ kind, name }) => !view.objects.has(objectKey(kind, name))) &&
    results.every(({ kind, name, etag }) => {
      const now = view.objects.get(objectKey(kind, name));
      return etag === (now && etagOf(now));
    })
  );
}

function keyOf(item: DocumentPut | DocumentDelete): string {
  return objectKey(item.kind, 'document' in item ? item.document.name : item.name);
}

function repeated(item: BatchItem, earlier: number | undefined): IntentRejected | undefined {
  if (earlier === undefined) return undefined;
  const { kind } = item;
  const name = 'document' in item ? item.document.name : item.name;
  const detail = `items[${earlier}] is about the same object`;
  return new IntentRejected(kind, name, [{ kind, name, pointer: '/name', why: 'invalid', detail }]);
}

/** What the selector does not choose would never be pruned again, and may be somebody else's. */
function outside(prune: Prune | undefined, item: BatchItem): IntentRejected | undefined {
  if (!prune || !('document' in item) || selects(prune.selector, item.document)) return undefined;
  const { kind } = item;
  const { name } = item.document;
  const detail = 'the object does not have the labels of what is pruned';
  return new IntentRejected(kind, name, [{ kind, name, pointer: '/labels', why: 'invalid', detail }]);
}

function chosen(view: StateView, { selector, most }: Prune, places: ReadonlyMap<string, number>): ObjectRemoval[] {
  const found = kinds.flatMap(kind =>
    [...view.documents[kind].values()].flatMap((document: Documents[Kind]): ObjectRemoval[] => {
      const { name } = document;
      const key = objectKey(kind, name);
      const current = !places.has(key) && selects(selector, document) ? view.objects.get(key) : undefined;
      return current ? [{ kind, name, current }] : [];
    }),
  );
  if (found.length <= most) return found;
  const detail = `${found.length} objects would be pruned, and ${most} may be at a time`;
  throw new StateError('STATE_BATCH_TOO_LARGE', detail);
}

function unmet(view: StateView, item: BatchItem): PreconditionFailed | undefined {
  const name = 'document' in item ? item.document.name : item.name;
  try {
    checkConditions(item.kind, name, view.objects.get(keyOf(item)), item);
  } catch (error) {
    if (error instanceof PreconditionFailed) return error;
    throw error;
  }
  return undefined;
}

/** Those of each object as one. Of one that is not in the batch, the batch as a whole has caused it. */
function ofItems(places: ReadonlyMap<string, number>, problems: readonly Problem[]): ItemError[] {
  const byObject = new Map<string, Problem[]>();
  for (const problem of problems) {
    const key = objectKey(problem.kind, problem.name);
    const known = byObject.get(key);
    if (known) known.push(problem);
    else byObject.set(key, [problem]);
  }
  return [...byObject].flatMap(([key, ofObject]) =>
    ofObject.slice(0, 1).map(({ kind, name }) => ({
      item: places.get(key),
      error: new IntentRejected(kind, name, ofObject),
    })),
  );
}

function inOrder(a: ItemError, b: ItemError): number {
  return (a.item ?? Number.POSITIVE_INFINITY) - (b.item ?? Number.POSITIVE_INFINITY) || 0;
}
