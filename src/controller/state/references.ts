// Which field of which kind names an object of which other kind: what a delete must ask about.

import type { DocumentSet, Documents, Kind } from '../../policy/documents.ts';
import { kinds } from '../../policy/documents.ts';

export interface Reference {
  /** JSON pointer of the field that refers. */
  readonly pointer: string;
  readonly kind: Kind;
  readonly name: string;
}

/** An object that stands in the way of a delete. */
export interface Referrer {
  readonly kind: Kind;
  readonly name: string;
  /** JSON pointer of its field that refers. */
  readonly pointer: string;
}

type Finders = { readonly [K in Kind]: (document: Documents[K]) => readonly Reference[] };

const finders: Finders = {
  tenants: () => [],
  vnis: document => [{ pointer: '/tenant', kind: 'tenants', name: document.tenant }],
  interfaces: document => [
    ...(document.tenant === undefined
      ? []
      : [{ pointer: '/tenant', kind: 'tenants', name: document.tenant } satisfies Reference]),
    ...(document.attachment.type === 'vni'
      ? [{ pointer: '/attachment/vni', kind: 'vnis', name: document.attachment.vni } satisfies Reference]
      : []),
  ],
  ports: document => [{ pointer: '/interface', kind: 'interfaces', name: document.interface }],
  routes: document => [
    { pointer: '/tenant', kind: 'tenants', name: document.tenant },
    { pointer: '/interface', kind: 'interfaces', name: document.interface },
  ],
  'nat-pools': document => [{ pointer: '/interface', kind: 'interfaces', name: document.interface }],
  'nat-rules': document => [
    { pointer: '/tenant', kind: 'tenants', name: document.tenant },
    { pointer: '/pool', kind: 'nat-pools', name: document.pool },
  ],
};

function referencesOf<K extends Kind>(kind: K, document: Documents[K]): readonly Reference[] {
  const find: Finders[K] = finders[kind];
  return find(document);
}

function referrersIn<K extends Kind>(documents: DocumentSet, from: K, kind: Kind, name: string): readonly Referrer[] {
  const of: ReadonlyMap<string, Documents[K]> = documents[from];
  return [...of].flatMap(([referrer, document]) =>
    referencesOf(from, document)
      .filter(reference => reference.kind === kind && reference.name === name)
      .map(({ pointer }) => ({ kind: from, name: referrer, pointer })),
  );
}

/** Everything that names the object. */
export function findReferrers(documents: DocumentSet, kind: Kind, name: string): readonly Referrer[] {
  return kinds.flatMap(from => referrersIn(documents, from, kind, name));
}
