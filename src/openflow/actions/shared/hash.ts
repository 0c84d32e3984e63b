// What multipath and bundle have in common: a choice by a hash (OVS lib/multipath.c, lib/bundle.c).

import { cut, type Piece, unexpected } from '../../text/parse/cursor.ts';

/** By NX_HASH_FIELDS_* number. */
export const hashFields = [
  'eth_src',
  'symmetric_l4',
  'symmetric_l3l4',
  'symmetric_l3l4+udp',
  'nw_src',
  'nw_dst',
  'symmetric_l3',
] as const;

/** Which fields a hash takes (NX_HASH_FIELDS_*), or a number OVS does not know. */
export type HashFields = (typeof hashFields)[number] | number;

/** A name, or what OVS prints for a number that has none. */
export function nameText(name: string | number): string {
  return typeof name === 'number' ? '<unknown>' : name;
}

/** The next word of a text: what stands between any of `separators`, as C's strtok_r(); undefined at the end. */
export type NextWord = (separators: string) => Piece | undefined;

export function wordsOf(text: Piece): NextWord {
  let at = 0;
  return separators => {
    const isSeparator = (index: number) => separators.includes(text.text.charAt(index));
    while (at < text.text.length && isSeparator(at)) at++;
    const start = at;
    while (at < text.text.length && !isSeparator(at)) at++;
    return at === start ? undefined : cut(text, start, at++);
  };
}

export function word<T extends string>(text: Piece | undefined, whole: Piece, names: readonly T[]): T {
  const where = text ?? cut(whole, whole.text.length);
  const name = names.find(known => known === where.text.toLowerCase());
  if (!name) throw unexpected(where, `one of ${names.join(', ')}`);
  return name;
}

export function wanted(text: Piece | undefined, whole: Piece, what: string): Piece {
  if (!text) throw unexpected(cut(whole, whole.text.length), what);
  return text;
}
