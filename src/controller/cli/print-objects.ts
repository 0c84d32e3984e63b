// Objects as YAML, in documents that each can be read back.

import { stringify } from 'yaml';
import type { Kind } from '../../policy/kinds/names.ts';
import type { CliOutput } from './cli-error.ts';

/** Some objects of a kind. */
export interface Part {
  readonly key: string;
  readonly value: unknown;
}

/** What one document of a file may hold is some times that: `apply` reads them one at a time. */
const partLength = 256 * 1024;

export function partsOf(kind: Kind, objects: readonly unknown[]): readonly Part[] {
  const parts: { readonly key: string; readonly value: unknown[] }[] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const one of objects) {
    const own = JSON.stringify(one).length;
    const last = parts.at(-1);
    if (last && length + own <= partLength) last.value.push(one);
    else parts.push({ key: kind, value: [one] });
    length = last && length + own <= partLength ? length + own : own;
  }
  return parts;
}

/** Small kinds share a document. */
export function printYaml(parts: readonly Part[], output: CliOutput): void {
  let isFirst = true;
  let keys = new Set<string>();
  let length = 0;
  for (const { key, value } of parts) {
    const text = stringify({ [key]: value }, { aliasDuplicateObjects: false }).trimEnd();
    if (!isFirst && (keys.has(key) || length + text.length > partLength)) {
      output.out('---');
      keys = new Set();
      length = 0;
    }
    output.out(text);
    isFirst = false;
    keys.add(key);
    length += text.length;
  }
  if (isFirst) output.out('{}');
}
