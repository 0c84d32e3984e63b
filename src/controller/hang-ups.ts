// SIGHUP from the first moment to the last: one that comes before there is anything to reload waits, for unheard it would
// end the process; several become one.

export class HangUps {
  #work: (() => Promise<void>) | undefined;
  #isPending = false;
  #isRunning = false;
  readonly #onSignal = (): void => {
    this.#isPending = true;
    void this.#run();
  };

  constructor() {
    process.on('SIGHUP', this.#onSignal);
  }

  /** @param work never rejects */
  handle(work: () => Promise<void>): void {
    this.#work = work;
    void this.#run();
  }

  /** From now on a signal does nothing: the process is about to end. */
  close(): void {
    this.#work = undefined;
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#isPending && this.#work) {
      this.#isPending = false;
      await this.#work();
    }
    this.#isRunning = false;
  }
}
