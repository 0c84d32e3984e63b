// A connection that comes back: dials, probes and backs off as lib/reconnect.ts decides, runs a handshake on each
// new connection, and holds calls until it is done. It owns the socket and the clock; it knows no databases.

import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type Dial, type Dialled, type DialTls, dial } from '../../lib/dial.ts';
import { type Endpoint, formatEndpoint, isPassive, type PassiveEndpoint } from '../../lib/endpoint.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import { type ReconnectOptions, reconnectDefaults } from '../../lib/reconnect.ts';
import { ReconnectDriver } from '../../lib/reconnect-driver.ts';
import {
  OvsdbClosedError,
  OvsdbDisconnectedError,
  OvsdbError,
  OvsdbMessageError,
  OvsdbQueueFullError,
  OvsdbTimeoutError,
  OvsdbUnsuitableServerError,
} from '../errors.ts';
import type { ClientHooks } from '../hooks.ts';
import type { Json, JsonArray } from '../json/json.ts';
import { jsonStreamDefaults } from '../json/json-stream.ts';
import { checkSendable } from '../json/sendable.ts';
import { type ConnectionLimits, RpcConnection } from './connection.ts';
import { Deadline } from './deadline.ts';
import { PassiveRemote } from './passive-remote.ts';

export type SessionState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'handshake' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'backoff'; readonly error: OvsdbError }
  | { readonly kind: 'closed' };

/** What a connection may keep waiting, in calls and bytes. */
export interface SessionLimits extends ConnectionLimits {
  /** Most calls that may wait for a connection. */
  readonly maxWaiting: number;
}

/** 64 MiB unsent, 10,000 calls without answers, 1,000 calls without a connection. */
export const sessionLimitDefaults: SessionLimits = {
  ...jsonStreamDefaults,
  maxUnsentBytes: 64 * 1024 * 1024,
  maxPending: 10_000,
  maxWaiting: 1_000,
};

/** What a timer can wait at most, ms. */
const longestTimer = 2 ** 31 - 1;

export interface SessionOptions {
  /** Where the server is, or each member of its cluster; at least one. After a failure the next one is tried. */
  readonly remotes: readonly Endpoint[];
  /** Whether to try them in an order of chance, so that clients spread over a cluster; default true. */
  readonly shuffleRemotes?: boolean | undefined;
  readonly tls?: DialTls | undefined;
  readonly reconnect?: Partial<ReconnectOptions> | undefined;
  readonly limits?: Partial<SessionLimits> | undefined;
  /** How long a call may take, waiting for a connection included, ms; default 30 s. */
  readonly requestTimeout?: number | undefined;
  /** How long the handshake may take, ms; default 60 s. */
  readonly handshakeTimeout?: number | undefined;
  /** What must happen on a new connection before calls go out; a rejection closes it and backs off. */
  readonly handshake?: ((connection: RpcConnection, deadline: Deadline) => Promise<void>) | undefined;
  readonly onNotification?: ((method: string, params: JsonArray) => void | Promise<void>) | undefined;
  readonly hooks?: ClientHooks | undefined;
  readonly logger?: Logger | undefined;
  /** For tests: the socket factory, the clock (ms) and the jitter in [0, 1). */
  readonly dial?: Dial | undefined;
  readonly now?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
}

/** How long a call may take. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** ms; the session's `requestTimeout` if left out. */
  readonly timeout?: number | undefined;
}

interface SessionEvents {
  connected: [];
  disconnected: [why: OvsdbError];
}

interface Waiter {
  readonly proceed: (connection: RpcConnection) => void;
  readonly fail: (error: Error) => void;
}

export class RpcSession extends EventEmitter<SessionEvents> {
  readonly #options: SessionOptions;
  readonly #reconnectOptions: ReconnectOptions;
  readonly #limits: SessionLimits;
  readonly #logger: Logger;
  readonly #waiters = new Set<Waiter>();
  readonly #driver: ReconnectDriver;
  #remotes: readonly Endpoint[];
  /** Of #remotes: the one that is dialled, or was last. */
  #remote = -1;
  /** Since a handshake was last done. */
  #failures = 0;
  /** By their texts. */
  readonly #passive = new Map<string, PassiveRemote>();
  #current: SessionState = { kind: 'idle' };
  #socket: Socket | undefined;
  #connection: RpcConnection | undefined;
  #failedHandshakes = 0;
  /** Why each remote is not connected, as it was last logged. */
  readonly #reported = new Map<string, string>();

