// Nodes of a YAML document by the path that its plain data has: through aliases, and through merge keys.

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
} from 'yaml';
import type { DocumentPath } from './problem.ts';

/** What an alias stands for; anything else is itself. */
export function resolved(document: Document, found: unknown): Node | undefined {
  if (!isNode(found)) return undefined;
  return isAlias(found) ? targetOf(document, found) : found;
}

const targets = new WeakMap<Document, ReadonlyMap<Alias, Node | undefined>>();

/** The last node before the alias that has its anchor. All are found in one walk: to look for each alone is a walk each. */
export function targetOf(document: Document, alias: Alias): Node | undefined {
  let known = targets.get(document);
  if (!known) {
    known = findTargets(document);
    targets.set(document, known);
  }
  return known.get(alias);
}

function findTargets(document: Document): ReadonlyMap<Alias, Node | undefined> {
  const found = new Map<Alias, Node | undefined>();
  const anchors = new Map<string, Node>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) found.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return found;
}

/** Whether the key of a pair is that of a merge (https://yaml.org/type/merge.html): to the parser it is a symbol. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && typeof key.value === 'symbol' && key.value.description === '<<';
}

/** The value under `path`, or the nearest thing around it that the text has. */
export function valueAt(document: Document, path: DocumentPath): Node | undefined {
  let nearest = document.contents ?? undefined;
  for (const step of path) {
    const inner = childOf(document, nearest, step);
    if (inner === undefined) return nearest;
    nearest = inner;
  }
  return nearest;
}

/** The key that ends `path`. */
export function keyAt(document: Document, path: DocumentPath): Node | undefined {
  const parent = resolved(document, nodeAt(document, path.slice(0, -1)));
  const key = isMap(parent) ? pairOf(document, parent, path.at(-1))?.key : undefined;
  return isNode(key) ? key : undefined;
}

function nodeAt(document: Document, path: DocumentPath): Node | undefined {
  return path.reduce<Node | undefined>((node, step) => childOf(document, node, step), document.contents ?? undefined);
}

function childOf(document: Document, node: Node | undefined, step: string | number): Node | undefined {
  const parent = resolved(document, node);
  const child = isSeq(parent)
    ? parent.items[Number(step)]
    : isMap(parent)
      ? pairOf(document, parent, step)?.value
      : undefined;
  return isNode(child) ? child : undefined;
}

/** The pair of a key: the mapping's own first, then those that it merges, in their order. */
function pairOf(document: Document, map: YAMLMap, key: string | number | undefined): Pair | undefined {
  const own = map.items.find(pair => isScalar(pair.key) && String(pair.key.value) === String(key));
  if (own) return own;
  for (const merge of map.items.filter(pair => isMergeKey(pair.key))) {
    const value = resolved(document, merge.value);
    for (const source of isSeq(value) ? value.items : [value]) {
      const merged = resolved(document, source);
      const pair = isMap(merged) ? pairOf(document, merged, key) : undefined;
      if (pair) return pair;
    }
  }
  return undefined;
}
