// Who asked for what. Most is asked for by one alone, and then no set is made.

import type { Instance } from './instance.ts';

export type Readers = Map<string, Instance | Set<Instance>>;

export function addReader(readers: Readers, key: string, instance: Instance): void {
  const there = readers.get(key);
  if (there === undefined) readers.set(key, instance);
  else if (there instanceof Set) there.add(instance);
  else if (there !== instance) readers.set(key, new Set([there, instance]));
}

export function removeReader(readers: Readers, key: string, instance: Instance): void {
  const there = readers.get(key);
  if (there === instance) readers.delete(key);
  else if (there instanceof Set && there.delete(instance) && there.size === 0) readers.delete(key);
}

export function eachReader(readers: Readers | undefined, key: string, visit: (instance: Instance) => void): void {
  const there = readers?.get(key);
  if (there instanceof Set) for (const instance of there) visit(instance);
  else if (there !== undefined) visit(there);
}
