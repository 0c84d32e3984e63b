// The REST server put together: routes, credentials, problems, the OpenAPI document and its viewer.

import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Store } from '../state/store.ts';
import { bearerCheck } from './bearer.ts';
import { checkExposure, type ListenOptions, listen, type TlsOptions } from './listener.ts';
import { collectMethods } from './method-check.ts';
import { registerNodeRoutes } from './nodes.ts';
import { registerObjectRoutes } from './objects.ts';
import { registerOpenApi } from './openapi.ts';
import { problemOf, RequestRefused } from './problem.ts';
import { registerProbeRoutes, registerReportRoutes } from './reports.ts';
import type { Runtime } from './runtime.ts';
import { validatorCompiler } from './validation.ts';

export interface RestOptions {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly listen: ListenOptions;
  /** With tokens, every request under /v1 needs one; at least 16 characters each. */
  readonly tokens?: readonly string[] | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Of the program, for the OpenAPI document. */
  readonly version: string;
  /** pino's; requests are logged through it. */
  readonly logger?: FastifyBaseLogger | undefined;
}

export interface RestServer {
  /** `unix:PATH`, or a URL. */
  readonly address: string;
  /** Lets requests that are under way end, and closes. */
  close(): Promise<void>;
}

const bodyLimit = 1024 * 1024;
/** For a whole request to arrive, ms. */
const requestTimeout = 60_000;

/**
 * Starts to listen.
 * @throws ListenError when the address is in use, or open to other machines without credentials
 */
export async function startRest(options: RestOptions): Promise<RestServer> {
  checkExposure(options.listen, options.tokens, options.tls);
  const app = await buildApp(options);
  try {
    const address = await listen(app, options.listen);
    return { address, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** The application without a listener; tests inject requests into it. */
export async function buildApp(options: RestOptions): Promise<FastifyInstance> {
  const { store, runtime, tls, tokens, logger } = options;
  const app = fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    bodyLimit,
    forceCloseConnections: 'idle',
    clientErrorHandler: refuseBrokenHttp,
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    serverFactory: handler =>
      tls === undefined
        ? createHttpServer({ requestTimeout }, handler)
        : // An https.Server is used as the http.Server that fastify's default types speak of.
          (createHttpsServer({ requestTimeout, ...tlsServerOptions(tls) }, handler) as unknown as Server),
  });
  app.setValidatorCompiler(validatorCompiler);
  takeEmptyBodies(app);
  // The store's documents have passed their schemas on the way in: to check each answer again would cost, not help.
  app.setSerializerCompiler(() => data => JSON.stringify(data));
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  const methodsOf = collectMethods(app);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/\?.*$/, '');
    const methods = methodsOf(path);
    const refusal =
      methods.length === 0
        ? new RequestRefused('not-found', `there is nothing at ${path}`)
        : new RequestRefused('method-not-allowed', `${path} has ${methods.join(', ')}`, {
            headers: { allow: methods.join(', ') },
          });
    return sendProblem(refusal, request, reply);
  });

  await registerOpenApi(app, options.version, hasTokens(tokens));
  registerProbeRoutes(app, runtime);
  await app.register(
    async v1 => {
      if (hasTokens(tokens)) {
        const check = bearerCheck(tokens);
        v1.addHook('onRequest', async request => check(request.headers));
      }
      registerReportRoutes(v1, runtime);
      registerNodeRoutes(v1, runtime);
      registerObjectRoutes(v1, { store, runtime });
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

function tlsServerOptions({ key, cert, clientCa }: TlsOptions) {
  return clientCa === undefined
    ? { key, cert }
    : { key, cert, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}

/** What is not HTTP never becomes a request: the answer is written by hand. */
function refuseBrokenHttp(error: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { document } = problemOf(new RequestRefused('bad-request', error.message, { cause: error }), '');
  const body = JSON.stringify(document);
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const problemType = 'application/problem+json; charset=utf-8';

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { document, headers } = problemOf(error, request.url);
  if (document.status >= 500) request.log.error({ err: error }, document.title);
  // As text, so that no response schema of the route is applied to it.
  return reply.code(document.status).headers(headers).type(problemType).send(JSON.stringify(document));
}
