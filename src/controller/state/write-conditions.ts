// If-Match and If-None-Match, and the tags that they are about.

import type { Kind } from '../../policy/kinds/names.ts';
import { PreconditionFailed } from './errors.ts';
import { type EtagCondition, formatEtag, matchesStrong, matchesWeak } from './etag.ts';
import type { StoredObject } from './view.ts';

export interface WriteConditions {
  readonly ifMatch?: EtagCondition | undefined;
  readonly ifNoneMatch?: EtagCondition | undefined;
}

export function etagOf(object: StoredObject): string {
  return formatEtag(object.id, object.revision);
}

/** @throws PreconditionFailed */
export function checkConditions(
  kind: Kind,
  name: string,
  current: StoredObject | undefined,
  { ifMatch, ifNoneMatch }: WriteConditions,
): void {
  const etag = current && etagOf(current);
  if (ifMatch !== undefined && !matchesStrong(ifMatch, etag)) throw new PreconditionFailed(kind, name, etag);
  if (ifNoneMatch !== undefined && matchesWeak(ifNoneMatch, etag)) throw new PreconditionFailed(kind, name, etag);
}
