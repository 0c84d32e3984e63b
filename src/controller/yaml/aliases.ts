// What aliases and merge keys may do: lead to something, not to themselves, and not to a document beyond all measure.

import { type Document, isAlias, isCollection, isMap, isPair, isSeq } from 'yaml';
import { isMergeKey, resolved, targetOf } from './locate.ts';

export interface AliasProblem {
  readonly offset: number | undefined;
  readonly message: string;
}

/** Values that a document may have when every alias is replaced by what it stands for. */
const maxExpanded = 300_000;

/** The first thing that is wrong with the aliases; none: the document can be made into plain data. */
export function checkAliases(document: Document): readonly AliasProblem[] {
  const sizes = new Map<object, number>();
  const open = new Set<object>();
  const problems: AliasProblem[] = [];
  const complain = (node: { range?: readonly number[] | null | undefined }, message: string): number => {
    problems.push({ offset: node.range?.[0], message });
    return 1;
  };

  /** How many values a node stands for. */
  const measure = (node: unknown): number => {
    if (isAlias(node)) {
      const source = targetOf(document, node);
      if (!source) return complain(node, `no anchor "${node.source}" before this alias`);
      if (open.has(source)) return complain(node, `the alias "${node.source}" stands for what it is in`);
      return measure(source);
    }
    if (isPair(node)) {
      const value = resolved(document, node.value);
      const sources = isSeq(value) ? value.items.map(item => resolved(document, item)) : [value];
      if (isMergeKey(node.key) && !sources.every(isMap)) {
        // What no anchor is before is told by the alias itself.
        const known = sources.every(source => source !== undefined);
        if (known) complain(node.key as object, 'the merge key "<<" takes a mapping, or a list of mappings');
      }
      return measure(node.key) + measure(node.value);
    }
    if (!isCollection(node)) return 1;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    open.add(node);
    let size = 1;
    for (const item of node.items) size += measure(item);
    open.delete(node);
    sizes.set(node, size);
    return size;
  };
  const size = measure(document.contents);
  if (problems.length === 0 && size > maxExpanded)
    problems.push({ offset: 0, message: `with its aliases replaced it has more than ${maxExpanded} values` });
  return problems;
}
