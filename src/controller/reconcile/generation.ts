// Who waits for which generation of the intent to be on the switch.

import { PointsmanError } from '../../lib/errors.ts';

/** Thrown to a waiter when its signal fires before the generation is installed. */
export class NotInstalledError extends PointsmanError<'NOT_INSTALLED'> {
  constructor(generation: number, cause: unknown) {
    super('NOT_INSTALLED', `generation ${generation} is stored, but not on the switch yet`, { cause });
  }
}

export class InstalledGeneration {
  #installed = 0;
  readonly #waiters = new Set<{ readonly generation: number; readonly resolve: () => void }>();

  get installed(): number {
    return this.#installed;
  }

  advance(generation: number): void {
    this.#installed = generation;
    for (const waiter of this.#waiters) {
      if (waiter.generation > generation) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Resolves when `generation` or a later one is installed. @throws NotInstalledError when `signal` fires first */
  wait(generation: number, signal: AbortSignal): Promise<void> {
    if (this.#installed >= generation) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiters.delete(waiter);
        reject(new NotInstalledError(generation, signal.reason));
      };
      const waiter = {
        generation,
        resolve: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      if (signal.aborted) return giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiters.add(waiter);
    });
  }
}
