// One connection to an OVSDB server, from open to close: frames, matches replies to requests, answers the server's
// echo. It never reconnects (session.ts does), and knows nothing of databases.

import type { Socket } from 'node:net';
import {
  OvsdbDisconnectedError,
  OvsdbError,
  OvsdbMessageError,
  OvsdbOutcomeUnknownError,
  OvsdbQueueFullError,
  OvsdbRpcError,
  OvsdbTimeoutError,
} from '../errors.ts';
import { excerpt, type Json, type JsonArray } from '../json/json.ts';
import { type ChooseTaker, JsonStream, type JsonStreamLimits, type TakeLines } from '../json/json-stream.ts';
import type { Deadline } from './deadline.ts';
import {
  formatError,
  formatNotification,
  formatRequest,
  formatResult,
  parseMessage,
  type RpcMessage,
} from './rpc-message.ts';

export interface ConnectionEvents {
  /** Bytes arrived, or a batch of them has been worked off. */
  readonly onHeard: () => void;
  /**
   * A notification from the server. No later message is looked at before a promise it returns is settled. May throw
   * an OvsdbError to close the connection.
   */
  readonly onNotification: (method: string, params: JsonArray) => void | Promise<void>;
  /** The end, once. Every pending request has failed before. */
  readonly onClosed: (why: OvsdbError) => void;
}

export interface ConnectionLimits extends JsonStreamLimits {
  /** Most bytes that may wait for the peer to read them. */
  readonly maxUnsentBytes: number;
  /** Most requests that may wait for a reply. */
  readonly maxPending: number;
}

export interface RequestOptions<T> {
  /**
   * Turns the result into what the promise resolves to. It runs when the reply arrives, and ends before any later
   * message is looked at: what it does is done in the server's order. May throw.
   */
  readonly decode: (result: Json) => T | Promise<T>;
  /** Ends the wait. */
  readonly deadline: Deadline;
  /**
   * Takes parts of a long result as they come, before `decode` gets the rest. Only one request at a time may have it,
   * and only while no other reply can come that it would take for its own.
   */
  readonly chooseTaker?: ChooseTaker | undefined;
  /** Takes the whole lines of a result that is one long text, under the same condition. */
  readonly takeLines?: TakeLines | undefined;
}

interface Pending {
  readonly method: string;
  readonly resolve: (result: Json) => void | Promise<void>;
  readonly reject: (error: Error) => void;
}

const probeId = 'probe';

export class RpcConnection {
  readonly #socket: Socket;
  readonly #stream: JsonStream;
  readonly #limits: ConnectionLimits;
  readonly #events: ConnectionEvents;
  readonly #pending = new Map<number, Pending>();
  /** What has come and is not looked at yet, and the messages of the chunk before. */
  readonly #chunks: Uint8Array[] = [];
  #messages: Iterator<Json, void, void> | undefined;
  #busy = false;
  #nextId = 0;
  #closed = false;

