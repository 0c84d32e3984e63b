// A write of one object, planned: from one state of the database and a wish to one transaction.
// It reads a view and fills a draft; the store commits it, and plans anew when the view was too old.

import { isDeepStrictEqual } from 'node:util';
import { atOnce } from '../../lib/steps.ts';
import { canonicalDocument, type Documents, spellDocument } from '../../policy/documents.ts';
import { objectKey } from '../../policy/facts/base.ts';
import { type DocumentPut, judge } from '../../policy/judge.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import { IntentRejected, ObjectNotFound, ObjectReferenced } from './errors.ts';
import { checkConditions, etagOf, type WriteConditions } from './write-conditions.ts';
import { type Ground, writeObjects } from './write-objects.ts';

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

/** @throws PreconditionFailed, IntentRejected, StateError STATE_EXHAUSTED */
export function planPut<K extends Kind>(
  ground: Ground,
  kind: K,
  wish: Documents[K],
  conditions: WriteConditions,
): PutPlan<K> {
  const { view, program } = ground;
  const { name } = wish;
  const key = objectKey(kind, name);
  const current = view.objects.get(key);
  checkConditions(kind, name, current, conditions);
  const document = canonicalDocument(kind, wish);
  if (current && isDeepStrictEqual(view.documents[kind].get(name), document))
    return { kind: 'unchanged', document, etag: etagOf(current), generation: view.generation };

  // Judged as it was sent, so that the pointers of the problems lead into what the caller wrote.
  const { problems } = judge(program, [{ kind, document: spellDocument(kind, wish) } as DocumentPut]);
  if (problems.length > 0) throw new IntentRejected(kind, name, problems);
  const writing = writeObjects(ground, [{ kind, document, current }], [], lacking => {
    throw new IntentRejected(kind, name, lacking);
  });
  const { generation, etags } = atOnce(writing);
  return { kind: current ? 'updated' : 'created', document, etag: etags.get(key) ?? '', generation };
}

/** @throws ObjectNotFound, ObjectReferenced, PreconditionFailed */
export function planRemove(ground: Ground, kind: Kind, name: string, conditions: WriteConditions): RemovePlan {
  const { view, program } = ground;
  const current = view.objects.get(objectKey(kind, name));
  // Asked to delete one version of what is not there: the condition is what fails (RFC 9110 section 13.1.1).
  if (!current && conditions.ifMatch === undefined) throw new ObjectNotFound(kind, name);
  checkConditions(kind, name, current, conditions);
  if (!current) throw new ObjectNotFound(kind, name);
  const { problems, referenced } = judge(program, [{ kind, name }]);
  // Who rests on it without naming it, such as a static NAT on the subnet of its inside address, refers to it as well.
  const referrers = [...referenced.flatMap(({ referrers }) => referrers), ...problems];
  if (referrers.length > 0) throw new ObjectReferenced(kind, name, referrers);
  const writing = writeObjects(ground, [], [{ kind, name, current }], problems => {
    throw new IntentRejected(kind, name, problems);
  });
  return atOnce(writing);
}
