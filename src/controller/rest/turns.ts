// Requests of one connection, one at a time: what is pipelined behind a write sees it (RFC 9112 section 9.3.2). Node
// hands them over as they arrive, and only keeps the answers in order.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait for their turn; whoever sends more is cut off. */
const maxWaiting = 100;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly done: Promise<void>;
  readonly end: () => void;
}

/** The exchanges of each connection that have not ended. */
export class Turns {
  readonly #open = new WeakMap<Socket, Set<Exchange>>();

  /** Resolves when all that came before on the connection is answered: true, or false when the connection is gone. */
  async take(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { socket } = request;
    const open = this.#exchangesOf(socket);
    if (open.size > maxWaiting) {
      socket.destroy();
      return false;
    }
    const before = [...open].at(-1);
    const { promise: done, resolve } = deferred();
    const exchange: Exchange = {
      request,
      response,
      done,
      end: () => {
        open.delete(exchange);
        resolve();
      },
    };
    open.add(exchange);
    response.once('close', exchange.end);
    await before?.done;
    return !socket.destroyed;
  }

  /** Resolves when every request that has arrived in full on the connection is answered. */
  async settled(socket: Socket): Promise<void> {
    const arrived = [...this.#exchangesOf(socket)].filter(({ request }) => request.complete);
    await arrived.at(-1)?.done;
  }

  /** Whether the answer to what is still arriving has begun. */
  answering(socket: Socket): boolean {
    return [...this.#exchangesOf(socket)].some(({ request, response }) => !request.complete && response.headersSent);
  }

  #exchangesOf(socket: Socket): Set<Exchange> {
    const known = this.#open.get(socket);
    if (known) return known;
    const open = new Set<Exchange>();
    this.#open.set(socket, open);
    // A pipelined response belongs to the connection only when its turn has come: before that it never closes.
    socket.once('close', () => {
      for (const exchange of open) exchange.end();
    });
    return open;
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>(fulfil => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
