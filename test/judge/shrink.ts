// From a case on which model and switch disagree to the smallest that still does: fewer changes, then fewer packets, then fewer
// objects, then fewer details in them.

import type { Objects } from '../fixtures/demo-intent.ts';
import type { Sighting } from '../model/verdict.ts';
import type { Case } from './case.ts';
import { type Disagreement, runCase } from './run-case.ts';
import { type ChangesResult, type NextTurn, runChanges, type Turn } from './run-changes.ts';
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

/** The same of changes: each turn is a whole case, so that any may be left out. */
export async function shrinkChanges(stage: Stage, found: ChangesResult, maxRuns = 200): Promise<ChangesResult> {
  let best = found;
  let runs = 0;
  const keeps = async (turns: readonly Turn[]): Promise<boolean> => {
    if (runs++ >= maxRuns) return false;
    const result = await runChanges(stage, replayed(turns));
    if (result.found) best = result;
    return result.found !== undefined;
  };
  for (let i = 0; i < best.turns.length; ) {
    const { turns } = best;
    if (turns.length === 1 || !(await keeps([...turns.slice(0, i), ...turns.slice(i + 1)]))) i++;
  }
  for (let i = 0; i < best.turns.length; i++)
    for (let size = best.turns[i]?.sightings.length ?? 0; size >= 1; size = Math.floor(size / 2))
      for (let from = 0; from < (best.turns[i]?.sightings.length ?? 0); ) {
        const fewer = best.turns.map((turn, j) => {
          const { sightings } = turn;
          return j === i
            ? { ...turn, sightings: [...sightings.slice(0, from), ...sightings.slice(from + size)] }
            : turn;
        });
        if (!(await keeps(fewer))) from += size;
      }
  for (let progress = true; progress && runs < maxRuns; ) {
    progress = false;
    const keys = best.turns.flatMap(({ given: { objects } }) =>
      Object.entries(objects).flatMap(([kind, list]) => list.map(object => [kind, nameOf(object)] as const)),
    );
    for (const [kind, name] of new Map(keys.map(key => [key.join('/'), key])).values())
      if (await keeps(best.turns.map(turn => withoutObject(turn, kind, name)))) progress = true;
  }
  return best;
}

/** To be played again. */
export function replayed(turns: readonly Turn[]): () => NextTurn | undefined {
  const left = [...turns];
  return () => {
    const turn = left.shift();
    if (!turn) return undefined;
    const { sightings, ...about } = turn;
    const queue = [...sightings];
    return { ...about, next: () => queue.shift() };
  };
}

function nameOf(object: unknown): string {
  return String((object as { readonly name: unknown }).name);
}

function withoutObject(turn: Turn, kind: string, name: string): Turn {
  const { objects } = turn.given;
  const entries = Object.entries(objects).map(([of, list]) => [
    of,
    of === kind ? list.filter(object => nameOf(object) !== name) : list,
  ]);
  return { ...turn, given: { ...turn.given, objects: Object.fromEntries(entries) as Objects } };
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
