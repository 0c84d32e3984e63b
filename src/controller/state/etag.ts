// Entity tags (RFC 9110 section 8.8.3). The id is part of the tag, so that an object which was deleted and made
// again never looks like the one before.

/** `*`, or the tags listed, quotes included. */
export type EtagCondition = '*' | readonly string[];

/** A strong entity tag, quotes included. */
export function formatEtag(id: number, revision: number): string {
  return `"${id}-${revision}"`;
}

/**
 * Parses If-Match or If-None-Match (RFC 9110 section 13.1).
 * @returns undefined when the text is neither `*` nor a list of entity tags
 */
export function parseEtagCondition(text: string): EtagCondition | undefined {
  if (text.trim() === '*') return '*';
  const tags = text.split(',').map(tag => tag.trim());
  return tags.every(tag => /^(W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.test(tag)) ? tags : undefined;
}

/** Strong comparison, for writes: a weak tag matches nothing. `etag` is undefined when there is no object. */
export function matchesStrong(condition: EtagCondition, etag: string | undefined): boolean {
  if (etag === undefined) return false;
  return condition === '*' || condition.includes(etag);
}

/** Weak comparison, for If-None-Match. */
export function matchesWeak(condition: EtagCondition, etag: string | undefined): boolean {
  if (etag === undefined) return false;
  return condition === '*' || condition.some(tag => tag.replace(/^W\//, '') === etag);
}
