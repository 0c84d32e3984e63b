// The agent in a host: TCP and UDP servers and clients on request; see agent-protocol.ts. It ends with its input.

import { createHash, randomBytes } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, connect as netConnect, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AgentReply,
  AgentRequest,
  OpenResult,
  StreamResult,
  Target,
  UdpExchangeResult,
} from './agent-protocol.ts';
import { SteadyStream } from './steady-stream.ts';

const CHUNK = 64 * 1024;

const servers: (Server | UdpSocket)[] = [];
const peers = new Map<string, string[]>();
const connections = new Map<string, Socket>();
const steady = new Map<string, SteadyStream>();

function remember(protocol: 'tcp' | 'udp', port: number, address: string, from: number): void {
  const key = `${protocol}:${port}`;
  const known = peers.get(key) ?? [];
  const peer = `${address.replace(/^::ffff:/, '')}:${from}`;
  if (!known.includes(peer)) known.push(peer);
  peers.set(key, known);
}

async function serveTcp(port: number, mode: 'echo' | 'digest'): Promise<void> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    remember('tcp', port, socket.remoteAddress ?? '', socket.remotePort ?? 0);
    socket.on('error', () => socket.destroy());
    if (mode === 'echo') {
      socket.pipe(socket);
      return;
    }
    const hash = createHash('sha256');
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    socket.on('end', () => socket.end(`${bytes} ${hash.digest('hex')}\n`));
  });
  server.listen(port, '::');
  await once(server, 'listening');
  servers.push(server);
}

async function serveUdp(port: number): Promise<void> {
  const socket = createSocket('udp6');
  socket.on('message', (message, from) => {
    remember('udp', port, from.address, from.port);
    socket.send(message, from.port, from.address);
  });
  socket.bind(port, '::');
  await once(socket, 'listening');
  servers.push(socket);
}

/** Node has no deadline for connect; this one ends the socket, whatever it waits for. */
async function withDeadline<T>(socket: Socket, timeout: number, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => socket.destroy(new Error(`no end within ${timeout} ms`)), timeout);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

function open({ host, port, localPort }: Target): Socket {
  return netConnect({ host, port, allowHalfOpen: true, noDelay: true, ...(localPort ? { localPort } : {}) });
}

async function streamTcp(bytes: number, target: Target): Promise<StreamResult> {
  const started = performance.now();
  const socket = open(target);
  return await withDeadline(socket, target.timeout, async () => {
    await once(socket, 'connect');
    const localPort = socket.localPort ?? 0;
    const answer: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => answer.push(chunk));
    const ended = once(socket, 'end');
    // The deadline may strike in the send loop, before anyone awaits this.
    ended.catch(() => undefined);
    const hash = createHash('sha256');
    const block = randomBytes(CHUNK);
    for (let sent = 0; sent < bytes; sent += CHUNK) {
      // Every block differs, so that a lost, doubled or swapped one shows in the digest.
      const chunk = Buffer.from(block.subarray(0, Math.min(CHUNK, bytes - sent)));
      if (chunk.length >= 8) chunk.writeBigUInt64BE(BigInt(sent));
      hash.update(chunk);
      if (!socket.write(chunk)) await once(socket, 'drain');
    }
    socket.end();
    await ended;
    socket.destroy();
    const [counted, digest] = Buffer.concat(answer).toString().trim().split(' ');
    if (Number(counted) !== bytes || digest !== hash.digest('hex')) {
      throw new Error(`sent ${bytes} bytes, the server saw ${counted} of another digest or length`);
    }
    return { localPort, bytes: Number(counted), milliseconds: performance.now() - started };
  });
}

async function openTcp(name: string, target: Target): Promise<OpenResult> {
  const socket = open(target);
  await withDeadline(socket, target.timeout, () => once(socket, 'connect'));
  // A reset between two exchanges shows in the next one.
  socket.on('error', () => undefined);
  connections.set(name, socket);
  return { localPort: socket.localPort ?? 0 };
}

async function exchangeTcp(name: string, text: string, timeout: number): Promise<string> {
  const socket = connections.get(name);
  if (!socket) throw new Error(`no connection ${name}`);
  if (socket.destroyed) throw new Error(`connection ${name} is gone`);
  const wanted = Buffer.byteLength(text);
  const { promise, resolve, reject } = settle<string>();
  const parts: Buffer[] = [];
  let got = 0;
  const onData = (chunk: Buffer) => {
    parts.push(chunk);
    got += chunk.length;
    if (got >= wanted) resolve(Buffer.concat(parts).toString());
  };
  const onClose = () => reject(new Error(`connection ${name} closed`));
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeout} ms`)), timeout);
  socket.on('data', onData).on('close', onClose);
  try {
    socket.write(text);
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.off('data', onData).off('close', onClose);
  }
}

async function exchangeUdp(count: number, size: number, interval: number, target: Target): Promise<UdpExchangeResult> {
  const socket = createSocket(target.host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(target.localPort ?? 0);
  await once(socket, 'listening');
  const localPort = socket.address().port;
  const waiting = new Set<string>();
  let received = 0;
  let wrong = 0;
  // Unreachable answers arrive as errors of the socket; they show in what is missing.
  socket.on('error', () => undefined);
  socket.on('message', (message, from) => {
    const expected = from.address === target.host && from.port === target.port;
    if (expected && waiting.delete(message.toString())) received += 1;
    else wrong += 1;
  });
  for (let index = 0; index < count; index += 1) {
    const text = `${localPort}-${index}-`.padEnd(size, 'x');
    waiting.add(text);
    socket.send(text, target.port, target.host, () => undefined);
    if (interval > 0) await sleep(interval);
  }
  const deadline = performance.now() + target.timeout;
  while (waiting.size > 0 && performance.now() < deadline) await sleep(5);
  socket.close();
  return { localPort, sent: count, received, wrong };
}

async function handle(request: AgentRequest): Promise<unknown> {
  switch (request.op) {
    case 'tcp-serve':
      return await serveTcp(request.port, request.mode);
    case 'udp-serve':
      return await serveUdp(request.port);
    case 'peers':
      return peers.get(`${request.protocol}:${request.port}`) ?? [];
    case 'tcp-stream':
      return await streamTcp(request.bytes, request);
    case 'tcp-open':
      return await openTcp(request.connection, request);
    case 'tcp-exchange':
      return await exchangeTcp(request.connection, request.text, request.timeout);
    case 'tcp-close':
      connections.get(request.connection)?.destroy();
      return connections.delete(request.connection);
    case 'udp-exchange':
      return await exchangeUdp(request.count, request.size, request.interval, request);
    case 'udp-steady':
      steady.set(request.stream, await SteadyStream.start(request, request.interval));
      return null;
    case 'udp-mark':
      return await steady.get(request.stream)?.mark();
  }
}

function settle<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: Error) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function reply(answer: AgentReply): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

const lines = createInterface({ input: process.stdin });
lines.on('line', line => {
  const { id, ...request } = JSON.parse(line) as AgentRequest & { id: number };
  handle(request).then(
    value => reply({ id, ok: true, value: value ?? null }),
    (error: unknown) => reply({ id, ok: false, error: error instanceof Error ? error.message : String(error) }),
  );
});
lines.on('close', () => process.exit(0));
