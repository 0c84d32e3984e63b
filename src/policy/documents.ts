// The intent as people write it: one zod schema per kind of object. REST bodies, `apply` files, the OpenAPI document
// and the state database all speak these shapes. What a kind is stands in kinds/KIND.ts.

import type { z } from 'zod';
import { homeOf, kindHomes } from './kinds/all.ts';
import { sortLabels } from './kinds/labels.ts';
import type { Kind } from './kinds/names.ts';
import { withoutUndefined } from './kinds/spelling.ts';

type Schemas = { readonly [K in Kind]: (typeof kindHomes)[K]['schema'] };

export const documentSchemas = Object.fromEntries(
  Object.entries(kindHomes).map(([kind, { schema }]) => [kind, schema]),
) as Schemas;

export type Documents = { readonly [K in Kind]: z.infer<Schemas[K]> };

/** All documents, each kind by name. */
export type DocumentSet = { readonly [K in Kind]: ReadonlyMap<string, Documents[K]> };

/** Every address in its canonical text; lists keep their order, so JSON pointers into the document stay true. */
export function spellDocument<K extends Kind>(kind: K, document: Documents[K]): Documents[K] {
  return withoutUndefined(homeOf<Documents[K]>(kind).spell(document));
}

/** The form that is stored and answered: canonical texts, and the lists, being sets, in order and without repeats. */
export function canonicalDocument<K extends Kind>(kind: K, document: Documents[K]): Documents[K] {
  return sortLabels(homeOf<Documents[K]>(kind).sort(spellDocument(kind, document)));
}
