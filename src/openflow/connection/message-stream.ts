// What a switch says unasked, for a consumer that takes it in its own time.

/** Messages that may wait for the consumer of a stream. */
export const defaultStreamLimit = 1024;

/** How far the consumer of a stream may be behind. */
export interface StreamOptions {
  /** Messages that may wait for the consumer, 1 or more; 1024 when absent. What comes beyond is dropped and counted. */
  readonly limit?: number;
}

const done = { value: undefined, done: true } as const;

/**
 * Takes messages from the moment it is made, survives reconnects, and ends when the owner closes the connection (or,
 * for a switch that dialled us, when it is gone): what waits then is still given. It never holds the socket back,
 * since the answers to requests come over the same one: while more than `limit` messages wait, the newer are dropped
 * and counted. To be read by one consumer; leaving the loop ends it.
 */
export class MessageStream<T> implements AsyncIterableIterator<T, undefined, void> {
  readonly #limit: number;
  readonly #onEnd: () => void;
  #queue: T[] = [];
  #at = 0;
  #dropped = 0;
  #ended = false;
  #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];

  constructor(limit: number, onEnd: () => void) {
    if (!(limit >= 1)) throw new RangeError(`a stream of ${limit} messages`);
    this.#limit = limit;
    this.#onEnd = onEnd;
  }

  /** Messages dropped so far because the consumer was behind. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Messages that wait. */
  get waiting(): number {
    return this.#queue.length - this.#at;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.waiting > 0) return Promise.resolve({ value: this.#take(), done: false });
    if (this.#ended) return Promise.resolve(done);
    return new Promise(resolve => {
      this.#waiting.push(resolve);
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#queue = [];
    this.#at = 0;
    this.end();
    return done;
  }

  push(message: T): void {
    if (this.#ended) return;
    const consumer = this.#waiting.shift();
    if (consumer) consumer({ value: message, done: false });
    else if (this.waiting >= this.#limit) this.#dropped++;
    else this.#queue.push(message);
  }

  /** No more will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const consumer of this.#waiting.splice(0)) consumer(done);
    this.#onEnd();
  }

  /** An index instead of `shift`, which moves the whole queue. */
  #take(): T {
    const message = this.#queue[this.#at++] as T;
    if (this.#at === this.#queue.length) {
      this.#queue = [];
      this.#at = 0;
    } else if (this.#at >= this.#limit) {
      this.#queue = this.#queue.slice(this.#at);
      this.#at = 0;
    }
    return message;
  }
}
