// The one spelling of a document: what it is for each kind stands in policy/kinds/KIND.ts.

import type { Documents, Kind } from '../../policy/documents.ts';
import { homeOf } from '../../policy/kinds/all.ts';
import { withoutUndefined } from '../../policy/kinds/spelling.ts';

export { compareTexts, sortAddresses } from '../../policy/kinds/spelling.ts';

/** Every address in its canonical text; lists keep their order, so JSON pointers into the document stay true. */
export function spellDocument<K extends Kind>(kind: K, document: Documents[K]): Documents[K] {
  return withoutUndefined(homeOf<Documents[K]>(kind).spell(document));
}

/** The form that is stored and answered: canonical texts, and the lists, being sets, in order and without repeats. */
export function canonicalDocument<K extends Kind>(kind: K, document: Documents[K]): Documents[K] {
  return homeOf<Documents[K]>(kind).sort(spellDocument(kind, document));
}
