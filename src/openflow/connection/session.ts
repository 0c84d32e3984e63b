// One socket's life: frames in and out, the hello, and the matching of answers to requests by xid.
// It knows nothing of dialling or listening; both make a new session for each socket.

import type { Duplex } from 'node:stream';
import { errorByName } from '../codec/error-names.ts';
import { ConnectionError, OpenFlowDecodeError, SwitchError, type SwitchErrorInfo } from '../errors.ts';
import type { Message, MessageBody, MessageKind } from '../messages/all.ts';
import { decode, encodeInto } from '../messages/list/codec.ts';
import { headerLength } from '../messages/shared/message-definition.ts';
import { openflow13, openflow14, openflow15 } from '../wire/version.ts';
import { Writer } from '../wire/writer.ts';
import { FrameError, Framer } from './framer.ts';
import { agree } from './versions.ts';

/** How much of a refused message an error carries back (OpenFlow 1.5.1 section 7.5.4). */
const errorDataLength = 64;

/** How long a refusal may take to leave before the socket is destroyed, ms. */
const partingTime = 1000;

/** Requests given up whose answers may still come, and need not be read. */
const maxGivenUp = 1024;

const typeAt = 1;
const multipartReplyType = 19;
/** The low byte of the flags, where OFPMPF_REPLY_MORE is. */
const multipartFlagsAt = 11;

/** HELLO, ECHO_REQUEST, EXPERIMENTER, PACKET_IN, FLOW_REMOVED and PORT_STATUS answer no request of ours. */
const neverAnswers: ReadonlySet<number> = new Set([0, 2, 4, 10, 11, 12]);

/** HELLO, ERROR, ECHO_REQUEST and ECHO_REPLY may come in any version, as OVS has it (lib/vconn.c). */
const lastTypeOfAnyVersion = 3;
const helloType = 0;
const errorType = 1;

/** What comes unasked, whatever its xid: some switches number these from their own count. */
const unasked: ReadonlySet<MessageKind> = new Set<MessageKind>([
  'packet_in',
  'packet_in2',
  'nx_packet_in',
  'flow_removed',
  'port_status',
  'role_status',
  'controller_status',
  'request_forward',
  'flow_monitor_paused',
  'flow_monitor_resumed',
]);

/** The last OFPT_* number of each version. One behind it is no message at all; one before it is, if not to us. */
const lastTypes: ReadonlyMap<number, number> = new Map([
  [openflow13, 29],
  [openflow14, 34],
  [openflow15, 35],
]);

/** What only a controller says. */
const controllerOnly: ReadonlySet<MessageKind> = new Set<MessageKind>([
  'features_request',
  'get_config_request',
  'set_config',
  'packet_out',
  'flow_mod',
  'group_mod',
  'meter_mod',
  'multipart_request',
  'barrier_request',
  'role_request',
  'get_async_request',
  'set_async',
  'bundle_add',
]);

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

export interface SessionOptions {
  /** Version numbers to offer, ascending. */
  readonly versions: readonly number[];
  /** Bytes that may wait to be sent. */
  readonly maxQueue: number;
}

export class Session {
  readonly #socket: Duplex;
  readonly #handlers: SessionHandlers;
  readonly #versions: readonly number[];
  readonly #framer = new Framer();
  readonly #pending = new Map<number, Pending>();
  readonly #givenUp = new Set<number>();
  readonly #routes = new Set<ErrorRoute>();
  readonly #writer = new Writer(4096);
  /** Bytes that may wait to be sent. */
  readonly maxQueue: number;
  /** The version the hellos agreed on; the highest we offer before that. */
  version: number;
  #holds = 0;
  #nextXid = 1;
  #ready = false;
  #closed = false;
  #parting: NodeJS.Timeout | undefined;
  #reason: Error | undefined;

