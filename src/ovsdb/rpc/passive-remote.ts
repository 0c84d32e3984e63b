// A remote that dials us, as ovsdb-server does with an active remote of its own. It listens as long as it is wanted; of
// several connections the newest counts (OVS lib/jsonrpc.c, jsonrpc_session_run()).

import type { Socket } from 'node:net';
import type { PassiveEndpoint } from '../../lib/endpoint.ts';
import { type Listener, type ListenTls, listen } from '../../lib/listen.ts';

/** How long a peer may take for its TLS handshake, ms. */
const handshakeTimeout = 10_000;

export interface PassiveRemoteEvents {
  /** A server has connected: `take` has its socket. */
  readonly onSocket: () => void;
  /** One that tried had no good certificate, or its address could not be listened on. */
  readonly onRefused: (error: Error) => void;
}

export class PassiveRemote {
  readonly #endpoint: PassiveEndpoint;
  readonly #tls: ListenTls | undefined;
  readonly #events: PassiveRemoteEvents;
  #listener: Listener | undefined;
  #starting: Promise<void> | undefined;
  #socket: Socket | undefined;
  #closed = false;

  constructor(endpoint: PassiveEndpoint, tls: ListenTls | undefined, events: PassiveRemoteEvents) {
    this.#endpoint = endpoint;
    this.#tls = tls;
    this.#events = events;
  }

  /** With the port that was given where 0 was asked for; undefined while it does not listen. */
  get listening(): PassiveEndpoint | undefined {
    return this.#listener?.endpoint;
  }

  /** Listens, unless it does. @throws Error when the address is taken, or a certificate cannot be read */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch(error => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** The newest connection, if nobody has taken it; it is then somebody else's. */
  take(): Socket | undefined {
    const socket = this.#socket;
    this.#socket = undefined;
    return socket?.destroyed ? undefined : socket;
  }

  /** Listens no longer. A connection that was taken stays. */
  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
    void this.#listener?.close();
    this.#listener = undefined;
  }

  async #start(): Promise<void> {
    const listener = await listen(
      this.#endpoint,
      {
        onAccept: () => !this.#closed,
        onSocket: socket => this.#accept(socket),
        onRefused: error => this.#events.onRefused(error),
      },
      { tls: this.#tls, handshakeTimeout },
    );
    if (this.#closed) void listener.close();
    else this.#listener = listener;
  }

  #accept(socket: Socket): void {
    // It says nothing before it is asked, and may go before it is taken.
    socket.on('error', () => {});
    if (this.#closed) {
      socket.destroy();
      return;
    }
    this.#socket?.destroy();
    this.#socket = socket;
    this.#events.onSocket();
  }
}
