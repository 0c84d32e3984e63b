// Every wait ends: after a time, or when the caller's signal says so. An AbortController for each call would say it as
// well, but it costs as much as all the rest of a call.

import { setMaxListeners } from 'node:events';

/** What a timer can wait at most, ms: some 25 days. Beyond, it would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** The end of one call, which may consist of several waits, one after the other. */
export class Deadline {
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#end(this.#signal?.reason);
  readonly #endsAt: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #over: { readonly reason: unknown } | undefined;
  #onOver: ((reason: unknown) => void) | undefined;

  /**
   * @param timeout ms; undefined, and what no timer can wait, leaves it to the signal alone
   * @throws RangeError if the timeout is no number
   */
  constructor(timeout: number | undefined, signal?: AbortSignal) {
    if (Number.isNaN(timeout)) throw new RangeError('a timeout must be a number of milliseconds');
    this.#signal = signal;
    this.#endsAt = timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout;
    const onTimeout = (): void => this.#end(new Error(`no answer within ${timeout} ms`));
    if (signal?.aborted) this.#onAbort();
    else if (timeout !== undefined && timeout <= 0) onTimeout();
    if (this.#over) return;
    if (timeout !== undefined && timeout <= longestTimer) this.#timer = setTimeout(onTimeout, timeout);
    if (!signal) return;
    // Any number of calls may share a signal; each takes its listener away when it ends.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Why it is over; undefined before. */
  get over(): { readonly reason: unknown } | undefined {
    return this.#over;
  }

  /** What is left, ms. */
  get left(): number {
    return this.#over ? 0 : Math.max(0, this.#endsAt - performance.now());
  }

  /** Calls back when it is over, as long as `leave` is not called. It must not be over yet, and nobody else wait. */
  wait(onOver: (reason: unknown) => void): void {
    this.#onOver = onOver;
  }

  /** Ends a wait. */
  leave(): void {
    this.#onOver = undefined;
  }

  /** Must be called when the call is over: the timer would keep the process alive. */
  clear(): void {
    this.#onOver = undefined;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  #end(reason: unknown): void {
    const onOver = this.#onOver;
    this.#over ??= { reason };
    this.clear();
    onOver?.(reason);
  }
}
