// How much of the NAT pools is given out: of the state, the switch is not asked.

import type { Program } from '../../policy/engine/program.ts';
import { natChunks } from '../../policy/facts/objects.ts';
import type { StateView } from '../state/view.ts';
import { fillOf } from './pool-fill.ts';

/** In chunks. */
export interface PoolCounter {
  readonly pool: string;
  readonly all: number;
  /** Somebody's, at any node, or resting. Of an address that pools share, whichever of them gave it. */
  readonly taken: number;
  /** Of this pool, at this node. */
  readonly here: number;
  /** Ports in a chunk. */
  readonly chunkSize: number;
}

/** In order of name. */
export function countPools(
  view: Pick<StateView, 'documents' | 'chunksOn' | 'retiredOn'>,
  program: Program,
): readonly PoolCounter[] {
  const here = new Map<string, number>();
  for (const { pool, site } of program.rows(natChunks))
    if (site.kind === 'here') here.set(pool, (here.get(pool) ?? 0) + 1);
  return [...view.documents['nat-pools'].values()].map(document => ({
    pool: document.name,
    ...fillOf(document, view),
    here: here.get(document.name) ?? 0,
    chunkSize: document.chunkSize,
  }));
}
