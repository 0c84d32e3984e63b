// Who waits for which generation of the intent to be on the switch.

import { PointsmanError } from '../../lib/errors.ts';

/** Thrown to a waiter when its signal fires before the generation is installed. */
export class NotInstalledError extends PointsmanError<'NOT_INSTALLED'> {
  constructor(generation: number, cause: unknown) {
    super('NOT_INSTALLED', `generation ${generation} is stored, but not on the switch yet`, { cause });
  }
}

export class InstalledGeneration {
  #installed: number | undefined;
  #losses = 0;
  readonly #waiters = new Set<{ readonly generation: number; readonly resolve: () => void }>();

  /** What the switch holds; 0 while that is not known. */
  get installed(): number {
    return this.#installed ?? 0;
  }

  /** How often it was lost. */
  get losses(): number {
    return this.#losses;
  }

  /** Whether the switch holds this generation or a later one. */
  holds(generation: number): boolean {
    return this.#installed !== undefined && this.#installed >= generation;
  }

  /** What the switch holds is not known any more: it went away, or the state is another. */
  lose(): void {
    this.#installed = undefined;
    this.#losses++;
  }

  /** @returns whether the switch holds another generation than before */
  advance(generation: number): boolean {
    if (this.#installed === generation) return false;
    this.#installed = generation;
    for (const waiter of this.#waiters) {
      if (waiter.generation > generation) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
    return true;
  }

  /** Resolves when `generation` or a later one is installed. @throws NotInstalledError when `signal` fires first */
  wait(generation: number, signal: AbortSignal): Promise<void> {
    if (this.holds(generation)) return Promise.resolve();
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
