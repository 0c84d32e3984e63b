// From a case on which model and switch disagree to the smallest that still does: fewer packets, then fewer objects, then fewer
// details in them.

import type { Objects } from '../fixtures/demo-intent.ts';
import type { Sighting } from '../model/verdict.ts';
import type { Case } from './case.ts';
import { type Disagreement, runCase } from './run-case.ts';
import type { Stage } from './stage.ts';

export interface Found {
  readonly given: Case;
  readonly sightings: readonly Sighting[];
  readonly disagreement: Disagreement;
}

/** A step is kept while any disagreement is left, not just the first one: the smallest case is what counts. */
export async function shrink(stage: Stage, found: Found, maxRuns = 400): Promise<Found> {
  let best = found;
  let runs = 0;
  const keeps = async (given: Case, sightings: readonly Sighting[]): Promise<boolean> => {
    if (runs++ >= maxRuns) return false;
    const queue = [...sightings];
    const { disagreement, sightings: sent } = await runCase(stage, given, () => queue.shift());
    if (disagreement) best = { given, sightings: sent, disagreement };
    return disagreement !== undefined;
  };
  // Those before the last have a part in it only by the connections they opened.
  for (let size = Math.ceil(best.sightings.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < best.sightings.length; ) {
      const { sightings } = best;
      const fewer = [...sightings.slice(0, from), ...sightings.slice(from + size)];
      if (fewer.length === 0 || !(await keeps(best.given, fewer))) from += size;
    }
  for (let progress = true; progress && runs < maxRuns; ) {
    progress = false;
    for (const objects of smallerObjects(best.given.objects))
      if (await keeps({ ...best.given, objects }, best.sightings)) {
        progress = true;
        break;
      }
  }
  return best;
}

/** Each with one object less, or one entry of a list in it. */
function* smallerObjects(objects: Objects): Generator<Objects> {
  for (const [kind, list] of Object.entries(objects)) {
    for (const [i, object] of list.entries()) {
      yield { ...objects, [kind]: list.filter((_, j) => j !== i) };
      for (const [key, value] of Object.entries(object as Record<string, unknown>)) {
        if (!Array.isArray(value)) continue;
        for (const j of value.keys()) {
          const shorter = { ...(object as object), [key]: value.filter((_, k) => k !== j) };
          yield { ...objects, [kind]: list.map((other, k) => (k === i ? shorter : other)) };
        }
      }
    }
  }
}
