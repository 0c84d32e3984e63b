// Work that can be interrupted: a generator that yields wherever somebody else may have a turn.

import { setImmediate as turn } from 'node:timers/promises';

export type Steps<T> = Generator<void, T, void>;

/** All of it, with nobody else in between. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** How long others wait at most, ms, as long as no step takes longer. */
const sliceTime = 10;

/**
 * The event loop turns whenever the work has taken `sliceTime`; what takes less is done before this returns.
 * @param now a clock, ms
 */
export async function inSlices<T>(steps: Steps<T>, now: () => number = () => performance.now()): Promise<T> {
  for (;;) {
    const until = now() + sliceTime;
    do {
      const { done, value } = steps.next();
      if (done) return value;
    } while (now() < until);
    await turn();
  }
}

export function* inOneStep<T>(work: () => T): Steps<T> {
  yield;
  return work();
}
