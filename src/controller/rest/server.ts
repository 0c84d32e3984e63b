// The REST server put together: routes, credentials, problems, the OpenAPI document and its viewer.

import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import type { Store } from '../state/store.ts';
import { registerBatchRoute } from './batch.ts';
import { BearerTokens } from './bearer.ts';
import { refuseBrokenHttp } from './broken-http.ts';
import { callerCheck } from './caller.ts';
import { registerConnectionRoutes } from './connections.ts';
import { registerEventRoutes } from './events.ts';
import { registerExportRoutes } from './export.ts';
import { type Credentials, checkExposure, type ListenOptions, listen, type TlsOptions } from './listener.ts';
import { collectMethods } from './method-check.ts';
import { registerNodeRoutes } from './nodes.ts';
import { registerObjectRoutes } from './objects.ts';
import { registerOpenApi } from './openapi.ts';
import { problemMediaType, problemOf, RequestRefused } from './problem.ts';
import { registerProbeRoutes, registerReportRoutes } from './reports.ts';
import { hasTokenInQuery, shownUrl, splitTarget } from './request-url.ts';
import type { Runtime } from './runtime.ts';
import { registerStateRoutes } from './state.ts';
import { Turns } from './turns.ts';
import { validatorCompiler } from './validation.ts';

export interface RestOptions {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly listen: ListenOptions;
  /** With tokens, every request under /v1 needs one; at least 16 characters each. */
  readonly tokens?: readonly string[] | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Names of this server beside its addresses, for the Host header over TCP; lower case. */
  readonly hostNames?: readonly string[] | undefined;
  /** Lets every user of this machine in over the loopback. */
  readonly allowUnauthenticated?: boolean | undefined;
  /** Of the program, for the OpenAPI document. */
  readonly version: string;
  /** pino's; requests are logged through it. */
  readonly logger?: FastifyBaseLogger | undefined;
  readonly timeouts?: RestTimeouts | undefined;
}

/** In ms. */
export interface RestTimeouts {
  /** For the headers of a request to arrive, counted from the opening of the connection for the first. */
  readonly headers: number;
  /** For a whole request. */
  readonly request: number;
  /** How often the two are looked at. */
  readonly interval: number;
  /** For requests that are under way when the server closes. */
  readonly grace: number;
}

const defaultTimeouts: RestTimeouts = { headers: 15_000, request: 60_000, interval: 1_000, grace: 5_000 };
/** Without a byte in either direction, ms: longer than the longest `?timeout=`. */
const idleTimeout = 330_000;
const handshakeTimeout = 15_000;
const maxConnections = 1_000;

export interface RestServer {
  /** `unix:PATH`, or a URL. */
  readonly address: string;
  /**
   * Asks for other credentials, and shows another certificate, from the next request and connection on.
   * @throws ListenError, or what the TLS library has against a key or certificate; then all stays as it was
   */
  replaceCredentials(credentials: Credentials): void;
  /** Lets requests that are under way end, for a while, and closes. */
  close(): Promise<void>;
}

/**
 * Starts to listen.
 * @throws ListenError when the address is in use, or open to others without credentials
 */
export async function startRest(options: RestOptions): Promise<RestServer> {
  checkExposure(options.listen, options);
  const tokens = new BearerTokens(options.tokens);
  const app = await buildApp(options, tokens);
  try {
    const address = await listen(app, options.listen, options.tls !== undefined);
    const { grace } = options.timeouts ?? defaultTimeouts;
    const replaceCredentials = (credentials: Credentials): void => {
      checkExposure(options.listen, credentials);
      // An https.Server is used as the http.Server that fastify's default types speak of.
      const server = app.server as Server | HttpsServer;
      if (credentials.tls && 'setSecureContext' in server)
        server.setSecureContext({ ...credentials.tls, ca: credentials.tls.clientCa });
      tokens.replace(credentials.tokens ?? []);
    };
    return { address, replaceCredentials, close: () => closeWithin(app, grace) };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** What does not end by itself, as a long wait or a slow client, must not hold up the end of the process. */
async function closeWithin(app: FastifyInstance, time: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), time);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}

/** The application without a listener; tests inject requests into it. */
export async function buildApp(
  options: RestOptions,
  bearer = new BearerTokens(options.tokens),
): Promise<FastifyInstance> {
  const { store, runtime, tokens, logger } = options;
  const turns = new Turns();
  const app = fastify({
    ...(logger ? { loggerInstance: logger.child({}, { serializers: { req: shownRequest } }) } : { logger: false }),
    // One line a request: see `logRequests`.
    disableRequestLogging: true,
    forceCloseConnections: 'idle',
    clientErrorHandler: (error, socket) => void refuseBrokenHttp(error, socket, turns),
    frameworkErrors: (error, request, reply) => void sendProblem(routingRefusal(error), request, reply),
    // Ours is a problem document.
    return503OnClosing: false,
    rewriteUrl: ({ url = '/' }) => routedUrl(url),
    serverFactory: handler => createServer(options, turns, handler),
  });
  app.setValidatorCompiler(validatorCompiler);
  takeEmptyBodies(app);
  // The store's documents have passed their schemas on the way in: to check each answer again would cost, not help.
  app.setSerializerCompiler(() => data => JSON.stringify(data));
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  const methodsOf = collectMethods(app);
  app.setNotFoundHandler((request, reply) => {
    const { path } = splitTarget(request.url);
    const methods = methodsOf(path);
    const refusal =
      methods.length === 0
        ? new RequestRefused('not-found', `there is nothing at ${path}`)
        : new RequestRefused('method-not-allowed', `${path} has ${methods.join(', ')}`, {
            headers: { allow: methods.join(', ') },
          });
    return sendProblem(refusal, request, reply);
  });

  app.addHook('onRequest', async (request, reply) => {
    if (!(await turns.take(request.raw, reply.raw))) reply.hijack();
  });
  app.addHook('onRequest', requestCheck(app, options));
  logRequests(app);
  await registerOpenApi(app, options.version, hasTokens(tokens));
  registerProbeRoutes(app, runtime);
  await app.register(
    async v1 => {
      v1.addHook('onRequest', async request => bearer.check(request.headers));
      registerReportRoutes(v1, runtime);
      registerEventRoutes(v1, runtime);
      registerConnectionRoutes(v1, runtime);
      registerNodeRoutes(v1, runtime);
      registerStateRoutes(v1, runtime);
      registerObjectRoutes(v1, { store, runtime });
      registerExportRoutes(v1, { store, runtime });
      await v1.register(async scope => registerBatchRoute(scope, { store, runtime }));
    },
    { prefix: '/v1' },
  );
  await app.ready();
  return app;
}

