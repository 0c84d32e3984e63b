// Polling with a deadline, for what a daemon does in its own time.

import { setTimeout as sleep } from 'node:timers/promises';

/** Thrown by an attempt when waiting longer cannot help, such as on a daemon that has ended. */
export class Hopeless extends Error {}

export interface EventuallyOptions {
  /** Milliseconds until it counts as failed. */
  readonly timeout?: number;
  /** Milliseconds between two tries. */
  readonly interval?: number;
  /** What is awaited, for the message of the failure. */
  readonly what?: string;
}

/**
 * Calls `attempt` until it returns something other than `false`, `null` or `undefined`, and returns that. A throw counts
 * as "not yet", except `Hopeless`; the last one becomes the cause of the failure.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeout = 10_000, interval = 50, what = 'the condition' }: EventuallyOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeout;
  let cause: unknown;
  for (;;) {
    try {
      const value = await attempt();
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>;
      }
      cause = undefined;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      cause = error;
    }
    if (performance.now() >= deadline) {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`gave up after ${timeout} ms waiting for ${what}${why}`, { cause });
    }
    await sleep(interval);
  }
}
