// What is not HTTP, or not in time, never becomes a request: its problem document is written by hand.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ProblemType, problemMediaType, problemOf, RequestRefused } from './problem.ts';
import type { Turns } from './turns.ts';

/** Of node's HTTP server and its parser; everything else is malformed. */
const errorTypes: Readonly<Record<string, ProblemType>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'too-large',
  HPE_INVALID_VERSION: 'http-version',
  HPE_PAUSED_H2_UPGRADE: 'http-version',
};

/** For the last answer to leave, ms. */
const lingering = 5_000;

/** @param error of the server's `clientError` event, or a refusal of ours */
export async function refuseBrokenHttp(error: Error, socket: Socket, turns: Turns): Promise<void> {
  // Of a pipeline, what arrived in full is answered first: the refusal must not be taken for its answer.
  await turns.settled(socket);
  // Who has said nothing at all expects no answer, and would take it for one to what it says next.
  if (!socket.writable || socket.bytesRead === 0 || turns.answering(socket)) {
    socket.destroy();
    return;
  }
  const refusal = error instanceof RequestRefused ? error : new RequestRefused(typeOf(error), error.message);
  const { document } = problemOf(refusal, '');
  const body = JSON.stringify(document);
  const head = [
    `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status]}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Closed with something unread, the connection would be reset, and the answer lost on the way.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingering);
  socket.once('close', () => clearTimeout(timer));
}

function typeOf(error: Error): ProblemType {
  return errorTypes['code' in error ? String(error.code) : ''] ?? 'bad-request';
}
