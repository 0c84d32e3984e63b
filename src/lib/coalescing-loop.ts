// Runs one piece of work at a time: as often as somebody asked since the last start, and again after a failure.
// Requests coalesce; none is lost.

import type { Logger } from './logger.ts';

export interface LoopOptions {
  /** What it does, for the log. */
  readonly name: string;
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
  /** Requests this close together make one run, ms. */
  readonly settle: number;
  /** Wait after a failure, ms; doubles up to `maxRetry`. */
  readonly minRetry: number;
  readonly maxRetry: number;
}

export class CoalescingLoop {
  readonly #options: LoopOptions;
  readonly #abort = new AbortController();
  #requested = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #retry: number;
  #lastError: string | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#retry = options.minRetry;
  }

  /** Why the last run failed; undefined when it did not. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Asks for a run that starts after now. */
  request(): void {
    if (this.#abort.signal.aborted) return;
    this.#requested = true;
    if (this.#running === undefined) this.#schedule(this.#options.settle);
  }

  /** Lets the run under way end, and starts no other. */
  async stop(): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    await this.#running;
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    const run = () => {
      this.#running = this.#run();
    };
    // A timer waits for a millisecond at least.
    if (delay === 0) this.#immediate = setImmediate(run);
    else this.#timer = setTimeout(run, delay);
  }

  async #run(): Promise<void> {
    this.#requested = false;
    let next: number | undefined;
    try {
      await this.#options.work(this.#abort.signal);
      this.#retry = this.#options.minRetry;
      this.#lastError = undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // The same again and again is no news.
      const level = why === this.#lastError ? 'debug' : 'warn';
      this.#lastError = why;
      const { name, logger } = this.#options;
      logger[level]({ err: error, retryInMs: this.#retry }, `${name} failed, will try again`);
      next = this.#retry;
      this.#retry = Math.min(this.#retry * 2, this.#options.maxRetry);
    }
    this.#running = undefined;
    if (this.#abort.signal.aborted) return;
    if (next !== undefined) this.#schedule(next);
    else if (this.#requested) this.#schedule(this.#options.settle);
  }
}
