// Stands between the state database and the switch: what has lost something is not installed, and, unless it is another
// database altogether, not written to either, until somebody accepts it or puts the right one back.

import { EventEmitter } from 'node:events';
import type { Logger } from '../../lib/logger.ts';
import { StateError } from '../state/errors.ts';
import { beyond, describeSetback, type Setback, type StateMark, setbackOf } from '../state/setback.ts';
import type { Store } from '../state/store.ts';
import type { SwitchMemory } from './switch-memory.ts';

/** A state file that was found damaged, and is waiting for a word. The embedded server is one. */
export interface DamageReport {
  /** Where the damaged file is kept; undefined: there is none. */
  readonly damagedFile: string | undefined;
  /** What the server says of the file that it serves. */
  readonly complaint: string | undefined;
  /** It has been accepted that what is in the file is lost. */
  acknowledgeDamage(): Promise<void>;
}

export interface StateGuardOptions {
  readonly store: Store;
  readonly memory: SwitchMemory;
  /** Undefined: the files are somebody else's. */
  readonly damage: DamageReport | undefined;
  readonly logger: Logger;
}

export interface StateGuardEvents {
  /** The state is held from now on. */
  held: [why: string];
  /** The state is held no longer. */
  released: [];
  /** The state may be installed: it was held, or the switch had not been asked. */
  trusted: [];
}

export class StateGuard extends EventEmitter<StateGuardEvents> {
  readonly #options: StateGuardOptions;
  /** The furthest that this process has seen. */
  #seen: StateMark | undefined;
  /** What the switch remembers; null: it has not been asked yet. */
  #remembered: StateMark | undefined | null = null;
  #setback: Setback | undefined;
  #wasTrusted = false;

  constructor(options: StateGuardOptions) {
    super();
    this.#options = options;
    const { store } = options;
    store.on('change', () => this.#judge());
    store.refuseWrites = () => this.#refusal();
    this.#judge();
  }

  /** Why the state is held; undefined when it is not. */
  get why(): string | undefined {
    return this.#setback && describeSetback(this.#setback);
  }

  /** Whether the state is known to be what the switch was programmed from, or what came after. */
  get trusted(): boolean {
    return this.#remembered !== null && this.#setback === undefined;
  }

  /** For status. */
  get warnings(): readonly string[] {
    const complaint = this.#options.damage?.complaint;
    const said = complaint === undefined ? [] : [`ovsdb-server, about the state file: ${complaint}`];
    return this.why === undefined ? said : [this.why, ...said];
  }

  /** Asks the switch, whose database must be there to read. @returns whether the state may be installed */
  checkSwitch(): boolean {
    this.#remembered = this.#options.memory.read();
    this.#judge();
    return this.trusted;
  }

  /**
   * The state is what it should be, says the operator, who has seen this generation of it. It goes on beyond everything
   * that was seen before.
   * @returns the generation it has now; undefined when there is nothing to accept, or not at this generation
   * @throws StateError; the errors of the switch's database
   */
  async accept(generation: number): Promise<number | undefined> {
    const { store, memory, damage, logger } = this.#options;
    const found = store.mark();
    if (!this.#setback || found?.generation !== generation) return undefined;
    const known = [this.#seen, this.#remembered ?? undefined].filter(mark => mark !== undefined);
    const accepted = { ...found, ...beyond(found, known) };
    await store.goOn(found, accepted);
    this.#seen = accepted;
    await memory.write(accepted);
    await damage?.acknowledgeDamage();
    logger.warn({ ...accepted, instead: found.generation }, 'the state was accepted');
    this.#remembered = accepted;
    this.#judge();
    return accepted.generation;
  }

  #judge(): void {
    const { store, damage, logger } = this.#options;
    const found = store.mark();
    if (!found) return;
    const before = this.why;
    const damagedFile = damage?.damagedFile;
    this.#setback =
      setbackOf(found, this.#seen) ??
      setbackOf(found, this.#remembered ?? undefined) ??
      (damagedFile === undefined ? undefined : { kind: 'damaged', found, damagedFile });
    if (!this.#setback) this.#seen = found;
    const { why } = this;
    if (why !== undefined && why !== before) {
      logger.error({ why }, 'the state is held');
      this.emit('held', why);
    } else if (why === undefined && before !== undefined) {
      logger.warn({ generation: found.generation }, 'the state is held no longer');
      this.emit('released');
    }
    const { trusted } = this;
    if (trusted && !this.#wasTrusted) this.emit('trusted');
    this.#wasTrusted = trusted;
  }

  /** What is written to a database that lost something is lost in turn when the right one is put back. */
  #refusal(): StateError | undefined {
    if (!this.#setback || this.#setback.kind === 'other-database') return undefined;
    return new StateError('STATE_HELD', describeSetback(this.#setback));
  }
}
