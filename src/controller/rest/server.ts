// The REST server put together: routes, credentials, problems, the OpenAPI document and its viewer.

import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Store } from '../state/store.ts';
import { bearerCheck } from './bearer.ts';
import { checkExposure, type ListenOptions, listen, type TlsOptions } from './listener.ts';
import { collectMethods } from './method-check.ts';
import { registerObjectRoutes } from './objects.ts';
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
    requestTimeout: 60_000,
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    serverFactory: handler =>
      tls === undefined
        ? createHttpServer(handler)
        : // An https.Server is used as the http.Server that fastify's default types speak of.
          (createHttpsServer(tlsServerOptions(tls), handler) as unknown as Server),
  });
  app.setValidatorCompiler(validatorCompiler);
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

  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'pointsman',
        description: 'The intent of one node: tenants, VNIs, interfaces, routes and NAT, and what became of them.',
        version: options.version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      ...(hasTokens(tokens)
        ? {
            components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
            security: [{ bearer: [] }],
          }
        : {}),
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: true });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  registerProbeRoutes(app, runtime);
  await app.register(
    async v1 => {
      if (hasTokens(tokens)) {
        const check = bearerCheck(tokens);
        v1.addHook('onRequest', async request => check(request.headers));
      }
      registerReportRoutes(v1, runtime);
      registerObjectRoutes(v1, { store, runtime });
    },
    { prefix: '/v1' },
  );
  await app.ready();
  return app;
}

function hasTokens(tokens: readonly string[] | undefined): tokens is readonly string[] {
  return tokens !== undefined && tokens.length > 0;
}

function tlsServerOptions({ key, cert, clientCa }: TlsOptions) {
  return clientCa === undefined
    ? { key, cert }
    : { key, cert, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { document, headers } = problemOf(error, request.url);
  if (document.status >= 500) request.log.error({ err: error }, document.title);
  // As text, so that no response schema of the route is applied to it.
  return reply
    .code(document.status)
    .headers(headers)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(document));
}
