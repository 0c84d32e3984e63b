// Many cases, one after the other, on one switch: packets alone, or packets between changes.

import { Dice } from '../fixtures/dice.ts';
import { makeCase } from './make-case.ts';
import { makeChange } from './make-change.ts';
import { makeSighting } from './make-sighting.ts';
import { type NextSighting, runCase } from './run-case.ts';
import { type ChangesResult, type NextTurn, runChanges } from './run-changes.ts';
import { type Found, shrink, shrinkChanges } from './shrink.ts';
import type { Stage } from './stage.ts';

export interface CourtOptions {
  /** Of the first case; each further case has the next. */
  readonly seed: number;
  /** Intent–packet pairs. */
  readonly pairs: number;
  readonly packetsPerCase?: number;
  /** End at the first disagreement; else all are collected, up to ten. */
  readonly stopAtFirst?: boolean;
  /** Report what is found as it was found. */
  readonly noShrink?: boolean;
  readonly onProgress?: (pairs: number) => void;
  /** Told as it was found, and once more when it is small. */
  readonly onFound?: (seed: number, found: Found) => void;
}

export interface CourtResult {
  readonly pairs: number;
  readonly cases: number;
  readonly found: readonly { readonly seed: number; readonly found: Found }[];
}

const mostFound = 10;

export async function holdCourt(stage: Stage, options: CourtOptions): Promise<CourtResult> {
  const { packetsPerCase = 50 } = options;
  const found: { seed: number; found: Found }[] = [];
  let pairs = 0;
  let cases = 0;
  while (pairs < options.pairs && found.length < (options.stopAtFirst ? 1 : mostFound)) {
    const seed = options.seed + cases;
    const dice = new Dice(seed);
    const given = makeCase(dice);
    let left = packetsPerCase;
    const { sightings, disagreement } = await runCase(stage, given, (world, connections) =>
      left-- > 0 ? makeSighting({ world, connections, dice }) : undefined,
    );
    cases++;
    pairs += sightings.length;
    options.onProgress?.(pairs);
    if (!disagreement) continue;
    const whole = { given, sightings, disagreement };
    options.onFound?.(seed, whole);
    const each = options.noShrink ? whole : await shrink(stage, whole);
    if (each !== whole) options.onFound?.(seed, each);
    found.push({ seed, found: each });
  }
  return { pairs, cases, found };
}

export interface ChangesCourtOptions {
  /** Of the first case; each further case has the next. */
  readonly seed: number;
  readonly changes: number;
  /** End at the first disagreement; else all are collected, up to ten. */
  readonly stopAtFirst?: boolean;
  /** Report what is found as it was found. */
  readonly noShrink?: boolean;
  readonly onProgress?: (changes: number) => void;
  /** Told as it was found, and once more when it is small. */
  readonly onFound?: (seed: number, result: ChangesResult) => void;
}

export interface ChangesCourtResult {
  readonly pairs: number;
  readonly probes: number;
  readonly changes: number;
  readonly found: readonly { readonly seed: number; readonly result: ChangesResult }[];
}

const changesPerCase = 10;
const packetsPerChange = 20;

export async function holdChangesCourt(stage: Stage, options: ChangesCourtOptions): Promise<ChangesCourtResult> {
  const found: { seed: number; result: ChangesResult }[] = [];
  let [pairs, probes, changes] = [0, 0, 0];
  for (let seed = options.seed; changes < options.changes; seed++) {
    const result = await runChanges(stage, turnsByChance(new Dice(seed)));
    pairs += result.pairs;
    probes += result.probes;
    changes += result.turns.length - 1;
    options.onProgress?.(changes);
    if (!result.found) continue;
    options.onFound?.(seed, result);
    const each = options.noShrink ? result : await shrinkChanges(stage, result);
    if (each !== result) options.onFound?.(seed, each);
    found.push({ seed, result: each });
    if (found.length === (options.stopAtFirst ? 1 : mostFound)) break;
  }
  return { pairs, probes, changes, found };
}

function turnsByChance(dice: Dice): () => NextTurn | undefined {
  const first = makeCase(dice);
  let given = first;
  let turns = 0;
  return () => {
    if (turns > changesPerCase) return undefined;
    const change = turns++ === 0 ? { what: 'the first case', to: first } : makeChange(dice, given, first);
    given = change.to;
    let packets = packetsPerChange;
    const next: NextSighting = (world, connections) =>
      packets-- > 0 ? makeSighting({ world, connections, dice }) : undefined;
    return { what: change.what, given, ...(change.anew ? { anew: change.anew } : {}), next };
  };
}
