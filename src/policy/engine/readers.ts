// Who asked for what. Most is asked for by one alone, or by a few: no set is made for those.

import type { Instance } from './instance.ts';

export type Readers = Map<string, Instance | readonly Instance[] | Set<Instance>>;

/** So many a list is looked through for. */
const few = 8;

export function addReader(readers: Readers, key: string, instance: Instance): void {
  const there = readers.get(key);
  if (there === undefined) readers.set(key, instance);
  else if (there instanceof Set) there.add(instance);
  else {
    const some = listOf(there);
    // Copied, as a list that grows takes room for more than it has.
    if (!some.includes(instance))
      readers.set(key, some.length < few ? some.concat(instance) : new Set([...some, instance]));
  }
}

export function removeReader(readers: Readers, key: string, instance: Instance): void {
  const there = readers.get(key);
  if (there === undefined) return;
  if (there instanceof Set) {
    if (there.delete(instance) && there.size === 0) readers.delete(key);
    return;
  }
  const left = listOf(there).filter(one => one !== instance);
  const [first] = left;
  if (first === undefined) readers.delete(key);
  else readers.set(key, left.length === 1 ? first : left);
}

export function eachReader(readers: Readers | undefined, key: string, visit: (instance: Instance) => void): void {
  const there = readers?.get(key);
  if (there instanceof Set) for (const instance of there) visit(instance);
  else if (there !== undefined) for (const instance of listOf(there)) visit(instance);
}

function listOf(there: Instance | readonly Instance[]): readonly Instance[] {
  return Array.isArray(there) ? there : [there as Instance];
}
