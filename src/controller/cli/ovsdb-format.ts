// Values and tables as ovsdb-client(1) prints them (OVS lib/ovsdb-data.c, lib/table.c).

import type { Atom, Value } from '../../ovsdb/index.ts';

/** Words that stand without quotes: they could be nothing else than strings. */
const plainWord = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const uuidLike = /^[0-9a-f]{8}-[0-9a-f]{4}-/i;

function formatAtom(atom: Atom, isUuid: boolean): string {
  if (typeof atom !== 'string' || isUuid) return String(atom);
  const isPlain = plainWord.test(atom) && !uuidLike.test(atom) && atom !== 'true' && atom !== 'false';
  return isPlain ? atom : JSON.stringify(atom);
}

/** `isUuid`: of the keys, and of a map's values. */
export function formatColumn(value: Value, isUuid: { readonly key: boolean; readonly value: boolean }): string {
  if (value === undefined) return '[]';
  if (value instanceof Map) {
    const pairs = [...value].map(([key, one]) => `${formatAtom(key, isUuid.key)}=${formatAtom(one, isUuid.value)}`);
    return `{${pairs.join(', ')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(atom => formatAtom(atom, isUuid.key)).join(', ')}]`;
  return formatAtom(value as Atom, isUuid.key);
}

/** Columns as wide as their widest cell, under their names. */
export function formatTable(names: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = names.map((name, i) => Math.max(name.length, ...rows.map(row => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(' ')
      .trimEnd();
  return [line(names), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)];
}
