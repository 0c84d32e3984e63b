// What a chunk plan has to look at when some uses change, and nothing else: their own chunks, and what else is taken on the
// addresses of their pools.

import type { DocumentSet } from '../../policy/documents.ts';
import { useKey } from '../../policy/facts/base.ts';
import type { ChunkGround, ChunkUse } from './chunk-plan.ts';
import type { StateView } from './view.ts';

export interface ChunkScope {
  /** Of the rules one for each use that there is, and the pools that these are of. */
  readonly documents: DocumentSet;
  readonly ground: ChunkGround;
}

/**
 * @param documents as they will be
 * @param uses each once; a use that no rule has any more loses its chunks
 * @param put names of rules that are written with them
 */
export function scopeOf(
  view: StateView,
  documents: DocumentSet,
  uses: Iterable<ChunkUse>,
  put: readonly string[] = [],
): ChunkScope {
  const rules = new Map<string, ReturnType<typeof ruleOf>>();
  const keys = new Set<string>();
  const poolNames = new Set<string>();
  function ruleOf(name: string, key: string) {
    const rule = documents['nat-rules'].get(name);
    return rule && useKey(rule) === key ? rule : undefined;
  }
  const ofPut = new Map(
    [...put].reverse().flatMap(name => {
      const rule = documents['nat-rules'].get(name);
      return rule ? [[useKey(rule), rule] as const] : [];
    }),
  );
  for (const use of uses) {
    const key = useKey(use);
    keys.add(key);
    poolNames.add(use.pool);
    let rule = ofPut.get(key);
    for (const name of view.rulesOf(key)) {
      if (rule) break;
      rule = ruleOf(name, key);
    }
    if (rule) rules.set(rule.name, rule);
  }
  const pools = new Map([...poolNames].flatMap(name => pairOf(name, documents['nat-pools'].get(name))));
  const standing = [...keys].flatMap(key => view.chunksOf(key));
  const addresses = new Set([
    ...standing.map(({ address }) => address),
    ...[...pools.values()].flatMap(pool => pool.addresses),
  ]);
  return {
    documents: { ...documents, 'nat-pools': pools, 'nat-rules': rules as DocumentSet['nat-rules'] },
    ground: {
      standing,
      retired: [...addresses].flatMap(address => view.retiredOn(address)),
      lastPorts: view.lastPorts,
      others: address => view.chunksOn(address).filter(chunk => !keys.has(useKey(chunk))),
    },
  };
}

function pairOf<Row>(name: string, row: Row | undefined): readonly (readonly [string, Row])[] {
  return row === undefined ? [] : [[name, row]];
}
