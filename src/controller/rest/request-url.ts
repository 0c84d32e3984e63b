// The request target as it may be written down: URLs end up in logs and in answers, and people put secrets into them.

/** The query parameters that some route has; anything else could be a secret. */
const known = new Set(['limit', 'after', 'wait', 'timeout', 'dryRun', 'selector', 'allocations']);

/** The target without authority, user and unknown query parameters. */
export function shownUrl(target: string): string {
  const { path: given, query } = splitTarget(target);
  const path = asUri(given);
  if (query === undefined) return path;
  const pairs = [...new URLSearchParams(query)];
  const shown = pairs
    .filter(([name]) => known.has(name))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  if (shown.length < pairs.length) shown.push('...');
  return `${path}?${shown.join('&')}`;
}

/** Escapes what RFC 3986 has no place for in a path: it names the request in a problem document. */
function asUri(path: string): string {
  return path
    .replace(/%(?![0-9a-fA-F]{2})/g, '%25')
    .replace(/[^!$&'()*+,;=:@/%A-Za-z0-9._~-]/g, character => `%${Buffer.from(character, 'latin1').toString('hex')}`);
}

/** Whether the query carries a bearer token (RFC 6750 section 2.3), which nothing here ever takes. */
export function hasTokenInQuery(target: string): boolean {
  const names = new URLSearchParams(splitTarget(target).query ?? '').keys();
  return [...names].some(name => name.toLowerCase() === 'access_token');
}

export interface Target {
  /** Of the absolute form (RFC 9112 section 3.2.2). */
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string | undefined;
}

export function splitTarget(target: string): Target {
  const [, authority, rest = target] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target) ?? [];
  const end = rest.search(/[?#]/);
  const path = end < 0 ? rest : rest.slice(0, end);
  const query = end < 0 || rest[end] === '#' ? undefined : rest.slice(end + 1);
  // `http://host?query` asks for the root.
  return {
    authority: authority?.replace(/^.*@/, ''),
    path: path === '' && authority !== undefined ? '/' : path,
    query,
  };
}
