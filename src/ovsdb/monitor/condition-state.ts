// Which rows are watched, while that changes. The server answers a change of conditions first with the rows that come
// and go, then with the reply; a connection may end before, between and after the two. Pure: no I/O.

import { sameConditions, type WireConditions } from './monitor.ts';

export class ConditionState {
  /** What the program wants. */
  #wanted: WireConditions;
  /** What the server is known to have, and the replica to be made from. */
  #acked: WireConditions;
  /** What the server has been asked for, and has not confirmed. */
  #requested: WireConditions | undefined;
  /** Whether an update came after the request: it may have been the one that the request brought about. */
  #updated = false;

  constructor(conditions: WireConditions) {
    this.#wanted = conditions;
    this.#acked = conditions;
  }

  get acked(): WireConditions {
    return this.#acked;
  }

  /** Whether the replica shows the rows that are wanted now. */
  get settled(): boolean {
    return this.#requested === undefined && sameConditions(this.#acked, this.#wanted);
  }

  want(conditions: WireConditions): void {
    this.#wanted = conditions;
  }

  /** The server refused the wish: it is no longer one. */
  refused(): void {
    this.#requested = undefined;
    this.#wanted = this.#acked;
  }

  /** What to ask the server for now, if anything: one change at a time. The caller sends it. */
  request(): WireConditions | undefined {
    if (this.#requested !== undefined || this.settled) return undefined;
    this.#requested = this.#wanted;
    this.#updated = false;
    return this.#requested;
  }

  /** The server confirmed the request; its update has been applied. */
  confirmed(): void {
    if (this.#requested) this.#acked = this.#requested;
    this.#requested = undefined;
  }

  updated(): void {
    this.#updated = true;
  }

  /**
   * A new connection begins. Returns whether the replica's rows are certainly those of `acked`: only then may the
   * server be asked for what has changed since.
   */
  resume(): boolean {
    const certain = this.#requested === undefined || !this.#updated;
    this.#requested = undefined;
    return certain;
  }

  /** Everything is fetched anew: with what is wanted. */
  restart(): WireConditions {
    this.#acked = this.#wanted;
    return this.#acked;
  }
}