  constructor(options: SessionOptions) {
    super();
    this.#options = options;
    this.#reconnectOptions = { ...reconnectDefaults, ...options.reconnect };
    this.#limits = { ...sessionLimitDefaults, ...options.limits };
    this.#logger = options.logger ?? silentLogger;
    this.#remotes = this.#ordered(options.remotes);
    this.#driver = new ReconnectDriver(
      () => this.#timing(),
      {
        connect: () => this.#connect(),
        probe: () => this.#connection?.probe(),
        excused: () => this.#connection?.busy ?? false,
        disconnect: () => this.#drop(new OvsdbDisconnectedError('the server did not answer in time')),
      },
      options,
    );
  }

  get state(): SessionState {
    return this.#current;
  }

  get #state(): SessionState {
    return this.#current;
  }

  set #state(state: SessionState) {
    const isNew = state.kind !== this.#current.kind;
    this.#current = state;
    if (isNew) this.#options.hooks?.onState?.(state.kind);
  }

  /** Starts dialling; a second call does nothing. @throws OvsdbClosedError after `close` */
  start(): void {
    if (this.#state.kind === 'closed') throw new OvsdbClosedError();
    if (this.#state.kind === 'idle') this.#driver.enable();
  }

  /**
   * Ends the connection, or the wait for one, and dials the next remote at once. Before `start` it does nothing.
   * @throws OvsdbClosedError after `close`
   */
  reconnect(): void {
    if (this.#state.kind === 'closed') throw new OvsdbClosedError();
    if (this.#state.kind === 'idle') return;
    this.#driver.disable();
    this.#drop(new OvsdbDisconnectedError('another connection was asked for'));
    this.#failures = 0;
    // A listener may have closed the session.
    if (this.state.kind !== 'closed') this.#driver.enable();
  }

  /**
   * Puts other remotes in the place of those there were. A connection to one that is among them is kept.
   * @throws RangeError without remotes
   * @throws OvsdbClosedError after `close`
   */
  setRemotes(remotes: readonly Endpoint[]): void {
    if (this.#state.kind === 'closed') throw new OvsdbClosedError();
    const ordered = this.#ordered(remotes);
    const current = this.#remoteText();
    this.#remotes = ordered;
    this.#remote = ordered.findIndex(remote => formatEndpoint(remote) === current);
    for (const [text, passive] of this.#passive) {
      if (ordered.some(remote => formatEndpoint(remote) === text)) continue;
      passive.close();
      this.#passive.delete(text);
    }
    const connected = this.#state.kind === 'ready' || this.#state.kind === 'handshake';
    if (!connected || this.#remote < 0) this.reconnect();
  }

  #ordered(remotes: readonly Endpoint[]): readonly Endpoint[] {
    if (remotes.length === 0) throw new RangeError('a session needs at least one remote');
    const { shuffleRemotes = true, random = Math.random } = this.#options;
    return shuffleRemotes ? shuffled(remotes, random) : [...remotes];
  }

  /** Ends the session for good. Sent calls fail as outcome unknown, waiting ones as closed. */
  async close(): Promise<void> {
    if (this.#state.kind === 'closed') return;
    const socket = this.#socket;
    this.#state = { kind: 'closed' };
    this.#driver.disable();
    for (const passive of this.#passive.values()) passive.close();
    for (const waiter of [...this.#waiters]) waiter.fail(new OvsdbClosedError());
    this.#drop(new OvsdbClosedError());
    // destroy() always ends in 'close', so this wait needs no deadline of its own.
    if (socket && !socket.closed) await new Promise<void>(resolve => socket.once('close', () => resolve()));
  }

  /**
   * Sends a request once the session is ready. Errors: those of `RpcConnection.request`, of `ready`.
   * @throws OvsdbValueError if the server could not read it: its connection would end, and again after each reconnect
   */
  async request<T>(
    method: string,
    params: JsonArray,
    decode: (result: Json) => T | Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    checkSendable(params, method);
    const { hooks } = this.#options;
    const sent = this.#send(method, params, decode, options);
    if (!hooks?.onCall) return sent;
    const start = performance.now();
    const report = (error?: Error): void =>
      hooks.onCall?.({ method, milliseconds: performance.now() - start, ...(error && { error }) });
    sent.then(() => report(), report);
    return sent;
  }

  async #send<T>(
    method: string,
    params: JsonArray,
    decode: (result: Json) => T | Promise<T>,
    options: CallOptions,
  ): Promise<T> {
    const deadline = new Deadline(options.timeout ?? this.#options.requestTimeout ?? 30_000, options.signal);
    try {
      for (;;) {
        const connection = await this.#whenReady(method, deadline);
        // It may have died between its promise and this line: then nothing was sent, and the next one will do.
        if (!connection.closed) return await connection.request(method, params, { decode, deadline });
      }
    } finally {
      deadline.clear();
    }
  }

  /** The connection, once a handshake is done. Errors: those of `ready`. */
  connection(deadline: Deadline): Promise<RpcConnection> {
    return this.#whenReady('connection', deadline);
  }

  /**
   * Resolves once a handshake is done.
   * @throws OvsdbTimeoutError if the deadline passes first
   * @throws OvsdbClosedError, OvsdbQueueFullError
   */
  async ready(deadline: Deadline): Promise<void> {
    await this.#whenReady('connection', deadline);
  }

  async #whenReady(what: string, deadline: Deadline): Promise<RpcConnection> {
    // The wait resolves a microtask before its caller runs; the connection may have died in between.
    for (;;) {
      if (this.#state.kind === 'closed') throw new OvsdbClosedError();
      if (deadline.over) throw new OvsdbTimeoutError(what, deadline.over.reason);
      if (this.#state.kind === 'ready' && this.#connection) return this.#connection;
      const connection = await this.#waitForReady(what, deadline);
      if (!connection.closed) return connection;
    }
  }

  #waitForReady(what: string, deadline: Deadline): Promise<RpcConnection> {
    return new Promise<RpcConnection>((resolve, reject) => {
      if (this.#waiters.size >= this.#limits.maxWaiting)
        throw new OvsdbQueueFullError(`${this.#limits.maxWaiting} calls wait for a connection`);
      const leave = (): void => {
        this.#waiters.delete(waiter);
        deadline.leave();
      };
      const waiter: Waiter = {
        proceed: connection => {
          leave();
          resolve(connection);
        },
        fail: error => {
          leave();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      deadline.wait(reason => waiter.fail(new OvsdbTimeoutError(what, reason)));
    });
  }

  /** The remote that is dialled, or was last; undefined before `start`. */
  get remote(): Endpoint | undefined {
    return this.#remotes[this.#remote];
  }

  /** Where a passive remote is waited for, with the port that was given; undefined where none is. */
  get listening(): PassiveEndpoint | undefined {
    for (const { listening } of this.#passive.values()) if (listening) return listening;
    return undefined;
  }

  /**
   * The other remotes are tried at once. After that: a server that talks, but refuses the handshake each time (a wrong
   * database, say), counts as alive to the machine and would be dialled again and again at the shortest wait.
   */
  #timing(): ReconnectOptions {
    const { minBackoff, maxBackoff } = this.#reconnectOptions;
    // There is nobody to spare who dials by himself, and as long as there is no other he may take his time.
    if (this.#remotes.length === 1 && this.listening)
      return { ...this.#reconnectOptions, minBackoff: 0, maxBackoff: 0, connectTimeout: longestTimer };
    if (this.#failures < this.#remotes.length - 1) return { ...this.#reconnectOptions, minBackoff: 0, maxBackoff: 0 };
    const rounds = Math.floor(this.#failedHandshakes / this.#remotes.length);
    const raised = Math.min(minBackoff * 2 ** Math.min(rounds, 16), maxBackoff);
    return { ...this.#reconnectOptions, minBackoff: raised };
  }

  #connect(): void {
    this.#state = { kind: 'connecting' };
    this.#remote = (this.#remote + 1) % this.#remotes.length;
    const endpoint = this.#remotes[this.#remote] as Endpoint;
    const failed = (cause: unknown): void =>
      this.#lost(new OvsdbDisconnectedError(`cannot connect to ${formatEndpoint(endpoint)}`, { cause }));
    if (isPassive(endpoint)) {
      this.#await(endpoint, failed);
      return;
    }
    let dialled: Dialled;
    try {
      dialled = (this.#options.dial ?? dial)(endpoint, this.#options.tls);
    } catch (cause) {
      // A certificate or key that cannot be read, say: files may be replaced, so it is tried again like the rest.
      failed(cause);
      return;
    }
    const { socket, readyEvent } = dialled;
    const onError = (cause: Error): void => {
      if (this.#socket === socket) failed(cause);
    };
    socket.on('error', onError);
    socket.once(readyEvent, () => {
      socket.off('error', onError);
      this.#opened(socket);
    });
    this.#socket = socket;
  }

  /** Waits for the server to connect, unless it has. */
  #await(endpoint: PassiveEndpoint, failed: (cause: unknown) => void): void {
    const text = formatEndpoint(endpoint);
    const passive = this.#passive.get(text) ?? this.#newPassive(text, endpoint);
    const isWaiting = () => this.#state.kind === 'connecting' && this.#remoteText() === text;
    passive.start().then(
      // The machine is asked anew how long it may take, now that it is listened.
      () => isWaiting() && this.#welcome(passive),
      cause => isWaiting() && failed(cause),
    );
  }

  #newPassive(text: string, endpoint: PassiveEndpoint): PassiveRemote {
    const passive = new PassiveRemote(endpoint, this.#options.tls, {
      onSocket: () => {
        if (this.#remoteText() !== text) return;
        if (this.#state.kind === 'connecting') this.#welcome(passive);
        else if (this.#state.kind === 'ready' || this.#state.kind === 'handshake') this.#replace();
      },
      onRefused: err => this.#logger.warn({ endpoint: text, err }, 'OVSDB server refused'),
    });
    this.#passive.set(text, passive);
    return passive;
  }

  #welcome(passive: PassiveRemote): void {
    const socket = passive.take();
    if (!socket) return;
    this.#socket = socket;
    this.#opened(socket);
  }

  /** The server has connected once more: what there was is stale. */
  #replace(): void {
    this.#driver.disable();
    this.#drop(new OvsdbDisconnectedError('the server made another connection'));
    // The same remote once more.
    this.#remote--;
    if (this.state.kind !== 'closed') this.#driver.enable();
  }

  #opened(socket: Socket): void {
    if (this.#socket !== socket) return;
    const connection = new RpcConnection(socket, this.#limits, {
      onHeard: () => this.#driver.heard(),
      onNotification: (method, params) => this.#options.onNotification?.(method, params),
      onClosed: why => {
        if (this.#connection === connection) this.#lost(why);
      },
    });
    this.#connection = connection;
    this.#state = { kind: 'handshake' };
    this.#driver.connected();
    void this.#handshake(connection);
  }

  async #handshake(connection: RpcConnection): Promise<void> {
    const deadline = new Deadline(this.#options.handshakeTimeout ?? 60_000);
    try {
      await this.#options.handshake?.(connection, deadline);
    } catch (cause) {
      this.#failedHandshakes++;
      connection.close(cause instanceof OvsdbError ? cause : new OvsdbMessageError('the handshake failed', { cause }));
      return;
    } finally {
      deadline.clear();
    }
    if (this.#connection !== connection || connection.closed) return;
    this.#failedHandshakes = 0;
    this.#failures = 0;
    this.#state = { kind: 'ready' };
    this.#reported.clear();
    this.#logger.info({ endpoint: this.#remoteText() }, 'OVSDB connected');
    this.emit('connected');
    for (const waiter of [...this.#waiters]) waiter.proceed(connection);
  }

  /** Ends what there is of a connection, after the reconnect machine has decided so. */
  #drop(why: OvsdbError): void {
    const connection = this.#connection;
    const socket = this.#socket;
    this.#connection = undefined;
    this.#socket = undefined;
    connection?.close(why);
    socket?.destroy();
    this.#report(why, connection !== undefined);
  }

  /** The connection ended by itself. */
  #lost(why: OvsdbError): void {
    const hadConnection = this.#connection !== undefined;
    const socket = this.#socket;
    this.#connection = undefined;
    this.#socket = undefined;
    socket?.destroy();
    if (this.#state.kind !== 'closed') this.#driver.failed();
    this.#report(why, hadConnection);
  }

  #remoteText(): string {
    return this.remote ? formatEndpoint(this.remote) : '';
  }

  #report(error: OvsdbError, hadConnection: boolean): void {
    this.#failures++;
    const closed = this.#state.kind === 'closed';
    if (!closed) {
      this.#state = { kind: 'backoff', error };
      // That a member of a cluster is not the one to use is in the order of things.
      const level = error instanceof OvsdbUnsuitableServerError ? 'info' : 'warn';
      const endpoint = this.#remoteText();
      // Once for each change of the reason: a server that is away is dialled again and again.
      const reason = error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
      const isNews = this.#reported.get(endpoint) !== reason;
      this.#reported.set(endpoint, reason);
      this.#logger[isNews ? level : 'debug']({ endpoint, err: error }, 'OVSDB disconnected');
    }
    if (hadConnection) this.emit('disconnected', error);
  }
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map(item => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
