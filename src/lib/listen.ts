// Listens on a passive endpoint.

import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { EndpointError, formatPassiveEndpoint, type PassiveEndpoint } from './endpoint.ts';
import { secureContext, type TlsIdentity } from './tls.ts';

/** Certificates for peers that dial. */
export interface ListenTls extends TlsIdentity {
  /** Whether a peer without a certificate that `ca` signed is refused; default true. */
  readonly verifyPeer?: boolean | undefined;
}

export interface ListenHandlers {
  /** A peer has dialled; for TLS, before it has shown anything. Returns whether it may stay. */
  onAccept(raw: Socket): boolean;
  /** The socket can be used; for TLS, the peer's certificate is good. */
  onSocket(socket: Socket): void;
  /** A peer whose TLS handshake failed. `remote` is empty when its socket is gone already. */
  onRefused(error: Error, remote: string): void;
}

export interface Listener {
  /** With the port that was given where 0 was asked for. */
  readonly endpoint: PassiveEndpoint;
  /** Takes no more; sockets that were accepted stay. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly tls: ListenTls | undefined;
  /** ms. */
  readonly handshakeTimeout: number;
}

/** sockaddr_un's, without the last NUL. Node cuts a longer path without a word. */
const maxSocketPath = 107;

/** @throws Error when the address is taken, or a certificate cannot be read; EndpointError */
export async function listen(
  endpoint: PassiveEndpoint,
  handlers: ListenHandlers,
  options: ListenOptions,
): Promise<Listener> {
  if (endpoint.kind === 'punix' && Buffer.byteLength(endpoint.path) > maxSocketPath) {
    throw new EndpointError(formatPassiveEndpoint(endpoint), `a socket's path has room for ${maxSocketPath} bytes`);
  }
  const server = endpoint.kind === 'pssl' ? tlsServer(handlers, options) : createServer({ noDelay: true });
  server.on('connection', (raw: Socket) => {
    if (!handlers.onAccept(raw)) raw.destroy();
    else if (endpoint.kind !== 'pssl') handlers.onSocket(raw);
  });
  try {
    await bind(server, endpoint);
  } catch (error) {
    if (endpoint.kind !== 'punix' || !(await isStale(endpoint.path, error))) throw error;
    await unlink(endpoint.path);
    await bind(server, endpoint);
  }
  // What comes later (too many open files, say) concerns one peer, which will dial again.
  server.on('error', error => handlers.onRefused(error, ''));
  return { endpoint: bound(endpoint, server), close: () => stop(server) };
}

function tlsServer(handlers: ListenHandlers, { tls = {}, handshakeTimeout }: ListenOptions): TlsServer {
  const verify = tls.verifyPeer ?? true;
  const server = createTlsServer({
    ...secureContext(tls),
    requestCert: verify,
    // Not left to us: without this a peer that shows no certificate gets a session ticket, and comes back with it.
    rejectUnauthorized: verify,
    handshakeTimeout,
    noDelay: true,
  });
  server.on('secureConnection', socket => handlers.onSocket(socket));
  server.on('tlsClientError', (error, socket) => {
    // Of a certificate that is not trusted the error says only that the connection was cut.
    const why: unknown = socket.authorizationError;
    handlers.onRefused(why ? new Error(`bad certificate: ${why}`, { cause: error }) : error, remoteOf(socket));
  });
  return server;
}

async function bind(server: Server, endpoint: PassiveEndpoint): Promise<void> {
  if (endpoint.kind === 'punix') server.listen({ path: endpoint.path });
  else server.listen({ port: endpoint.port, ...(endpoint.host !== undefined && { host: endpoint.host }) });
  await once(server, 'listening');
}

/** Whether an address is taken by nothing but the socket file of a process that is gone. */
async function isStale(path: string, error: unknown): Promise<boolean> {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return false;
  return new Promise(resolve => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (refusal: NodeJS.ErrnoException) => resolve(refusal.code === 'ECONNREFUSED'));
  });
}

function bound(endpoint: PassiveEndpoint, server: Server): PassiveEndpoint {
  return endpoint.kind === 'punix' ? endpoint : { ...endpoint, port: (server.address() as AddressInfo).port };
}

function stop(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()));
}

/** `HOST:PORT`, IPv6 in brackets; empty for a unix socket. */
export function remoteOf({ remoteAddress: host, remotePort: port }: Socket): string {
  if (host === undefined || port === undefined) return '';
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
