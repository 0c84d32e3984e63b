// The side that listens: accepts switches, shakes hands with each, and hands them to the owner by datapath id.

import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { formatPassiveEndpoint, type PassiveEndpoint } from '../../lib/endpoint.ts';
import { type Listener, type ListenTls, listen, remoteOf } from '../../lib/listen.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import { ConnectionError } from '../errors.ts';
import type { Message } from '../messages/all.ts';
import { ConnectedSwitch } from './connected-switch.ts';
import type { SwitchOptions } from './switch.ts';
import { versionNumbers } from './versions.ts';

/** The `logger`, `requestTimeout`, `maxSendQueue` and `versions` hold for each switch. */
export interface ControllerOptions extends SwitchOptions {
  readonly endpoints: readonly PassiveEndpoint[];
  /** For `pssl:` endpoints. Files are read by `listen`. */
  readonly tls?: ListenTls | undefined;
  /** Connections at one time, those that still shake hands included; 1024 when absent. One more is closed at once. */
  readonly maxConnections?: number | undefined;
  /** How long TLS, and then hello and features, may take, ms; 10,000 when absent. */
  readonly handshakeTimeout?: number | undefined;
  /** Silence after which a switch is probed, and again after which it is given up, ms; 5,000; 0 turns probing off. */
  readonly probeInterval?: number | undefined;
}

/** What a controller tells its owner. */
export interface ControllerEvents {
  /** A switch is connected, on its main connection, and may be asked. */
  switch: [connected: ConnectedSwitch];
  /** The main connection of a switch is gone, and its auxiliaries go with it. */
  switchGone: [gone: ConnectedSwitch, reason: string];
  /**
   * A peer that did not become a switch: no certificate, no handshake, one too many. `remote` is `HOST:PORT`, or empty
   * when that is not known any more.
   */
  refused: [reason: string, remote: string];
}

const defaultMaxConnections = 1024;
const defaultHandshakeTimeout = 10_000;
const defaultProbeInterval = 5_000;

/**
 * A second main connection of a datapath id replaces the first, which is closed: a switch that lost its connection
 * without our noticing dials again, as OVS does, long before the old one is given up. So each datapath id may be used
 * by one bridge only, and a bridge may name this controller only once; otherwise they take turns.
 *
 * An auxiliary connection joins the main connection of its datapath id; without one it is closed (OpenFlow 1.5.1
 * section 6.3.8).
 */
export class Controller extends EventEmitter<ControllerEvents> {
  readonly #options: ControllerOptions;
  readonly #versions: readonly number[];
  readonly #logger: Logger;
  readonly #switches = new Map<bigint, ConnectedSwitch>();
  /** Every connection that is past TLS, main or auxiliary, handshake done or not. */
  readonly #connections = new Set<ConnectedSwitch>();
  /** Every socket that was accepted. */
  readonly #sockets = new Map<Socket, Promise<void>>();
  #listeners: readonly Listener[] = [];
  #state: 'new' | 'starting' | 'listening' | 'closed' = 'new';
  #starting: Promise<unknown> = Promise.resolve();

  constructor(options: ControllerOptions) {
    super();
    this.#options = options;
    this.#versions = versionNumbers(options.versions);
    this.#logger = options.logger ?? silentLogger;
  }

  /** The switches that are connected, by datapath id. */
  get switches(): ReadonlyMap<bigint, ConnectedSwitch> {
    return this.#switches;
  }

  /** Where it listens, with the ports that were given where 0 was asked for. */
  get endpoints(): readonly PassiveEndpoint[] {
    return this.#listeners.map(({ endpoint }) => endpoint);
  }

