// The other end of a connection, played by a test: a unix socket that says what the test tells it to.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { ActiveEndpoint } from '../../../src/lib/endpoint.ts';
import { formatJson, isJsonObject, type Json, type JsonObject } from '../../../src/ovsdb/json/json.ts';
import { JsonStream } from '../../../src/ovsdb/json/json-stream.ts';

export interface FakePeer {
  readonly endpoint: ActiveEndpoint;
  /** The connections accepted so far. */
  readonly sockets: readonly Socket[];
  /** All messages received, in order. */
  readonly received: readonly JsonObject[];
}

/** @param onMessage what to do about each message; by default nothing */
export async function startFakePeer(
  t: Test,
  onMessage: (message: JsonObject, socket: Socket) => void = () => {},
): Promise<FakePeer> {
  const directory = mkdtempSync(join(tmpdir(), 'pointsman-peer-'));
  const path = join(directory, 'sock');
  const sockets: Socket[] = [];
  const received: JsonObject[] = [];
  const server = createServer(socket => {
    const stream = new JsonStream();
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', chunk => {
      for (const message of stream.push(chunk)) {
        if (!isJsonObject(message)) continue;
        received.push(message);
        onMessage(message, socket);
      }
    });
  }).listen(path);
  await once(server, 'listening');
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
    rmSync(directory, { recursive: true, force: true });
  });
  return { endpoint: { kind: 'unix', path }, sockets, received };
}

export function reply(socket: Socket, message: JsonObject, result: Json): void {
  socket.write(formatJson({ id: message.id ?? null, result, error: null }));
}

/** What a server says to a method that it does not know. */
export function refuse(socket: Socket, message: JsonObject): void {
  socket.write(JSON.stringify({ id: message.id ?? null, error: 'unknown method' }));
}
