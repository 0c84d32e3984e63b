// The lock that one pointsman at a time has on a switch (RFC 7047 section 4.1.8), in the switch's own database and on the
// connection that writes to it. It is gone when that connection is: whoever waits next gets it.
//
// One lock for the switch, whichever bridges it is about: conntrack zones and the tunnel port are the switch's too.

import { EventEmitter } from 'node:events';
import type { Logger } from '../../lib/logger.ts';
import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient } from '../../ovsdb/index.ts';

export const switchLockName = 'pointsman';

/** `unknown`: not connected, or not answered yet. `waiting`: another client has it. */
export type LockState = 'unknown' | 'waiting' | 'held';

/** How long until a lock that could not be asked for is asked for again, ms. */
const retryPause = 1_000;

export class SwitchLock extends EventEmitter<{ change: [state: LockState] }> {
  readonly #database: OvsdbClient<OpenVSwitchTables>;
  readonly #logger: Logger;
  #state: LockState = 'unknown';
  /** Whoever takes it from us knows better: two must not take it from each other in turns. */
  #wasRobbed = false;
  /** Counts connections: an answer that comes after its connection is about nothing. */
  #connection = 0;

  /** Asks for the lock as soon as the database is connected, and again whenever it is. */
  constructor(database: OvsdbClient<OpenVSwitchTables>, logger: Logger) {
    super();
    this.#database = database;
    this.#logger = logger;
    database.on('connected', () => this.#ask(++this.#connection));
    database.on('disconnected', () => {
      this.#connection += 1;
      this.#set('unknown');
    });
    database.on('locked', name => name === switchLockName && this.#set('held'));
    // The server keeps a client that was robbed in line: `locked` comes when the thief is gone.
    database.on('stolen', name => {
      if (name !== switchLockName) return;
      this.#wasRobbed = true;
      this.#set('waiting');
    });
  }

  get state(): LockState {
    return this.#state;
  }

  /** Asks the server: whoever was frozen hears only now that the lock is another's. */
  async confirm(): Promise<boolean> {
    if (this.#state !== 'held') return false;
    const result = await this.#database.transact([{ op: 'assert', lock: switchLockName }]);
    return result.kind === 'committed' && this.#state === 'held';
  }

  /** Takes the lock from whoever has it: only for who knows that it is no longer theirs. */
  take(): void {
    if (this.#state === 'waiting' && !this.#wasRobbed) this.#ask(this.#connection, () => this.#steal());
  }

  /** The server wants who waits in line to leave it first. */
  async #steal(): Promise<boolean> {
    this.#set('unknown');
    await this.#database.unlock(switchLockName);
    return await this.#database.steal(switchLockName);
  }

  #ask(connection: number, request = () => this.#database.lock(switchLockName)): void {
    request().then(
      isHeld => {
        // `locked` may have come first.
        if (connection === this.#connection && this.#state !== 'held') this.#set(isHeld ? 'held' : 'waiting');
      },
      (error: unknown) => {
        if (connection !== this.#connection) return;
        this.#logger.warn({ err: error }, 'the lock of the switch could not be asked for');
        setTimeout(() => connection === this.#connection && this.#ask(connection), retryPause).unref();
      },
    );
  }

  #set(state: LockState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.emit('change', state);
  }
}
