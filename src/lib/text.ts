// Texts: which can be kept, and how names stand in a sentence. OVSDB keeps UTF-8, and ovsdb-server ends the connection that brings anything else.

/** With the flag u, a surrogate that is one of a pair is part of another character. */
const unstorable = /[\0\p{Surrogate}]/u;

/**
 * Why no OVSDB database can hold the text; undefined when it can. U+0000 ends a string there (OVS lib/json.c,
 * json_lex_4hex), and half of a surrogate pair is no character, so UTF-8 has nothing for it (RFC 3629 section 3).
 */
export function whyUnstorable(text: string): string | undefined {
  const found = unstorable.exec(text)?.[0];
  if (found === undefined) return undefined;
  if (found === '\0') return 'holds U+0000, which cannot be stored';
  return `holds half of a surrogate pair (U+${found.charCodeAt(0).toString(16).toUpperCase()}), which is no character`;
}

/** In a sentence, each once. */
export function listed(names: Iterable<string>): string {
  return [...new Set(names)].join(', ') || 'none';
}
