// Who asked for what. Most is asked for by one alone, or by a few: no set is made for those.

import { type Few, listOf, withOne, withoutOne } from './few.ts';
import type { Instance } from './instance.ts';

export type Readers = Few<Instance> | Set<Instance>;

/** So many a list is copied for. */
const few = 64;

/** @param instance one that is not among them */
export function withReader(readers: Readers, instance: Instance): Readers {
  if (readers instanceof Set) return readers.add(instance);
  if (Array.isArray(readers) && readers.length >= few) return new Set([...readers, instance]);
  return withOne<Instance>(readers, instance);
}

export function withoutReader(readers: Readers, instance: Instance): Readers {
  if (!(readers instanceof Set)) return withoutOne<Instance>(readers, instance);
  readers.delete(instance);
  return readers.size > 0 ? readers : undefined;
}

export function eachReader(readers: Readers, visit: (instance: Instance) => void): void {
  for (const instance of readers instanceof Set ? readers : listOf(readers)) visit(instance);
}
