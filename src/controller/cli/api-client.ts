// HTTP to a pointsman: over its unix socket, or over TCP. One request at a time, each with a deadline.

import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { whyNoSocketPath } from '../../lib/endpoint.ts';
import { secureContext } from '../../lib/tls.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { formatProblemDocument } from './format-problem.ts';

export type Server = { readonly kind: 'unix'; readonly path: string } | { readonly kind: 'url'; readonly url: URL };

/** PEM texts. */
export interface ClientTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface ApiOptions {
  readonly server: Server;
  readonly token?: string | undefined;
  /** Of an https server. */
  readonly tls?: ClientTls | undefined;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON; undefined when there is no body. */
  readonly body: unknown;
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

const requestTimeout = 30_000;
const maxResponse = 256 * 1024 * 1024;

/** Parses `unix:PATH`, `http://…` or `https://…`. @throws CliError */
export function parseServer(text: string): Server {
  if (/^unix:./.test(text)) {
    const path = text.slice('unix:'.length);
    const why = whyNoSocketPath(path);
    if (why !== undefined) throw new CliError(exitCodes.usage, why);
    return { kind: 'unix', path };
  }
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return { kind: 'url', url: new URL(text) };
  throw new CliError(exitCodes.usage, `"${text}" is not a server: unix:PATH, http://HOST:PORT or https://HOST:PORT`);
}

/** The pieces of a path, each escaped. */
export function apiPath(...parts: readonly string[]): string {
  return ['', 'v1', ...parts.map(encodeURIComponent)].join('/');
}

/** Talks to one server. */
export class ApiClient {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /**
   * Any status is an answer here; see `expectOk`.
   * @param extra ms on top of the usual deadline, for requests that are asked to wait
   * @throws CliError `unreachable`
   */
  async request(method: Method, path: string, body?: unknown, extra = 0): Promise<ApiResponse> {
    const { server, token, tls } = this.#options;
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const options: RequestOptions & SecureContextOptions = {
      ...(tls && secureContext(tls)),
      method,
      signal: AbortSignal.timeout(requestTimeout + extra),
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(payload ? { 'content-type': 'application/json', 'content-length': payload.length } : {}),
      },
    };
    try {
      return await send(server, path, options, payload);
    } catch (error) {
      const where = server.kind === 'unix' ? `unix:${server.path}` : server.url.origin;
      const why = error instanceof Error ? error.message || String(error) : String(error);
      throw new CliError(exitCodes.unreachable, `cannot reach ${where}: ${why}`, { cause: error });
    }
  }

  /** @throws CliError `refused`, with the problem in full, or `unreachable` */
  async expectOk(method: Method, path: string, body?: unknown, extra = 0): Promise<ApiResponse> {
    const response = await this.request(method, path, body, extra);
    if (response.status >= 400)
      throw new CliError(exitCodes.refused, formatProblemDocument(response.status, response.body));
    return response;
  }
}

function send(
  server: Server,
  path: string,
  options: RequestOptions & SecureContextOptions,
  payload: Buffer | undefined,
): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const request =
      server.kind === 'unix'
        ? httpRequest({ ...options, socketPath: server.path, path })
        : (server.url.protocol === 'https:' ? httpsRequest : httpRequest)(new URL(path, server.url), options);
    request.on('error', reject);
    request.on('response', response => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxResponse) request.destroy(new Error('the answer is too long'));
        chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        try {
          const body: unknown = text === '' ? undefined : JSON.parse(text);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        } catch {
          reject(new Error('the answer is not JSON; is that a pointsman?'));
        }
      });
    });
    request.end(payload);
  });
}
