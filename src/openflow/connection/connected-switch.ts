// A switch that dialled us. It has one connection's life: when the switch dials again, that is another object.

import type { Duplex } from 'node:stream';
import { ReconnectDriver } from '../../lib/reconnect-driver.ts';
import { ConnectionError } from '../errors.ts';
import type { Message } from '../messages/all.ts';
import type { FeaturesReply } from '../messages/features.ts';
import { introduce } from './handshake.ts';
import type { Session } from './session.ts';
import { defaultSendQueue, Switch, type SwitchOptions } from './switch.ts';

export interface ConnectedSwitchOptions extends SwitchOptions {
  /** Silence after which the switch is probed, and again after which it is given up, ms; 0 turns probing off. */
  readonly probeInterval: number;
  /** How long hello and features may take, from the moment the socket was accepted, ms. */
  readonly handshakeTimeout: number;
}

/** What the controller that accepted the socket wants to know. */
export interface ConnectedSwitchHandlers {
  /** Hello and features are done; requests may be made. */
  onFeatures(features: FeaturesReply): void;
  /** Takes a message that answers nothing, instead of the switch's own events and streams. Returns whether it did. */
  divert(message: Message): boolean;
  /** The socket is gone. Called once, also when `onFeatures` never was. */
  onGone(reason: string): void;
}

/**
 * Handed out connected: `connected` is never emitted, `disconnected` at most once. Its streams end with the
 * connection.
 */
export class ConnectedSwitch extends Switch {
  readonly #session: Session;
  readonly #driver: ReconnectDriver;
  readonly #auxiliaries = new Map<number, ConnectedSwitch>();
  #known: FeaturesReply | undefined;
  readonly #gone: Promise<void>;
  /** Where the switch dialled from, as `HOST:PORT`; empty for a unix socket. */
  readonly remote: string;

  /** For the controller that accepts the socket. `versions`: numbers, ascending. */
  constructor(
    socket: Duplex,
    remote: string,
    versions: readonly number[],
    handlers: ConnectedSwitchHandlers,
    options: ConnectedSwitchOptions,
  ) {
    super(options);
    this.remote = remote;
    const { probeInterval, handshakeTimeout } = options;
    const timing = { minBackoff: 0, maxBackoff: 0, probeInterval, connectTimeout: handshakeTimeout };
    const silent = (what: string) => () => this.#drop(new ConnectionError('OF_TIMEOUT', what));
    this.#driver = new ReconnectDriver(() => timing, {
      // The switch dials, not we.
      connect: () => {},
      probe: () => this.#session.post({ kind: 'echo_request', data: new Uint8Array() }),
      disconnect: silent('the switch fell silent'),
      excused: () => this.#session.held,
    });
    const deadline = setTimeout(silent(`no handshake in ${handshakeTimeout} ms`), handshakeTimeout);
    let whenGone = (): void => {};
    this.#gone = new Promise(resolve => {
      whenGone = resolve;
    });
    this.#session = introduce(
      socket,
      {
        onFeatures: features => {
          clearTimeout(deadline);
          this.#known = features;
          this.#driver.connected();
          this.attach(this.#session, features);
          handlers.onFeatures(features);
        },
        onMessage: message => {
          if (!handlers.divert(message)) this.receive(message);
        },
        onHeard: () => this.#driver.heard(),
        onClosed: reason => {
          clearTimeout(deadline);
          this.#driver.disable();
          const was = this.detach();
          const text = reason?.message ?? 'closed by the switch';
          handlers.onGone(text);
          if (was) this.emit('disconnected', text);
          this.endStreams(true);
          whenGone();
        },
      },
      { versions, maxQueue: options.maxSendQueue ?? defaultSendQueue },
    );
    this.#session.greet();
  }

  /** The MAC in the low 48 bits, the implementer's number above. Stays when the connection is gone. */
  get datapathId(): bigint {
    return this.#known?.datapathId ?? 0n;
  }

  /** 0 for a main connection (OpenFlow 1.5.1 section 6.3.8). */
  get auxiliaryId(): number {
    return this.#known?.auxiliaryId ?? 0;
  }

  /** The auxiliary connections of this switch, by number. What they bring unasked comes from this object. */
  get auxiliaries(): ReadonlyMap<number, ConnectedSwitch> {
    return this.#auxiliaries;
  }

  /** Closes the connection and its auxiliaries. The switch is free to dial again. */
  override async close(): Promise<void> {
    await this.closeBecause('closed by us');
  }

  /** For the controller. */
  async closeBecause(reason: string): Promise<void> {
    const auxiliaries = [...this.#auxiliaries.values()];
    this.#drop(new ConnectionError('OF_NOT_CONNECTED', reason));
    await Promise.all([this.#gone, ...auxiliaries.map(auxiliary => auxiliary.closeBecause(reason))]);
  }

  /** For the controller: an auxiliary connection came. One with the same number is replaced. */
  addAuxiliary(auxiliary: ConnectedSwitch): void {
    void this.#auxiliaries.get(auxiliary.auxiliaryId)?.closeBecause('replaced by a newer connection');
    this.#auxiliaries.set(auxiliary.auxiliaryId, auxiliary);
  }

  /** For the controller: an auxiliary connection went. */
  removeAuxiliary(auxiliary: ConnectedSwitch): void {
    if (this.#auxiliaries.get(auxiliary.auxiliaryId) === auxiliary) this.#auxiliaries.delete(auxiliary.auxiliaryId);
  }

  /** For the controller: what an auxiliary connection of this switch brought. */
  take(message: Message): void {
    this.receive(message);
  }

  #drop(reason: Error): void {
    this.#driver.disable();
    this.#session.close(reason);
  }
}
