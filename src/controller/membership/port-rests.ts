// For how long ranges of ports rest still. What is seen to begin its rest is timed by this machine's own steady clock; only
// for what rested already when this process first looked is the time that was written down compared with the clock on the
// wall. Pure: the time comes with each question.

import type { RetiredRow } from '../state/retired-numbers.ts';

type Resting = Pick<RetiredRow, 'freed' | 'rest'>;

/** Both in ms. */
export interface Clocks {
  /** Of performance.now: goes on whatever is done to the clock. */
  readonly steady: number;
  /** Since 1970. */
  readonly wall: number;
}

export class PortRests<Row extends Resting> {
  /** When each has rested, by the steady clock; undefined before the first look. */
  #ends: ReadonlyMap<Row, number> | undefined;

  /** Takes note of what rests now. */
  observe(rows: readonly Row[], { steady, wall }: Clocks): void {
    const before = this.#ends;
    this.#ends = new Map(
      rows.map(row => {
        const whole = row.rest * 1000;
        // A clock that says that it has not begun yet, says nothing.
        const rested = before ? 0 : Math.max(0, Math.min(whole, wall - row.freed));
        return [row, before?.get(row) ?? steady + whole - rested];
      }),
    );
  }

  rested(steady: number): ReadonlySet<Row> {
    return new Set([...(this.#ends ?? [])].filter(([, end]) => end <= steady).map(([row]) => row));
  }

  /** How long until the next has rested, ms; undefined: none rests. */
  next(steady: number): number | undefined {
    const left = [...(this.#ends ?? [])].map(([, end]) => Math.max(0, end - steady));
    return left.length === 0 ? undefined : Math.min(...left);
  }
}
