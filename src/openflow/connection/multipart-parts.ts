// The parts of a multipart answer, as they come. Written as an iterator and not as a generator: an async generator
// costs several turns of the microtask queue per value, which a dump pays for each flow.

import { ConnectionError, OpenFlowDecodeError } from '../errors.ts';
import type { Message } from '../messages/all.ts';
import type { MultipartEntry, MultipartRequestBody, MultipartType } from '../messages/multipart/all.ts';
import type { MultipartReply } from '../messages/multipart-reply.ts';
import type { Session } from './session.ts';
import { refuseAborted, type Wait, type Watch, watch } from './watch.ts';

export type MultipartPart = Message & MultipartReply;

/** Parts that may wait for a slow consumer before the socket is no longer read. */
const maxWaitingParts = 16;

const done = { value: undefined, done: true } as const;

/**
 * Asks at the first `next`. While the consumer is behind by many parts, the socket is not read: do not wait for
 * another answer of the same connection inside the loop. To be read by one consumer, one `next` at a time.
 */
export class MultipartParts implements AsyncIterableIterator<MultipartPart, undefined, void> {
  readonly #session: Session;
  readonly #body: MultipartRequestBody;
  readonly #wait: Wait;
  readonly #parts: MultipartPart[] = [];
  #xid: number | undefined;
  #watch: Watch | undefined;
  #failure: Error | undefined;
  #ended = false;
  #holding = false;
  #waiting: { resolve(result: IteratorResult<MultipartPart, undefined>): void; reject(error: Error): void } | undefined;

  constructor(session: Session, body: MultipartRequestBody, wait: Wait) {
    this.#session = session;
    this.#body = body;
    this.#wait = wait;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<MultipartPart, undefined>> {
    if (this.#xid === undefined && !this.#ended) this.#ask();
    const part = this.#parts.shift();
    if (part) {
      if (this.#holding && this.#parts.length < maxWaitingParts / 2) this.#release();
      return { value: part, done: false };
    }
    if (this.#failure) throw this.#failure;
    if (this.#ended) return done;
    this.#watch?.renew();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Leaves the rest of the answer unread. */
  async return(): Promise<IteratorResult<MultipartPart, undefined>> {
    this.#parts.length = 0;
    if (!this.#ended && this.#xid !== undefined) this.#session.giveUp(this.#xid);
    this.#end();
    this.#waiting?.resolve(done);
    this.#waiting = undefined;
    return done;
  }

  #ask(): void {
    refuseAborted(this.#wait);
    this.#xid = this.#session.takeXids();
    const xid = this.#xid;
    this.#watch = watch(this.#wait, error => {
      // What the consumer takes its time for is not the switch's delay: the deadline starts anew when it waits.
      if (error.code === 'OF_TIMEOUT' && !this.#waiting) return;
      this.#session.giveUp(xid);
      this.#fail(error);
    });
    this.#session.expect(xid, {
      onMessage: message => this.#receive(message),
      onFailure: error => this.#fail(error),
    });
    try {
      this.#session.send({ kind: 'multipart_request', body: this.#body }, xid);
    } catch (error) {
      this.#session.settle(xid);
      this.#end();
      throw error;
    }
  }

  #receive(message: Message): boolean {
    if (message.kind !== 'multipart_reply') {
      this.#fail(new OpenFlowDecodeError('OF_BAD_VALUE', `a multipart request was answered with ${message.kind}`));
      return true;
    }
    const last = !message.more;
    if (last) this.#end();
    if (this.#waiting) {
      this.#waiting.resolve({ value: message, done: false });
      this.#waiting = undefined;
      return last;
    }
    this.#parts.push(message);
    if (!last && !this.#holding && this.#parts.length >= maxWaitingParts) {
      this.#holding = true;
      this.#session.hold();
    }
    return last;
  }

  #release(): void {
    this.#holding = false;
    this.#session.release();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#end();
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  #end(): void {
    this.#ended = true;
    this.#watch?.stop();
    if (this.#holding) this.#release();
  }
}

/** The entries of all parts, one by one; a part that is there costs no wait. */
export class MultipartEntries<T extends MultipartType>
  implements AsyncIterableIterator<MultipartEntry<T>, undefined, void>
{
  readonly #type: T;
  readonly #parts: () => MultipartParts;
  #source: MultipartParts | undefined;
  #entries: readonly MultipartEntry<T>[] = [];
  #at = 0;
  #fetching: Promise<boolean> | undefined;

  /** `parts` is called at the first `next`; what it throws rejects that. */
  constructor(type: T, parts: () => MultipartParts) {
    this.#type = type;
    this.#parts = parts;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<MultipartEntry<T>, undefined>> {
    const entry = this.#entries[this.#at];
    if (entry === undefined) return this.#nextPart();
    this.#at++;
    return Promise.resolve({ value: entry, done: false });
  }

  async return(): Promise<IteratorResult<MultipartEntry<T>, undefined>> {
    this.#entries = [];
    await this.#source?.return();
    return done;
  }

  async #nextPart(): Promise<IteratorResult<MultipartEntry<T>, undefined>> {
    // Callers that do not wait for each other share one fetch: a second would throw the first's part away.
    this.#fetching ??= this.#fetch();
    return (await this.#fetching) ? this.next() : done;
  }

  /** Whether there are more entries. */
  async #fetch(): Promise<boolean> {
    try {
      this.#source ??= this.#parts();
      const { value: part, done: atEnd } = await this.#source.next();
      this.#at = 0;
      this.#entries = [];
      if (atEnd) return false;
      if (part.body.type === 'unknown' || part.body.type !== this.#type) {
        await this.#source.return();
        throw new ConnectionError('OF_UNEXPECTED_REPLY', `no ${this.#type} in the answer`);
      }
      const { entries } = part.body;
      this.#entries = entries as readonly unknown[] as readonly MultipartEntry<T>[];
      return true;
    } finally {
      this.#fetching = undefined;
    }
  }
}
