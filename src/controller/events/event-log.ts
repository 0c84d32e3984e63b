// The last events of this process, in memory: what happens again is counted, and moves to the end.

import type { Event, NewEvent } from './event.ts';

const capacity = 1_000;

export class EventLog {
  readonly #now: () => number;
  /** By what makes two of them the same; the newest last. */
  readonly #events = new Map<string, Event>();
  #last = 0;

  /** @param now ms since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  note({ severity, reason, object, message }: NewEvent): void {
    const key = JSON.stringify([object.kind, object.name, reason, message]);
    const before = this.#events.get(key);
    // Whoever asks for what came after an event misses none, also when two come at once or the clock is set back.
    this.#last = Math.max(this.#now(), this.#last + 1);
    const time = new Date(this.#last).toISOString();
    this.#events.delete(key);
    const seen = { time, since: before?.since ?? time, count: (before?.count ?? 0) + 1 };
    this.#events.set(key, { ...seen, severity, reason, object, message });
    if (this.#events.size <= capacity) return;
    const [oldest] = this.#events.keys();
    if (oldest !== undefined) this.#events.delete(oldest);
  }

  /** The newest last. @param after of these alone that were seen later */
  list(after?: Date): readonly Event[] {
    const events = [...this.#events.values()];
    return after === undefined ? events : events.filter(({ time }) => Date.parse(time) > after.getTime());
  }
}
