// Stands between the state database and the switch: a state that is not known to be what the switch was programmed from, or what
// came after, is not installed until somebody adopts it or puts the right one back; and what has lost something is not written to
// either.

import { EventEmitter } from 'node:events';
import type { Logger } from '../../lib/logger.ts';
import { StateError } from '../state/errors.ts';
import { beyond, describeSetback, isOfAnother, type Setback, type StateMark, setbackOf } from '../state/setback.ts';
import type { Store } from '../state/store.ts';
import type { Remembered, SwitchMemory } from './switch-memory.ts';
import { describeUnaccounted, isAny, type Unaccounted } from './unaccounted.ts';

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
  /** Whether a switch of another database is adopted without a word, and what this one does not account for is discarded. */
  readonly discards: boolean;
  readonly logger: Logger;
}

export interface StateGuardEvents {
  /** The state is held from now on. */
  held: [why: string];
  /** The state is held no longer. */
  released: [generation: number];
  /** The state may be installed: it was held, or the switch had not been asked. */
  trusted: [];
}

/** What became of the word that the switch is to follow the state. */
export type Adoption =
  | { readonly kind: 'adopted'; readonly generation: number }
  /** There is nothing to adopt, or not at this generation. */
  | { readonly kind: 'not-held' }
  /** Something would be gone, and nobody said that it may. */
  | { readonly kind: 'unaccounted'; readonly what: string }
  | { readonly kind: 'switch-silent' };

export class StateGuard extends EventEmitter<StateGuardEvents> {
  readonly #options: StateGuardOptions;
  /** The furthest that this process has seen. */
  #seen: StateMark | undefined;
  /** What the switch remembers; null: it has not been asked yet. */
  #remembered: Remembered | null = null;
  #unaccounted: Unaccounted | undefined;
  /** The database that was seen to account for all on a switch that remembers none. */
  #fits: string | undefined;
  #setback: Setback | undefined;
  #wasTrusted = false;
  /** Compares what the switch holds with what it would hold; undefined: it cannot be asked. `fresh`: reads all of it again. */
  survey: (fresh: boolean) => Promise<Unaccounted | undefined> = async () => undefined;

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

  /** While the state is held: what the switch would lose by it, as far as that is known. */
  get unaccounted(): Unaccounted | undefined {
    return this.#setback && this.#unaccounted;
  }

  /** Why the state is held, and what that is about, a line each. */
  get reasons(): readonly string[] {
    const { why, unaccounted } = this;
    return [...(why === undefined ? [] : [why]), ...(unaccounted ? [describeUnaccounted(unaccounted)] : [])];
  }

  /** Whether the state is known to be what the switch was programmed from, or what came after. */
  get trusted(): boolean {
    return this.#remembered !== null && this.#setback === undefined && !this.#mustLook(this.#options.store.mark());
  }

  /** Whether the state may be written to: it has lost nothing. */
  get takesWrites(): boolean {
    return this.#refusal() === undefined;
  }

  /** For status. */
  get warnings(): readonly string[] {
    const complaint = this.#options.damage?.complaint;
    const said = complaint === undefined ? [] : [`ovsdb-server, about the state file: ${complaint}`];
    return [...this.reasons, ...said];
  }

  /** @throws StateError STATE_HELD while the state is not trusted */
  requireTrusted(): void {
    if (!this.trusted)
      throw new StateError('STATE_HELD', this.why ?? 'the state is not known to be that of the switch');
  }

  /** Asks the switch, whose database must be there to read. @returns whether the state may be installed */
  async checkSwitch(): Promise<boolean> {
    this.#remembered = this.#options.memory.read();
    this.#judge();
    if (this.trusted) return true;
    this.#unaccounted = (await this.survey(false)) ?? this.#unaccounted;
    this.#judge();
    const { discards, logger } = this.#options;
    if (discards && this.#setback && isOfAnother(this.#setback)) {
      logger.warn({ why: this.reasons }, 'the state is adopted without a word, as the configuration says');
      await this.adopt(this.#setback.found.generation, true);
    }
    return this.trusted;
  }

  /**
   * The switch is to follow the state, says the operator, who has seen this generation of it. It goes on beyond everything
   * that was seen before.
   * @param discard also where the switch holds what the state does not account for; then nothing is taken over of whose
   * conntrack zones are by another database
   * @throws StateError; the errors of the switch, and of its database
   */
  async adopt(generation: number, discard: boolean): Promise<Adoption> {
    const { store, memory, damage, logger } = this.#options;
    const found = store.mark();
    if (!this.#setback || found?.generation !== generation) return { kind: 'not-held' };
    if (!discard) {
      this.#unaccounted = await this.survey(true);
      if (!this.#unaccounted) return { kind: 'switch-silent' };
      if (isAny(this.#unaccounted)) return { kind: 'unaccounted', what: describeUnaccounted(this.#unaccounted) };
    }
    const known = [this.#seen, this.#remembered?.mark].filter(mark => mark !== undefined);
    const adopted = { ...found, ...beyond(found, known) };
    await store.goOn(found, adopted);
    this.#seen = adopted;
    await memory.write(adopted, { isProgramOfState: !discard });
    await damage?.acknowledgeDamage();
    logger.warn({ ...adopted, instead: found.generation, discard }, 'the state was adopted');
    this.#remembered = { mark: adopted, isMade: this.#remembered?.isMade ?? false };
    this.#judge();
    return { kind: 'adopted', generation: adopted.generation };
  }

  #judge(): void {
    const { store, damage, logger } = this.#options;
    const found = store.mark();
    // Without a root row nothing is known of it; a new one is on its way.
    if (!found) {
      this.#wasTrusted = false;
      return;
    }
    const before = this.#setback;
    const damagedFile = damage?.damagedFile;
    this.#setback =
      setbackOf(found, this.#seen) ??
      setbackOf(found, this.#remembered?.mark) ??
      (damagedFile === undefined ? this.#unknownProgram(found) : { kind: 'damaged', found, damagedFile });
    if (!this.#setback) this.#seen = found;
    const { why } = this;
    const isOther = this.#setback?.kind !== before?.kind;
    // What was seen before is what it was found by.
    if (isOther && this.#setback?.kind !== 'unknown-program') this.#unaccounted = undefined;
    if (why !== undefined && isOther) {
      logger.error({ why }, 'the state is held');
      this.emit('held', why);
    } else if (why === undefined && before) {
      logger.warn({ generation: found.generation }, 'the state is held no longer');
      this.emit('released', found.generation);
    }
    const { trusted } = this;
    if (trusted && !this.#wasTrusted) this.emit('trusted');
    this.#wasTrusted = trusted;
  }

  #unknownProgram(found: StateMark): Setback | undefined {
    if (!this.#mustLook(found) || !this.#unaccounted) return undefined;
    if (isAny(this.#unaccounted)) return { kind: 'unknown-program', found };
    this.#fits = found.database;
    return undefined;
  }

  /** Whether nothing says which database the switch was programmed from: then what it holds must. */
  #mustLook(found: StateMark | undefined): boolean {
    if (!found || !this.#remembered) return true;
    const { mark, isMade } = this.#remembered;
    return isMade && mark?.database !== found.database && this.#fits !== found.database;
  }

  /** What is written to a database that lost something is lost in turn when the right one is put back. */
  #refusal(): StateError | undefined {
    if (!this.#setback || isOfAnother(this.#setback)) return undefined;
    return new StateError('STATE_HELD', describeSetback(this.#setback));
  }
}
