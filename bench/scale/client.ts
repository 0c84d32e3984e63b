// Writes to pointsman over its unix socket, on connections that stay, and takes the time.

import { Agent, request } from 'node:http';
import type { Put } from './intent.ts';

export interface Written {
  readonly status: number;
  readonly generation: number;
  /** From the request to the whole answer, ms. */
  readonly took: number;
}

/** How long an answer may take, ms. */
const patience = 60_000;

export class Writer {
  readonly #socket: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** @throws Error when it is refused */
  async put({ kind, document }: Put, query = ''): Promise<Written> {
    const written = await this.#send('PUT', `/v1/${kind}/${document.name}${query}`, JSON.stringify(document));
    return written;
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body: string): Promise<Written> {
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request(
        { socketPath: this.#socket, agent: this.#agent, method, path, headers, timeout: patience },
        answer => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const status = answer.statusCode ?? 0;
            if (status >= 300) return reject(new Error(`${method} ${path}: ${status} ${Buffer.concat(chunks)}`));
            const generation = Number(answer.headers['pointsman-generation']);
            resolve({ status, generation, took: performance.now() - started });
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within ${patience} ms`)));
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
