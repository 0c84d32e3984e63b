// From a cookie back to the object that it names.

import type { CookieParts } from '../../policy/cookies.ts';
import type { Kind } from '../../policy/documents.ts';
import type { Intent } from '../../policy/model.ts';

export interface ObjectReference {
  readonly kind: Kind;
  readonly name: string;
  /** Its path in the REST API. */
  readonly href: string;
}

/** Undefined for the pipeline's own flows, and for an object that is gone. */
export function objectOf(intent: Intent, { kind, id }: CookieParts): ObjectReference | undefined {
  if (kind === 'system') return undefined;
  const objects = {
    tenants: intent.tenants,
    vnis: intent.vnis,
    interfaces: intent.interfaces,
    ports: intent.ports,
    routes: intent.routes,
    'nat-pools': intent.natPools,
    'nat-rules': intent.natRules,
  }[kind];
  const found = objects.find(object => object.id === id);
  return found && { kind, name: found.name, href: `/v1/${kind}/${encodeURIComponent(found.name)}` };
}
