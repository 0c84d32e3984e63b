// Stands between a client and a real server: counts what passes, refuses methods as an older server would, and ends
// or holds connections at the worst moment.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import type { ActiveEndpoint } from '../../../src/lib/endpoint.ts';
import { isJsonObject, type Json } from '../../../src/ovsdb/json/json.ts';
import { JsonStream } from '../../../src/ovsdb/json/json-stream.ts';

export interface ServerProxy {
  readonly endpoint: ActiveEndpoint;
  /** Methods answered with `unknown method`. */
  readonly refused: Set<string>;
  /** Methods of the requests that passed, in order. */
  readonly requests: string[];
  /** Bytes that the server has sent since the last reset. */
  received: number;
  /** Called with each request before it is passed on. */
  onRequest: (method: string) => void;
  /** While true, what the server sends stays here, also on new connections. */
  hold: boolean;
  /** Passes on what is held, and holds no more. */
  release(): void;
  /** Ends all connections; held bytes are lost, or given to the client first, but for the last one. */
  drop(lastWords?: boolean): void;
}

export async function startProxy(t: Test, path: string): Promise<ServerProxy> {
  const pairs = new Set<{ client: Socket; server: Socket; held: Buffer[] }>();
  const listener = createServer(client => {
    const server = connect(path);
    const pair = { client, server, held: [] as Buffer[] };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    server.on('data', chunk => {
      proxy.received += chunk.length;
      if (proxy.hold) pair.held.push(chunk);
      else client.write(chunk);
    });
    const stream = new JsonStream();
    client.on('data', chunk => {
      for (const message of stream.push(chunk)) {
        if (!isJsonObject(message)) continue;
        if (typeof message.method === 'string') {
          if (proxy.refused.has(message.method)) {
            client.write(JSON.stringify({ id: message.id ?? null, error: 'unknown method' }));
            continue;
          }
          proxy.requests.push(message.method);
          proxy.onRequest(message.method);
        }
        server.write(JSON.stringify(message as Json));
      }
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  const proxy: ServerProxy = {
    endpoint: { kind: 'tcp', host: '127.0.0.1', port: address.port },
    refused: new Set(),
    requests: [],
    received: 0,
    onRequest: () => {},
    hold: false,
    release() {
      proxy.hold = false;
      for (const { client, held } of pairs) client.write(Buffer.concat(held.splice(0)));
    },
    drop(lastWords = false) {
      for (const { client, server, held } of [...pairs]) {
        server.destroy();
        if (lastWords) client.end(Buffer.concat(held).subarray(0, -1));
        else client.destroy();
      }
    },
  };
  t.teardown(() => {
    proxy.drop();
    listener.close();
  });
  return proxy;
}
