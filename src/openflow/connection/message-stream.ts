// What a switch says unasked, for a consumer that takes it in its own time.

/** Messages that may wait for the consumer of a stream. */
export const defaultStreamLimit = 1024;

/** How far the consumer of a stream may be behind. */
export interface StreamOptions {
  /** Messages that may wait for the consumer, 1 or more; 1024 when absent. What comes beyond is dropped and counted. */
  readonly limit?: number;
}

const done = { value: undefined, done: true } as const;

/** What the owner of a stream is told. */
export interface StreamHandlers {
  /** Nothing more is wanted, or nothing more will come. */
  onEnd(): void;
  /**
   * More than `limit` messages wait, or no more than half of that again: the owner then keeps messages from coming.
   * Without it they are dropped and counted.
   */
  onFull?(full: boolean): void;
}

interface Consumer<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: Error): void;
}

/**
 * Takes messages from the moment it is made, survives reconnects, and ends when the owner closes the connection (or,
 * for a switch that dialled us, when it is gone): what waits then is still given. While more than `limit` messages
 * wait, the newer are dropped and counted: the socket is not held back, since the answers to requests come over the
 * same one. (`Switch.flowUpdates` says how its stream differs.) To be read by one consumer; leaving the loop ends it.
 */
export class MessageStream<T> implements AsyncIterableIterator<T, undefined, void> {
  readonly #limit: number;
  readonly #handlers: StreamHandlers;
  #queue: T[] = [];
  #at = 0;
  #dropped = 0;
  #full = false;
  #ended = false;
  #failure: Error | undefined;
  #consumers: Consumer<T>[] = [];

  constructor(limit: number, handlers: StreamHandlers) {
    if (!(limit >= 1)) throw new RangeError(`a stream of ${limit} messages`);
    this.#limit = limit;
    this.#handlers = handlers;
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
    if (this.#failure) {
      const failure = this.#failure;
      this.#failure = undefined;
      return Promise.reject(failure);
    }
    if (this.#ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => {
      this.#consumers.push({ resolve, reject });
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#queue = [];
    this.#at = 0;
    this.#setFull(false);
    this.end();
    return done;
  }

  push(message: T): void {
    if (this.#ended) return;
    const consumer = this.#consumers.shift();
    if (consumer) {
      consumer.resolve({ value: message, done: false });
      return;
    }
    const full = this.waiting >= this.#limit;
    if (full && !this.#handlers.onFull) {
      this.#dropped++;
      return;
    }
    this.#queue.push(message);
    if (full) this.#setFull(true);
  }

  /** No more will come. With a failure, that is thrown to the consumer behind what waits. */
  end(failure?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    const consumers = this.#consumers.splice(0);
    const first = failure && consumers.shift();
    if (first) first.reject(failure);
    else this.#failure = failure;
    for (const consumer of consumers) consumer.resolve(done);
    this.#handlers.onEnd();
  }

  #setFull(full: boolean): void {
    if (this.#full === full) return;
    this.#full = full;
    this.#handlers.onFull?.(full);
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
    if (this.waiting <= this.#limit / 2) this.#setFull(false);
    return message;
  }
}
