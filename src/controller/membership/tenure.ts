// Whether this node can still be taken to take part, by its own clock: its last confirmed heartbeat is younger than the
// lease. The clock goes on while the process stands still, so one that was frozen knows before it has read anything, and
// stands down: others may have what it had, and how long ago nobody has told it yet. Pure: the time comes with each question.

export class Tenure {
  readonly #lease: number;
  #confirmed: number | undefined;
  #awakeAt: number | undefined;
  #stoodDownAt = -Infinity;

  /** @param lease how long a node may be silent, ms */
  constructor(lease: number) {
    this.#lease = lease;
  }

  /** A heartbeat that was sent at `sentAt` is in the state database: others have seen it then at the earliest. */
  confirm(sentAt: number): void {
    this.#confirmed = Math.max(this.#confirmed ?? sentAt, sentAt);
  }

  /**
   * The process is at work. When it stood still for longer than it may, and its lease is over, it stands down until a
   * heartbeat that it sends from now on is confirmed. One that works, and cannot reach the state, does not: that takes a fence.
   */
  wake(now: number, mostStandstill: number): void {
    const stoodStill = this.#awakeAt !== undefined && now - this.#awakeAt > mostStandstill;
    this.#awakeAt = now;
    if (stoodStill && !this.isHeld(now)) this.#stoodDownAt = now;
  }

  /** Whether what others may have taken over is to stop. */
  get standsDown(): boolean {
    return (this.#confirmed ?? Infinity) < this.#stoodDownAt;
  }

  /** Since when no heartbeat was confirmed, ms; undefined: none ever was. */
  silence(now: number): number | undefined {
    return this.#confirmed === undefined ? undefined : now - this.#confirmed;
  }

  isHeld(now: number): boolean {
    return (this.silence(now) ?? Infinity) < this.#lease;
  }
}
