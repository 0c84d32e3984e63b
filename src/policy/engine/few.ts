// A list that mostly holds nothing or one thing: no list is made for those. There are very many of them.

export type Few<T> = T | readonly T[] | undefined;

/** Of things that are no lists themselves. */
export function listOf<T extends object>(few: Few<T>): readonly T[] {
  if (few === undefined) return none;
  return Array.isArray(few) ? few : [few as T];
}

export function fewOf<T extends object>(list: readonly T[]): Few<T> {
  // Copied: a list that has grown has room for more than it holds.
  return list.length > 1 ? list.slice() : list[0];
}

export function withOne<T extends object>(few: Few<T>, one: T): Few<T> {
  return few === undefined ? one : listOf(few).concat(one);
}

export function withoutOne<T extends object>(few: Few<T>, one: T): Few<T> {
  return few === one ? undefined : fewOf(listOf(few).filter(each => each !== one));
}

const none: readonly never[] = [];
