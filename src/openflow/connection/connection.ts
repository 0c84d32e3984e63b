// A switch as long as it is wanted: dials it, keeps the connection alive, dials again when it goes.

import { type Dial, type Dialled, type DialTls, dial as dialSocket } from '../../lib/dial.ts';
import { type ActiveEndpoint, formatActiveEndpoint } from '../../lib/endpoint.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import { type ReconnectOptions, reconnectDefaults } from '../../lib/reconnect.ts';
import { ReconnectDriver } from '../../lib/reconnect-driver.ts';
import { ConnectionError } from '../errors.ts';
import type { FeaturesReply } from '../messages/features.ts';
import { introduce } from './handshake.ts';
import type { Session } from './session.ts';
import { defaultSendQueue, Switch, type SwitchEvents, type SwitchOptions } from './switch.ts';
import { versionNumbers } from './versions.ts';

/** Where the switch is, and how patient to be with it. */
export interface SwitchConnectionOptions extends SwitchOptions {
  readonly endpoint: ActiveEndpoint;
  /** For `ssl:` endpoints. */
  readonly tls?: DialTls | undefined;
  readonly reconnect?: Partial<ReconnectOptions>;
  /** The clock, the dice and the socket, for tests. */
  readonly now?: () => number;
  readonly random?: () => number;
  readonly dial?: Dial;
}

/** What a connection tells its owner. */
export type SwitchConnectionEvents = SwitchEvents;

/** `connecting`: not connected, and trying to be. */
export type ConnectionState = 'disconnected' | 'connecting' | 'connected';

/** A switch that we dial: connected when it can be, dialled again when it goes. */
export class SwitchConnection extends Switch {
  readonly #endpoint: ActiveEndpoint;
  readonly #logger: Logger;
  readonly #options: SwitchConnectionOptions;
  readonly #versions: readonly number[];
  readonly #driver: ReconnectDriver;
  #session: Session | undefined;
  /** Why it is not connected, as it was last logged. */
  #reported: string | undefined;
  #whenGone: (() => void)[] = [];

  constructor(options: SwitchConnectionOptions) {
    super(options);
    this.#options = options;
    this.#endpoint = options.endpoint;
    this.#logger = options.logger ?? silentLogger;
    this.#versions = versionNumbers(options.versions);
    const timing = { ...reconnectDefaults, ...options.reconnect };
    this.#driver = new ReconnectDriver(
      () => timing,
      {
        connect: () => this.#dial(),
        probe: () => this.#session?.post({ kind: 'echo_request', data: new Uint8Array() }),
        disconnect: () => this.#session?.close(new ConnectionError('OF_TIMEOUT', 'the switch fell silent')),
        excused: () => this.#session?.held ?? false,
      },
      options,
    );
  }

  get state(): ConnectionState {
    if (this.features) return 'connected';
    return this.#driver.state === 'void' ? 'disconnected' : 'connecting';
  }

  /** Starts to connect, and to stay connected until `close`. */
  start(): void {
    this.#driver.enable();
  }

  override async close(): Promise<void> {
    const session = this.#session;
    const gone = session && new Promise<void>(resolve => this.#whenGone.push(resolve));
    this.#driver.disable();
    session?.close(new ConnectionError('OF_NOT_CONNECTED', 'closed by us'));
    await gone;
    this.endStreams(false);
  }

  #dial(): void {
    let dialled: Dialled;
    try {
      dialled = (this.#options.dial ?? dialSocket)(this.#endpoint, this.#options.tls);
    } catch (cause) {
      // A certificate or key that cannot be read, say: files may be replaced, so it is tried again like the rest.
      this.#report('warn', 'cannot dial', cause instanceof Error ? cause.message : String(cause));
      this.#driver.failed();
      return;
    }
    const { socket, readyEvent } = dialled;
    const session: Session = introduce(
      socket,
      {
        onFeatures: features => this.#ready(session, features),
        onMessage: message => this.receive(message),
        onHeard: () => {
          if (this.features) this.#driver.heard();
        },
        onClosed: reason => this.#gone(session, reason),
      },
      { versions: this.#versions, maxQueue: this.#options.maxSendQueue ?? defaultSendQueue },
    );
    this.#session = session;
    socket.once(readyEvent, () => session.greet());
  }

  #ready(session: Session, features: FeaturesReply): void {
    this.#driver.connected();
    this.attach(session, features);
    this.#reported = undefined;
    this.#logger.info({ endpoint: formatActiveEndpoint(this.#endpoint), version: this.version }, 'connected');
    this.emit('connected', features);
  }

  #gone(session: Session, reason: Error | undefined): void {
    if (this.#session !== session) return;
    const wasConnected = this.detach();
    this.#session = undefined;
    const text = reason?.message ?? 'closed by the switch';
    // After a disconnect verdict the state machine is already waiting: it must not wait twice as long.
    if (this.#driver.state !== 'void' && this.#driver.state !== 'backoff') this.#driver.failed();
    this.#report('info', 'disconnected', text);
    for (const resolve of this.#whenGone.splice(0)) resolve();
    if (wasConnected) this.emit('disconnected', text);
  }
  /** Once for each change of the reason: a switch that is away is dialled again and again. */
  #report(level: 'info' | 'warn', what: string, reason: string): void {
    const endpoint = formatActiveEndpoint(this.#endpoint);
    this.#logger[reason === this.#reported ? 'debug' : level]({ endpoint, reason }, what);
    this.#reported = reason;
  }
}
