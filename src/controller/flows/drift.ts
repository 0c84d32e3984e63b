// What others have changed of ours: counted, and told once for a burst of it.

import { cookieOf } from './sealed-parts.ts';

export interface Drift {
  readonly flows: number;
  readonly groups: number;
  readonly meters: number;
  /** Of the flows, as hexadecimal text; the first of them. */
  readonly cookies: readonly string[];
}

/** A burst is told this long after its first change, ms: often enough for a second, seldom enough for a war with another controller. */
const burst = 50;
const maxCookies = 20;

export class DriftCounter {
  #total = 0;
  #flows = 0;
  #groups = 0;
  #meters = 0;
  readonly #cookies = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  readonly #onBurst: (drift: Drift) => void;

  constructor(onBurst: (drift: Drift) => void) {
    this.#onBurst = onBurst;
  }

  /** Flows, groups and meters since the start. */
  get total(): number {
    return this.#total;
  }

  /** @param content what is, or was there of ours */
  flow(content: string | undefined): void {
    this.#flows++;
    if (content !== undefined && this.#cookies.size < maxCookies)
      this.#cookies.add(`0x${cookieOf(content).toString(16)}`);
    this.#note();
  }

  group(): void {
    this.#groups++;
    this.#note();
  }

  meter(): void {
    this.#meters++;
    this.#note();
  }

  #note(): void {
    this.#total++;
    this.#timer ??= setTimeout(() => this.#tell(), burst).unref();
  }

  #tell(): void {
    const drift = { flows: this.#flows, groups: this.#groups, meters: this.#meters, cookies: [...this.#cookies] };
    this.#timer = undefined;
    this.#flows = this.#groups = this.#meters = 0;
    this.#cookies.clear();
    this.#onBurst(drift);
  }
}
