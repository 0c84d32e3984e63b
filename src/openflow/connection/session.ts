// One socket's life: frames in and out, the hello, and the matching of answers to requests by xid.
// It knows nothing of reconnecting; connection.ts makes a new session for each socket.

import type { Duplex } from 'node:stream';
import { errorByName } from '../codec/error-names.ts';
import { decode, encodeInto, type Message, type MessageBody } from '../codec/message.ts';
import { ConnectionError, OpenFlowDecodeError, SwitchError, type SwitchErrorInfo } from '../errors.ts';
import { highestVersion, openflow15 } from '../wire/version.ts';
import { Writer } from '../wire/writer.ts';
import { Framer } from './framer.ts';

/** Versions this library can speak, as they stand in a hello. */
export const supportedVersions: readonly number[] = [openflow15];

/** How much of a refused message an error carries back (OpenFlow 1.5.1 section 7.5.4). */
const errorDataLength = 64;

export interface Pending {
  /** An answer. Returns whether it was the last one. @throws OpenFlowDecodeError */
  onMessage(message: Message): boolean;
  onFailure(error: Error): void;
}

/** Takes the errors of a run of messages sent without waiting. */
export interface ErrorRoute {
  readonly firstXid: number;
  readonly count: number;
  onError(index: number, error: SwitchErrorInfo): void;
}

export interface SessionHandlers {
  /** The hellos agree on a version. */
  onReady(version: number): void;
  /** A message that answers no request. */
  onMessage(message: Message): void;
  /** Something came in. */
  onHeard(): void;
  /** The socket is gone, whoever closed it. Called once. */
  onClosed(reason: Error | undefined): void;
}

export class Session {
  readonly #socket: Duplex;
  readonly #handlers: SessionHandlers;
  readonly #maxQueue: number;
  readonly #framer = new Framer();
  readonly #pending = new Map<number, Pending>();
  readonly #routes = new Set<ErrorRoute>();
  readonly #writer = new Writer(4096);
  /** The version the hellos agreed on; our highest before that. */
  version: number = highestVersion;
  #holds = 0;
  #nextXid = 1;
  #ready = false;
  #closed = false;
  #reason: Error | undefined;

  constructor(socket: Duplex, handlers: SessionHandlers, maxQueue: number) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#maxQueue = maxQueue;
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    socket.on('error', error => {
      this.#reason ??= error;
    });
    socket.on('close', () => this.#finish());
    socket.on('end', () => socket.end());
  }

  /** Whether reading is held back by a slow consumer: silence is then our own doing. */
  get held(): boolean {
    return this.#holds > 0;
  }

  /** Says hello; to be called when the socket is open. */
  greet(): void {
    this.post({ kind: 'hello', versions: supportedVersions });
  }

