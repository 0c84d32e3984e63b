// Which field of which kind names an object of which other kind: what a delete must ask about.

import type { DocumentSet, Documents, Kind } from '../../policy/documents.ts';
import { kinds } from '../../policy/documents.ts';
import { homeOf } from '../../policy/kinds/all.ts';

/** An object that stands in the way of a delete. */
export interface Referrer {
  readonly kind: Kind;
  readonly name: string;
  /** JSON pointer of its field that refers. */
  readonly pointer: string;
}

function referrersIn<K extends Kind>(documents: DocumentSet, from: K, kind: Kind, name: string): readonly Referrer[] {
  const of: ReadonlyMap<string, Documents[K]> = documents[from];
  return [...of].flatMap(([referrer, document]) =>
    homeOf<Documents[K]>(from)
      .references(document)
      .filter(reference => reference.kind === kind && reference.name === name)
      .map(({ pointer }) => ({ kind: from, name: referrer, pointer })),
  );
}

/** Everything that names the object. */
export function findReferrers(documents: DocumentSet, kind: Kind, name: string): readonly Referrer[] {
  return kinds.flatMap(from => referrersIn(documents, from, kind, name));
}
