// The reconnect machine with a clock and a timer: steps it, wakes it up, and hands its verdicts to whoever owns the
// socket. It owns none itself.

import {
  initialReconnectState,
  type ReconnectEvent,
  type ReconnectOptions,
  type ReconnectState,
  stepReconnect,
} from './reconnect.ts';

/** What the owner of the socket does when the machine says so. */
export interface ReconnectActions {
  /** Dial. */
  connect(): void;
  /** Ask the peer for a sign of life. */
  probe(): void;
  /** Drop the socket: the peer fell silent, or did not come up in time. Not called for `disable`. */
  disconnect(): void;
  /** Whether silence is our own doing, as while the socket is not read: it then counts as heard. */
  excused?(): boolean;
}

export interface ReconnectClock {
  /** ms, and never set back; performance.now when absent: a clock that is set must neither cut nor stretch a wait. */
  readonly now?: (() => number) | undefined;
  /** In [0, 1); Math.random when absent. */
  readonly random?: (() => number) | undefined;
}

export class ReconnectDriver {
  readonly #options: () => ReconnectOptions;
  readonly #actions: ReconnectActions;
  readonly #now: () => number;
  readonly #random: () => number;
  #state: ReconnectState = initialReconnectState;
  #timer: { readonly at: number; readonly handle: NodeJS.Timeout } | undefined;

  /** `options` is asked at every step. */
  constructor(options: () => ReconnectOptions, actions: ReconnectActions, clock: ReconnectClock = {}) {
    this.#options = options;
    this.#actions = actions;
    this.#now = clock.now ?? (() => performance.now());
    this.#random = clock.random ?? Math.random;
  }

  get state(): ReconnectState['kind'] {
    return this.#state.kind;
  }

  /** Starts to connect, unless it does already. */
  enable(): void {
    this.#step({ kind: 'enable' });
  }

  /** Forgets everything and takes the timer away; the owner drops the socket. */
  disable(): void {
    this.#state = initialReconnectState;
    this.#disarm();
  }

  connected(): void {
    this.#step({ kind: 'connected' });
  }

  heard(): void {
    this.#step({ kind: 'heard' });
  }

  /** The attempt, or the connection, came to an end by itself. */
  failed(): void {
    this.#step({ kind: 'failed' });
  }

  #step(event: ReconnectEvent): void {
    const { state, verdict, wakeAt } = stepReconnect(this.#state, event, this.#now(), this.#options(), this.#random());
    this.#state = state;
    this.#arm(wakeAt);
    if (verdict !== 'none') this.#actions[verdict]();
  }

  #arm(wakeAt: number | undefined): void {
    // 'heard' moves the moment back with every chunk: an early wake-up is cheaper than a new timer each time.
    if (this.#timer && wakeAt !== undefined && this.#timer.at <= wakeAt) return;
    this.#disarm();
    if (wakeAt === undefined) return;
    const handle = setTimeout(
      () => {
        this.#timer = undefined;
        this.#step({ kind: this.#actions.excused?.() ? 'heard' : 'tick' });
      },
      Math.max(0, Math.ceil(wakeAt - this.#now())),
    );
    this.#timer = { at: wakeAt, handle };
  }

  #disarm(): void {
    if (this.#timer) clearTimeout(this.#timer.handle);
    this.#timer = undefined;
  }
}