  constructor(socket: Duplex, handlers: SessionHandlers, { versions, maxQueue }: SessionOptions) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#versions = versions;
    this.maxQueue = maxQueue;
    this.version = Math.max(...versions);
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
    this.post({ kind: 'hello', versions: this.#versions });
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
    this.#writer.begin();
    encodeInto(this.#writer, body, { version: this.version, xid });
    this.write(this.#writer.take());
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
    if (!this.#usable) throw new ConnectionError('OF_NOT_CONNECTED', 'not connected');
    if (this.#socket.writableLength + bytes.length > this.maxQueue) {
      throw new ConnectionError('OF_SEND_QUEUE_FULL', `more than ${this.maxQueue} bytes wait to be sent`);
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

  /** No answer to `xid` will come any more. */
  settle(xid: number): void {
    this.#pending.delete(xid);
  }

  /** What still comes in answer to `xid` is thrown away. */
  giveUp(xid: number): void {
    if (!this.#pending.delete(xid) || this.#closed) return;
    this.#givenUp.add(xid);
    if (this.#givenUp.size <= maxGivenUp) return;
    const [oldest] = this.#givenUp;
    if (oldest !== undefined) this.#givenUp.delete(oldest);
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

  get #usable(): boolean {
    return !this.#closed && !this.#parting && !this.#socket.destroyed;
  }

  /** Closes the socket when what was sent has left, or after a short time. */
  #part(reason: Error): void {
    if (!this.#usable) return;
    this.#reason ??= reason;
    this.#parting = setTimeout(() => this.#socket.destroy(), partingTime);
    this.#socket.end(() => this.#socket.destroy());
  }

  #finish(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#parting);
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const waiting of pending) waiting.onFailure(lost(this.#reason));
    this.#handlers.onClosed(this.#reason);
  }

  #receive(chunk: Uint8Array): void {
    if (!this.#usable) return;
    this.#handlers.onHeard();
    try {
      for (const frame of this.#framer.push(chunk)) {
        if (!this.#usable) return;
        this.#receiveFrame(frame);
      }
      if (!this.#ready) this.#refuseStranger();
    } catch (error) {
      if (!(error instanceof OpenFlowDecodeError)) throw error;
      if (error instanceof FrameError) this.#refuse(error.head, 'OFPBRC_BAD_LEN');
      this.#part(error);
    }
  }

  /** What starts like no hello will not become one: it need not come whole to be refused. */
  #refuseStranger(): void {
    const type = this.#framer.head[typeAt];
    if (type === undefined || type === helloType || type === errorType) return;
    throw new OpenFlowDecodeError('OF_BAD_VALUE', `a message of type ${type} came before a hello`);
  }

  #receiveFrame(frame: Uint8Array): void {
    const type = frame[typeAt] as number;
    if (this.#ready && frame[0] !== this.version && type > lastTypeOfAnyVersion) {
      this.#refuse(frame, 'OFPBRC_BAD_VERSION');
      throw new OpenFlowDecodeError('OF_BAD_VERSION', `a message of version ${frame[0]}`);
    }
    if (this.#givenUp.size > 0 && this.#isGivenUp(frame)) return;
    let message: Message;
    try {
      message = decode(frame);
    } catch (error) {
      this.#refuse(frame, 'OFPBRC_BAD_LEN');
      throw error;
    }
    if (this.#ready) this.#dispatch(message, frame);
    else this.#receiveHello(message, frame);
  }

  /** Answers nobody waits for any more are not even decoded. */
  #isGivenUp(frame: Uint8Array): boolean {
    const type = frame[typeAt] as number;
    const xid = xidOf(frame);
    if (neverAnswers.has(type) || !this.#givenUp.has(xid)) return false;
    const more = type === multipartReplyType && ((frame[multipartFlagsAt] ?? 0) & 1) === 1;
    if (!more) this.#givenUp.delete(xid);
    return true;
  }

  #receiveHello(message: Message, frame: Uint8Array): void {
    if (message.kind === 'error') {
      this.close(new SwitchError(message.error));
      return;
    }
    if (message.kind !== 'hello') {
      throw new OpenFlowDecodeError('OF_BAD_VALUE', `${message.kind} came before a hello`);
    }
    const version = agree(this.#versions, message.versions, message.version);
    if (version === undefined) {
      this.#refuse(frame, 'OFPHFC_INCOMPATIBLE');
      throw new OpenFlowDecodeError(
        'OF_BAD_VERSION',
        `no version in common: we speak ${this.#versions.join(', ')}, the switch ${message.versions?.join(', ') ?? message.version}`,
      );
    }
    this.#ready = true;
    this.version = version;
    this.#handlers.onReady(version);
  }

  #dispatch(message: Message, frame: Uint8Array): void {
    if (message.kind === 'echo_request') {
      this.post({ kind: 'echo_reply', data: message.data }, message.xid);
      return;
    }
    const pending = unasked.has(message.kind) ? undefined : this.#pending.get(message.xid);
    if (pending) this.#answer(pending, message);
    else if (message.kind === 'error' && this.#routeError(message.xid, message.error)) return;
    else if (message.kind === 'hello' || message.kind === 'echo_reply') return;
    // The connection goes on: the frame's end is known (OpenFlow 1.5.1 section 7.5.4.2).
    else if (isNoMessage(message) || controllerOnly.has(message.kind)) this.#refuse(frame, 'OFPBRC_BAD_TYPE');
    else this.#handlers.onMessage(message);
  }

  #answer(pending: Pending, message: Message): void {
    if (message.kind === 'error') {
      this.#pending.delete(message.xid);
      pending.onFailure(new SwitchError(message.error));
    } else if (pending.onMessage(message)) {
      this.#pending.delete(message.xid);
    }
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
    // An error in answer to an error would never end.
    if (!error || frame[typeAt] === errorType || !this.#usable) return;
    const xid = frame.length < headerLength ? 0 : xidOf(frame);
    this.post({ kind: 'error', error, data: frame.slice(0, errorDataLength) }, xid);
  }
}

function isNoMessage(message: Message): boolean {
  return message.kind === 'unknown' && message.type > (lastTypes.get(message.version) ?? 0);
}

function xidOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(4);
}

function lost(cause?: Error): ConnectionError {
  return new ConnectionError('OF_OUTCOME_UNKNOWN', 'the connection went before the answer came', { cause });
}
