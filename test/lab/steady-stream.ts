// A steady stream of numbered datagrams to an echo server, for the agent in a host: it goes on whatever becomes of the network, and
// says of each stretch of it what was lost.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SteadyMark, Target } from './agent-protocol.ts';

export class SteadyStream {
  readonly #socket: Socket;
  readonly #target: Target;
  readonly #timer: NodeJS.Timeout;
  /** When each that has no answer yet was sent, ms since 1970. */
  readonly #waiting = new Map<number, number>();
  #next = 0;
  #markedAt = 0;
  #wrong = 0;

  private constructor(socket: Socket, target: Target, interval: number) {
    this.#socket = socket;
    this.#target = target;
    // Unreachable answers arrive as errors of the socket; they show in what is missing.
    socket.on('error', () => undefined);
    socket.on('message', (message, from) => {
      const isFromThere = from.address === target.host && from.port === target.port;
      const number = Number(message.toString());
      if (isFromThere && number < this.#next) this.#waiting.delete(number);
      else this.#wrong++;
    });
    this.#timer = setInterval(() => this.#send(), interval);
  }

  static async start(target: Target, interval: number): Promise<SteadyStream> {
    const socket = createSocket(target.host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(target.localPort ?? 0);
    await once(socket, 'listening');
    return new SteadyStream(socket, target, interval);
  }

  /** Judges all that was sent since the last mark; `target.timeout` after the last of it none is awaited any more. */
  async mark(): Promise<SteadyMark> {
    const [first, end] = [this.#markedAt, this.#next];
    this.#markedAt = end;
    const missing = () => [...this.#waiting.keys()].filter(number => number < end);
    const deadline = performance.now() + this.#target.timeout;
    while (missing().length > 0 && performance.now() < deadline) await sleep(10);
    const lost = missing();
    const lostAt = lost.map(number => this.#waiting.get(number) ?? 0);
    for (const number of lost) this.#waiting.delete(number);
    const wrong = this.#wrong;
    this.#wrong = 0;
    return { sent: end - first, lost: lost.length, wrong, firstLostAt: lostAt[0], lastLostAt: lostAt.at(-1) };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #send(): void {
    this.#waiting.set(this.#next, Date.now());
    this.#socket.send(String(this.#next++), this.#target.port, this.#target.host, () => undefined);
  }
}