  /** Takes over an open socket. */
  constructor(socket: Socket, limits: ConnectionLimits, events: ConnectionEvents) {
    this.#socket = socket;
    this.#limits = limits;
    this.#events = events;
    this.#stream = new JsonStream(limits);
    socket.on('data', chunk => this.#receive(chunk));
    socket.on('error', cause => this.close(new OvsdbDisconnectedError('the connection failed', { cause })));
    socket.on('end', () => this.close(new OvsdbDisconnectedError('the server closed the connection')));
    socket.on('close', () => this.close(new OvsdbDisconnectedError('the connection was closed')));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the socket waits for a message to be handled: silence is then our own doing. */
  get busy(): boolean {
    return this.#busy;
  }

  /**
   * Sends a request.
   * @throws OvsdbOutcomeUnknownError if the connection ends or the deadline passes before the reply
   * @throws OvsdbRpcError if the server refuses
   * @throws OvsdbQueueFullError, OvsdbDisconnectedError, OvsdbTimeoutError if nothing was sent
   */
  request<T>(
    method: string,
    params: JsonArray,
    { decode, deadline, chooseTaker, takeLines }: RequestOptions<T>,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) throw new OvsdbDisconnectedError('the connection is closed');
      if (deadline.over) throw new OvsdbTimeoutError(method, deadline.over.reason);
      if (this.#pending.size >= this.#limits.maxPending)
        throw new OvsdbQueueFullError(`${this.#limits.maxPending} requests wait for a reply`);
      if (this.#socket.writableLength > this.#limits.maxUnsentBytes)
        throw new OvsdbQueueFullError(`${this.#socket.writableLength} bytes wait for the server to read them`);
      const id = this.#nextId++;
      const text = formatRequest(id, method, params);
      const finish = (): void => {
        this.#pending.delete(id);
        if (chooseTaker) this.#stream.chooseTaker = undefined;
        if (takeLines) this.#stream.takeLines = undefined;
        deadline.leave();
      };
      if (chooseTaker) this.#stream.chooseTaker = chooseTaker;
      if (takeLines) this.#stream.takeLines = takeLines;
      this.#pending.set(id, {
        method,
        resolve: result => {
          finish();
          const fail = (error: unknown): void => {
            reject(error);
            // A reply that makes no sense leaves no trust in the rest of the stream.
            if (error instanceof OvsdbMessageError) throw error;
          };
          try {
            const decoded = decode(result);
            if (decoded instanceof Promise) return decoded.then(resolve, fail);
            resolve(decoded);
          } catch (error) {
            fail(error);
          }
        },
        reject: error => {
          finish();
          reject(error);
        },
      });
      deadline.wait(reason => {
        this.#pending.delete(id);
        // RFC 7047 section 4.1.4: only a transaction can be called back, and only while it waits.
        if (method === 'transact') this.notify('cancel', [id]);
        reject(new OvsdbOutcomeUnknownError(method, reason));
      });
      this.#socket.write(text);
    });
  }

  notify(method: string, params: JsonArray): void {
    if (!this.#closed) this.#socket.write(formatNotification(method, params));
  }

  /** Asks for a sign of life (RFC 7047 section 4.1.11); the answer counts as heard, nothing more. */
  probe(): void {
    if (!this.#closed) this.#socket.write(formatRequest(probeId, 'echo', []));
  }

  close(why: OvsdbError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    for (const { method, reject } of [...this.#pending.values()]) reject(new OvsdbOutcomeUnknownError(method, why));
    this.#events.onClosed(why);
  }

  #receive(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#events.onHeard();
    this.#chunks.push(chunk);
    if (!this.#busy) this.#work();
  }

  /** Handles what has come, up to a message whose handling takes longer: then the socket waits. */
  #work(): void {
    try {
      for (;;) {
        const message = this.#next();
        if (!message) break;
        const handling = this.#dispatch(message);
        if (this.#closed) return;
        if (handling) {
          this.#wait(handling);
          return;
        }
      }
    } catch (cause) {
      this.close(asProtocolError(cause));
      return;
    }
    // Working off a large chunk can take longer than the probe interval; that silence was ours.
    this.#events.onHeard();
  }

  #wait(handling: Promise<void>): void {
    this.#busy = true;
    this.#socket.pause();
    handling.then(
      () => {
        if (this.#closed) return;
        this.#busy = false;
        this.#socket.resume();
        this.#work();
      },
      cause => this.close(asProtocolError(cause)),
    );
  }

  /** The next message that is whole; undefined when more must come first. @throws OvsdbJsonError, OvsdbMessageError */
  #next(): RpcMessage | undefined {
    for (;;) {
      const found = this.#messages?.next();
      if (found && !found.done) return parseMessage(found.value);
      const chunk = this.#chunks.shift();
      if (!chunk) return undefined;
      this.#messages = this.#stream.push(chunk);
    }
  }

  #dispatch(message: RpcMessage): void | Promise<void> {
    switch (message.kind) {
      case 'request':
        this.#answer(message.id, message.method, message.params);
        return;
      case 'notification':
        return this.#events.onNotification(message.method, message.params);
      case 'result':
        return this.#takePending(message.id)?.resolve(message.result);
      case 'error': {
        const pending = this.#takePending(message.id);
        pending?.reject(new OvsdbRpcError(pending.method, message.error.error, message.error.details));
        return;
      }
    }
  }

  #answer(id: Json, method: string, params: JsonArray): void {
    if (this.#socket.writableLength > this.#limits.maxUnsentBytes)
      throw new OvsdbMessageError('the server asks, but does not read the answers');
    this.#socket.write(method === 'echo' ? formatResult(id, params) : formatError(id, 'unknown method'));
  }

  /** Undefined for the reply to a probe and for one whose request was given up. */
  #takePending(id: Json): Pending | undefined {
    if (id === probeId) return undefined;
    if (typeof id !== 'number' || id >= this.#nextId)
      throw new OvsdbMessageError(`a reply to no request: id ${excerpt(id)}`);
    return this.#pending.get(id);
  }
}

function asProtocolError(cause: unknown): OvsdbError {
  return cause instanceof OvsdbError ? cause : new OvsdbMessageError('the message could not be handled', { cause });
}
