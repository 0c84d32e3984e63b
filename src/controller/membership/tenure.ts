// Whether this node can still be taken to take part, by its own clock: its last confirmed heartbeat is younger than the
// lease. The clock goes on while the process stands still, so one that was frozen knows before it has read anything.
// Pure: the time comes with each question.

export class Tenure {
  readonly #lease: number;
  #confirmed: number | undefined;

  /** @param lease how long a node may be silent, ms */
  constructor(lease: number) {
    this.#lease = lease;
  }

  /** A heartbeat that was sent at `sentAt` is in the state database: others have seen it then at the earliest. */
  confirm(sentAt: number): void {
    this.#confirmed = Math.max(this.#confirmed ?? sentAt, sentAt);
  }

  /** Since when no heartbeat was confirmed, ms; undefined: none ever was. */
  silence(now: number): number | undefined {
    return this.#confirmed === undefined ? undefined : now - this.#confirmed;
  }

  isHeld(now: number): boolean {
    return (this.silence(now) ?? Infinity) < this.#lease;
  }
}
