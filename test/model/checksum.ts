// A checksum that follows a change of what it counts: right if it was right, and as wrong as it was.

/** RFC 1624, equation 3. */
export function adjusted(checksum: number, changes: readonly (readonly [before: number, after: number])[]): number {
  let sum = ~checksum & 0xffff;
  for (const [before, after] of changes) sum += (~before & 0xffff) + after;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