  /**
   * Listens on every endpoint, or on none. To be called once.
   * @throws Error when an address is taken or a certificate cannot be read; ConnectionError when it was closed
   */
  async listen(): Promise<void> {
    if (this.#state !== 'new') throw new ConnectionError('OF_NOT_CONNECTED', `the controller is ${this.#state}`);
    this.#state = 'starting';
    const starting = Promise.allSettled(this.#options.endpoints.map(endpoint => this.#listen(endpoint)));
    this.#starting = starting;
    const outcomes = await starting;
    const listeners = outcomes.filter(outcome => outcome.status === 'fulfilled').map(({ value }) => value);
    const failure = outcomes.find(outcome => outcome.status === 'rejected');
    this.#listeners = listeners;
    // `close` may have come in the meantime, and has waited for this.
    if (!failure && (this.#state as string) !== 'closed') {
      this.#state = 'listening';
      return;
    }
    await this.close();
    throw failure?.reason ?? new ConnectionError('OF_NOT_CONNECTED', 'the controller is closed');
  }

  /** Stops listening and closes every connection. Resolves when all sockets are gone. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await this.#starting;
    const closing = this.#listeners.map(listener => listener.close());
    this.#listeners = [];
    await Promise.all([...this.#connections].map(connection => connection.closeBecause('closed by us')));
    const sockets = [...this.#sockets];
    for (const [socket] of sockets) socket.destroy();
    await Promise.all([...closing, ...sockets.map(([, gone]) => gone)]);
  }

  #listen(endpoint: PassiveEndpoint): Promise<Listener> {
    const { tls } = this.#options;
    return listen(
      endpoint,
      {
        onAccept: raw => this.#accept(raw),
        onSocket: socket => this.#shakeHands(socket),
        onRefused: (error, remote) => this.#refuse(error.message, remote),
      },
      { tls, handshakeTimeout: this.#handshakeTimeout },
    ).then(listener => {
      this.#logger.info({ endpoint: formatPassiveEndpoint(listener.endpoint) }, 'listening for switches');
      return listener;
    });
  }

  get #handshakeTimeout(): number {
    return this.#options.handshakeTimeout ?? defaultHandshakeTimeout;
  }

  #accept(raw: Socket): boolean {
    raw.on('error', () => {});
    if (this.#state === 'closed') return false;
    const most = this.#options.maxConnections ?? defaultMaxConnections;
    if (this.#sockets.size >= most) {
      this.#refuse(`more than ${most} connections`, remoteOf(raw));
      return false;
    }
    const gone = new Promise<void>(resolve => {
      raw.once('close', () => {
        this.#sockets.delete(raw);
        resolve();
      });
    });
    this.#sockets.set(raw, gone);
    return true;
  }

  #shakeHands(socket: Socket): void {
    if (this.#state === 'closed') {
      socket.destroy();
      return;
    }
    const { requestTimeout, maxSendQueue, probeInterval = defaultProbeInterval } = this.#options;
    const remote = remoteOf(socket);
    let main: ConnectedSwitch | undefined;
    let known = false;
    const connection: ConnectedSwitch = new ConnectedSwitch(
      socket,
      remote,
      this.#versions,
      {
        onFeatures: ({ auxiliaryId, datapathId }) => {
          known = true;
          if (auxiliaryId === 0) this.#welcome(connection);
          else {
            main = this.#switches.get(datapathId);
            if (main) main.addAuxiliary(connection);
            else void connection.closeBecause('an auxiliary connection without a main one');
          }
        },
        divert: (message: Message) => {
          main?.take(message);
          return main !== undefined;
        },
        onGone: reason => {
          this.#connections.delete(connection);
          main?.removeAuxiliary(connection);
          if (!known || (connection.auxiliaryId !== 0 && !main)) this.#refuse(reason, remote);
          else if (!main) this.#farewell(connection, reason);
        },
      },
      { logger: this.#logger, requestTimeout, maxSendQueue, probeInterval, handshakeTimeout: this.#handshakeTimeout },
    );
    this.#connections.add(connection);
  }

  #welcome(connection: ConnectedSwitch): void {
    const older = this.#switches.get(connection.datapathId);
    if (older) {
      this.#farewell(older, 'replaced by a newer connection');
      void older.closeBecause('replaced by a newer connection');
    }
    this.#switches.set(connection.datapathId, connection);
    this.#logger.info({ ...nameOf(connection), version: connection.version }, 'switch connected');
    this.emit('switch', connection);
  }

  /** Once per switch: one that was replaced is no longer in the map when its socket goes. */
  #farewell(connection: ConnectedSwitch, reason: string): void {
    if (this.#switches.get(connection.datapathId) !== connection) return;
    this.#switches.delete(connection.datapathId);
    for (const auxiliary of connection.auxiliaries.values()) void auxiliary.closeBecause('the main connection is gone');
    this.#logger.info({ ...nameOf(connection), reason }, 'switch gone');
    this.emit('switchGone', connection, reason);
  }

  #refuse(reason: string, remote: string): void {
    this.#logger.warn({ remote, reason }, 'refused');
    this.emit('refused', reason, remote);
  }
}

function nameOf({ datapathId, remote }: ConnectedSwitch): { readonly datapathId: string; readonly remote: string } {
  return { datapathId: datapathId.toString(16).padStart(16, '0'), remote };
}
