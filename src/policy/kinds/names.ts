// The kinds of objects in order: that in which references allow to create them, and in which of two who want the same the
// first has it.

export const kinds = [
  'tenants',
  'vnis',
  'interfaces',
  'ports',
  'routes',
  'nat-pools',
  'nat-rules',
  'static-nats',
  'port-forwards',
] as const;

/** By its name in URLs and files. */
export type Kind = (typeof kinds)[number];

const ranks = Object.fromEntries(kinds.map((kind, i) => [kind, String(i).padStart(2, '0')])) as Record<Kind, string>;

/** Its place among the kinds, as text that sorts like it. */
export function kindRank(kind: Kind): string {
  return ranks[kind];
}
