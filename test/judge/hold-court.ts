// Many cases, one after the other, on one switch: packets alone, or packets between changes.

import { Dice } from '../fixtures/dice.ts';
import { makeCase } from './make-case.ts';
import { makeSighting } from './make-sighting.ts';
import { runCase } from './run-case.ts';
import { type ChangesResult, runChanges } from './run-changes.ts';
import { type Found, shrink } from './shrink.ts';
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
    found.push({ seed, found: options.noShrink ? whole : await shrink(stage, whole) });
  }
  return { pairs, cases, found };
}

export interface ChangesCourtOptions {
  /** Of the first case; each further case has the next. */
  readonly seed: number;
  readonly changes: number;
  readonly onProgress?: (changes: number) => void;
}

export interface ChangesCourtResult {
  readonly pairs: number;
  readonly probes: number;
  readonly changes: number;
  /** The first that went wrong, and the seed of its case. */
  readonly found: { readonly seed: number; readonly result: ChangesResult } | undefined;
}

const changesPerCase = 10;
const packetsPerChange = 20;

export async function holdChangesCourt(stage: Stage, options: ChangesCourtOptions): Promise<ChangesCourtResult> {
  let [pairs, probes, changes] = [0, 0, 0];
  for (let seed = options.seed; changes < options.changes; seed++) {
    const dice = new Dice(seed);
    const result = await runChanges(stage, makeCase(dice), dice, { changes: changesPerCase, packetsPerChange });
    pairs += result.pairs;
    probes += result.probes;
    changes += result.changes.length;
    options.onProgress?.(changes);
    if (result.found) return { pairs, probes, changes, found: { seed, result } };
  }
  return { pairs, probes, changes, found: undefined };
}
