// Stands between a pointsman and its state database, and can go silent both ways without ending a connection, as a
// network does that loses every packet.

import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Lab } from './lab.ts';

export class Relay {
  readonly path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isStalled = false;

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
  }

  /** Listens on a socket of the lab; passes on to the one at `target`. */
  static async start(lab: Lab, name: string, target: string): Promise<Relay> {
    const path = lab.path(name);
    const relay: Relay = new Relay(
      path,
      createServer(client => relay.#join(client, connect(target))),
    );
    await new Promise<void>(resolve => relay.#server.listen(path, resolve));
    return relay;
  }

  #join(...pair: [Socket, Socket]): void {
    const end = (): void => {
      for (const socket of pair) {
        this.#sockets.delete(socket);
        socket.destroy();
      }
    };
    for (const [i, socket] of pair.entries()) {
      this.#sockets.add(socket);
      socket.on('data', chunk => pair[1 - i]?.write(chunk));
      socket.on('error', end).on('close', end);
      if (this.#isStalled) socket.pause();
    }
  }

  /** From now on nothing passes, in old connections and new ones. */
  stall(): void {
    this.#isStalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#isStalled = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
