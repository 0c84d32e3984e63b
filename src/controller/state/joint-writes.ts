// Writes of one object that wait for their turn, put into one transaction as far as they share no part of the state: each is
// planned by itself, on what all of them find, and none would be planned otherwise for the others. So a burst costs the
// database, and whoever follows it, a few transactions and not one each.

import type { Parts } from './transaction-frame.ts';
import { everything } from './transaction-frame.ts';

/** Thrown by a plan that cannot join the others; it has written nothing. */
export class NotApart extends Error {}

/** What the writes of one transaction rest on and change. */
export class JointParts {
  readonly #objects = new Set<string>();
  readonly #tenants = new Set<string>();
  readonly #pools = new Set<string>();
  #attachments = false;
  #isWhole = false;

  /** Whether a write shares nothing with those that have been added. @param objects `kind/name` of what it is about */
  isApart(parts: Parts | typeof everything, objects: readonly string[]): boolean {
    if (this.#objects.size === 0) return true;
    if (this.#isWhole || parts === everything) return false;
    return (
      !(this.#attachments && parts.attachments) &&
      !objects.some(object => this.#objects.has(object)) &&
      ![...parts.tenants].some(tenant => this.#tenants.has(tenant)) &&
      ![...parts.pools].some(pool => this.#pools.has(pool))
    );
  }

  /** @throws NotApart */
  add(parts: Parts | typeof everything, objects: readonly string[]): void {
    if (!this.isApart(parts, objects)) throw new NotApart();
    for (const object of objects) this.#objects.add(object);
    if (parts === everything) {
      this.#isWhole = true;
      return;
    }
    this.#attachments ||= parts.attachments;
    for (const tenant of parts.tenants) this.#tenants.add(tenant);
    for (const pool of parts.pools) this.#pools.add(pool);
  }
}
