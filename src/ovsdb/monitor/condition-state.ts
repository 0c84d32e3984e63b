// Which rows are watched, while that changes. The server answers a change of conditions first with the rows that come
// and go, then with the reply; a connection may end before, between and after the two. Pure: no I/O.

import { sameConditions, type WireConditions } from './monitor.ts';

export class ConditionState {
  /** What the program wants, and how often it has changed its mind. */
  #wanted: WireConditions;
  #wishes = 0;
  /** What the server is known to have, and the replica to be made from. */
  #acked: WireConditions;
  /** What the server has been asked for, and has not confirmed. */
  #requested: WireConditions | undefined;
  /** The number of that wish. */
  #requestedWish = 0;
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

  /** Returns the number of the wish: later ones have greater numbers. */
  want(conditions: WireConditions): number {
    this.#wanted = conditions;
    return ++this.#wishes;
  }

  /**
   * The server refused the wish: it is no longer one, and neither are those that it had replaced; a later one still
   * stands. Returns its number; undefined if there are no others to go back to.
   */
  refused(): number | undefined {
    const refused = this.#requested;
    if (!refused) return undefined;
    this.#requested = undefined;
    if (this.#wishes === this.#requestedWish) this.#wanted = this.#acked;
    return sameConditions(refused, this.#acked) ? undefined : this.#requestedWish;
  }

  /** What to ask the server for now, if anything: one change at a time. The caller sends it. */
  request(): WireConditions | undefined {
    if (this.#requested !== undefined || this.settled) return undefined;
    return this.restart();
  }

  /** The server confirmed the request; its update has been applied. Returns the number of the wish. */
  confirmed(): number {
    if (this.#requested) this.#acked = this.#requested;
    this.#requested = undefined;
    return this.#requestedWish;
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

  /** Asks for what is wanted, whatever was before: everything is fetched anew. */
  restart(): WireConditions {
    this.#requested = this.#wanted;
    this.#requestedWish = this.#wishes;
    this.#updated = false;
    return this.#requested;
  }
}