/** Many clients send a content type with every request: where there is no body, its type says nothing. */
function takeEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parse(request, body, done),
  );
}

function hasTokens(tokens: readonly string[] | undefined): tokens is readonly string[] {
  return tokens !== undefined && tokens.length > 0;
}

/** What was written is worth a line; what was read is one for who looks closely. */
function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const level = request.method === 'GET' || request.method === 'HEAD' ? 'debug' : 'info';
    request.log[level](
      { req: request, res: { statusCode: reply.statusCode }, responseTime: reply.elapsedTime },
      'request completed',
    );
  });
}

/** What holds for every request, wherever it goes. */
function requestCheck(app: FastifyInstance, options: RestOptions): (request: FastifyRequest) => Promise<void> {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  const { hostNames = [], tls } = options;
  const checkCaller =
    'unix' in options.listen ? undefined : callerCheck({ hostNames, scheme: tls === undefined ? 'http' : 'https' });
  return async ({ raw, headers, originalUrl }) => {
    checkCaller?.(raw, originalUrl);
    if (hasTokenInQuery(originalUrl))
      throw new RequestRefused(
        'bad-parameter',
        'a token in a URL ends up in logs: put it into the Authorization header',
      );
    const coding = headers['content-encoding'];
    if (coding !== undefined && coding.toLowerCase() !== 'identity')
      throw new RequestRefused('unsupported-media-type', 'content-encoding: bodies are taken as they are', {
        headers: { 'accept-encoding': 'identity' },
      });
    if (closing) throw new RequestRefused('not-ready', 'pointsman is stopping');
  };
}

/** What fastify says of a URL that it cannot route quotes it; a URL may hold secrets. */
function routingRefusal(error: FastifyError): Error {
  switch (error.code) {
    case 'FST_ERR_BAD_URL':
      return new RequestRefused('bad-request', 'the path has an escape that is none', { cause: error });
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new RequestRefused('bad-parameter', 'a part of the path is too long', { cause: error });
    default:
      return error;
  }
}

/** The absolute form of a target (RFC 9112 section 3.2.2) is routed by its path. */
function routedUrl(target: string): string {
  const { authority, path, query } = splitTarget(target);
  if (authority === undefined) return target;
  return query === undefined ? path : `${path}?${query}`;
}

function shownRequest({ method, originalUrl, ip }: FastifyRequest) {
  return { method, url: shownUrl(originalUrl), remoteAddress: ip };
}

function createServer(
  { tls, timeouts = defaultTimeouts }: RestOptions,
  turns: Turns,
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const http = {
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    connectionsCheckingInterval: timeouts.interval,
    // Node would refuse without a problem document.
    requireHostHeader: false,
  };
  const server =
    tls === undefined
      ? createHttpServer(http, handler)
      : // An https.Server is used as the http.Server that fastify's default types speak of.
        (createHttpsServer({ ...http, ...tlsServerOptions(tls) }, handler) as unknown as Server);
  server.timeout = idleTimeout;
  server.maxConnections = maxConnections;
  server.on('checkExpectation', (_, response: ServerResponse) => {
    const { document } = problemOf(new RequestRefused('expectation-failed', 'only 100-continue is known'), '');
    const body = JSON.stringify(document);
    // Not closed: who is still sending the body would be reset, and miss the answer.
    response.writeHead(document.status, {
      'content-type': problemMediaType,
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
  server.on('connect', (_, socket: Socket) => {
    void refuseBrokenHttp(new RequestRefused('bad-request', 'CONNECT is for proxies'), socket, turns);
  });
  return server;
}

function tlsServerOptions({ key, cert, clientCa }: TlsOptions) {
  const identity = { key, cert, handshakeTimeout };
  return clientCa === undefined ? identity : { ...identity, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { document, headers } = problemOf(error, shownUrl(request.originalUrl));
  // Only what nobody expected has a stack to look at.
  if (document.status === 500) request.log.error({ err: error }, document.title);
  else if (document.status > 500) request.log.warn({ problem: document.type, detail: document.detail }, document.title);
  // As text, so that no response schema of the route is applied to it.
  return reply.code(document.status).headers(headers).type(problemMediaType).send(JSON.stringify(document));
}