  /** The first of `count` xids in a row that no request uses. */
  takeXids(count = 1): number {
    if (this.#nextXid + count > 0xffffffff) this.#nextXid = 1;
    const first = this.#nextXid;
    this.#nextXid += count;
    return first;
  }

  /** Sends one message. @throws ConnectionError, OpenFlowEncodeError */
  send(body: MessageBody, xid = this.takeXids()): number {
    this.#writer.truncate(0);
    encodeInto(this.#writer, body, { version: this.version, xid });
    this.write(this.#writer.finish());
    return xid;
  }

  /** Sends what the protocol asks of us. If that is not possible, the connection is of no more use. */
  post(body: MessageBody, xid?: number): void {
    try {
      this.send(body, xid);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.close(error);
    }
  }

  /** Sends encoded messages. Returns whether the caller may go on at once; if not, wait for `drained`. */
  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#socket.destroyed) throw new ConnectionError('OF_NOT_CONNECTED', 'not connected');
    if (this.#socket.writableLength + bytes.length > this.#maxQueue) {
      throw new ConnectionError('OF_SEND_QUEUE_FULL', `more than ${this.#maxQueue} bytes wait to be sent`);
    }
    return this.#socket.write(bytes);
  }

  /** Resolves when the send queue is short again. @throws ConnectionError when the socket goes first */
  async drained(): Promise<void> {
    if (this.#closed) throw lost();
    if (!this.#socket.writableNeedDrain) return;
    await new Promise<void>((resolve, reject) => {
      const socket = this.#socket;
      const onDrain = () => {
        socket.off('close', onClose);
        resolve();
      };
      const onClose = () => {
        socket.off('drain', onDrain);
        reject(lost());
      };
      socket.once('drain', onDrain);
      socket.once('close', onClose);
    });
  }

  expect(xid: number, pending: Pending): void {
    this.#pending.set(xid, pending);
  }

  forget(xid: number): void {
    this.#pending.delete(xid);
  }

  addRoute(route: ErrorRoute): void {
    this.#routes.add(route);
  }

  removeRoute(route: ErrorRoute): void {
    this.#routes.delete(route);
  }

  /** Stops reading until the matching `release`. */
  hold(): void {
    if (this.#holds++ === 0) this.#socket.pause();
  }

  release(): void {
    if (--this.#holds === 0) this.#socket.resume();
  }

  /** Closes the socket. */
  close(reason?: Error): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }

  #finish(): void {
    if (this.#closed) return;
    this.#closed = true;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const waiting of pending) waiting.onFailure(lost(this.#reason));
    this.#handlers.onClosed(this.#reason);
  }

  #receive(chunk: Uint8Array): void {
    this.#handlers.onHeard();
    try {
      for (const frame of this.#framer.push(chunk)) {
        if (this.#closed || this.#socket.destroyed) return;
        this.#receiveFrame(frame);
      }
    } catch (error) {
      if (!(error instanceof OpenFlowDecodeError)) throw error;
      this.close(error);
    }
  }

  #receiveFrame(frame: Uint8Array): void {
    let message: Message;
    try {
      message = decode(frame);
    } catch (error) {
      // An error in answer to an error would never end.
      if (frame[1] !== 1) this.#refuse(frame, 'OFPBRC_BAD_LEN');
      throw error;
    }
    if (!this.#ready) this.#receiveHello(message, frame);
    else this.#dispatch(message, frame);
  }

  #receiveHello(message: Message, frame: Uint8Array): void {
    if (message.kind === 'error') {
      this.close(new SwitchError(message.error));
      return;
    }
    if (message.kind !== 'hello') {
      throw new OpenFlowDecodeError('OF_BAD_VALUE', `${message.kind} came before a hello`);
    }
    const version = agree(message.versions, message.version);
    if (version === undefined) {
      this.#refuse(frame, 'OFPHFC_INCOMPATIBLE');
      throw new OpenFlowDecodeError(
        'OF_BAD_VERSION',
        `no version in common: we speak ${supportedVersions.join(', ')}, the switch ${message.versions?.join(', ') ?? message.version}`,
      );
    }
    this.#ready = true;
    this.version = version;
    this.#handlers.onReady(version);
  }

  #dispatch(message: Message, frame: Uint8Array): void {
    if (message.version !== this.version) {
      this.#refuse(frame, 'OFPBRC_BAD_VERSION');
      throw new OpenFlowDecodeError('OF_BAD_VERSION', `a message of version ${message.version}`);
    }
    if (message.kind === 'echo_request') {
      this.post({ kind: 'echo_reply', data: message.data }, message.xid);
      return;
    }
    const pending = this.#pending.get(message.xid);
    if (pending) {
      if (message.kind === 'error') {
        this.#pending.delete(message.xid);
        pending.onFailure(new SwitchError(message.error));
      } else if (pending.onMessage(message)) {
        this.#pending.delete(message.xid);
      }
      return;
    }
    if (message.kind === 'error' && this.#routeError(message.xid, message.error)) return;
    if (message.kind !== 'echo_reply') this.#handlers.onMessage(message);
  }

  #routeError(xid: number, error: SwitchErrorInfo): boolean {
    for (const route of this.#routes) {
      const index = xid - route.firstXid;
      if (index < 0 || index >= route.count) continue;
      route.onError(index, error);
      return true;
    }
    return false;
  }

  /** Tells the switch what was wrong with its message. */
  #refuse(frame: Uint8Array, name: string): void {
    const error = errorByName(name);
    if (!error || this.#socket.destroyed) return;
    const xid = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).readUInt32BE(4);
    this.post({ kind: 'error', error, data: frame.slice(0, errorDataLength) }, xid);
  }
}

function lost(cause?: Error): ConnectionError {
  return new ConnectionError('OF_OUTCOME_UNKNOWN', 'the connection went before the answer came', { cause });
}

/** The highest version both sides speak (OpenFlow 1.5.1 section 6.3.1); undefined when there is none. */
export function agree(bitmap: readonly number[] | undefined, headerVersion: number): number | undefined {
  const common = supportedVersions.filter(version =>
    // Without a bitmap the peer speaks all versions up to its header's.
    bitmap ? bitmap.includes(version) : version <= headerVersion,
  );
  return common.length > 0 ? Math.max(...common) : undefined;
}
