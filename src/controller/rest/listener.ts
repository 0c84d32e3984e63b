// Where REST listens, and who may: a unix socket for those that its mode lets in, anything wider only with credentials.

import { chmod, lstat, unlink } from 'node:fs/promises';
import { createConnection, isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { parseIp, parsePrefix, prefixContains } from '../../lib/address.ts';
import { PointsmanError } from '../../lib/errors.ts';

export type ListenOptions =
  | { readonly unix: string }
  /** Port 0 takes any free one. */
  | { readonly host: string; readonly port: number };

/** PEM texts. */
export interface TlsOptions {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  /** Clients must show a certificate of this authority. */
  readonly clientCa?: string | Buffer | undefined;
}

/** The address cannot be listened on, or not without credentials. */
export class ListenError extends PointsmanError<'REST_LISTEN'> {
  constructor(message: string, options?: ErrorOptions) {
    super('REST_LISTEN', message, options);
  }
}

const loopbacks = [parsePrefix('127.0.0.0/8'), parsePrefix('::1/128')];

export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return isIP(host) !== 0 && loopbacks.some(prefix => prefixContains(prefix, parseIp(host)));
}

export interface Credentials {
  readonly tokens?: readonly string[] | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Lets every user of this machine in over the loopback. */
  readonly allowUnauthenticated?: boolean | undefined;
}

/** @throws ListenError when somebody could write without showing who they are */
export function checkExposure(listen: ListenOptions, { tokens, tls, allowUnauthenticated }: Credentials): void {
  if (tokens?.some(token => !/^\S{16,}$/.test(token)))
    throw new ListenError('a token is at least 16 characters without white space');
  if ('unix' in listen || (tokens && tokens.length > 0) || tls?.clientCa !== undefined) return;
  if (isLoopback(listen.host) && allowUnauthenticated) return;
  const who = isLoopback(listen.host) ? 'every user of this machine' : 'other machines';
  throw new ListenError(
    `REST does not listen on ${listen.host}, which ${who} can reach, without credentials: ` +
      'configure bearer tokens, or TLS with a client CA; or listen on a unix socket',
  );
}

/** @returns where it listens: `unix:PATH`, or a URL */
export async function listen(app: FastifyInstance, options: ListenOptions, secure: boolean): Promise<string> {
  if (!('unix' in options)) {
    const url = await app.listen({ host: options.host, port: options.port });
    // The server is of our making: fastify does not know that it speaks TLS.
    return secure ? url.replace(/^http:/, 'https:') : url;
  }
  const { unix } = options;
  await removeStaleSocket(unix);
  await app.listen({ path: unix });
  // Who may write to the socket may change the network: the owner, and the group that the directory gives.
  await chmod(unix, 0o660);
  return `unix:${unix}`;
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (!found.isSocket()) throw new ListenError(`${path} is there, and is not a socket`);
  if (await answers(path)) throw new ListenError(`another process listens on ${path}`);
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ path });
    socket.setTimeout(1_000, () => {
      // A full backlog: somebody is there.
      socket.destroy();
      resolve(true);
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', error => resolve(!('code' in error && error.code === 'ECONNREFUSED')));
  });
}
