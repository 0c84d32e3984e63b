// The OpenAPI document at /openapi.json, and its viewer at /docs, which loads nothing from elsewhere.

import fastifySwagger, { type SwaggerTransformObject } from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { completeOperations } from './responses.ts';

/** Describes the routes that are registered after it. */
export async function registerOpenApi(app: FastifyInstance, version: string, withTokens: boolean): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'pointsman',
        description: 'The intent of one node: tenants, VNIs, interfaces, routes and NAT, and what became of them.',
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      // The empty one: without tokens in its configuration the server asks for none.
      security: withTokens ? [{ bearer: [] }] : [{ bearer: [] }, {}],
    },
    transform: jsonSchemaTransform,
    transformObject,
  });
  await app.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: true });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/', { schema: { hide: true } }, (_, reply) => reply.redirect('/docs'));
}

/**
 * Says what all operations share, and leaves out the schemas that none leads to: zod gives every one an input form as
 * well.
 */
const transformObject: SwaggerTransformObject = source => {
  const document = jsonSchemaTransformObject(source);
  if (!('components' in document)) return document;
  const { components, ...rest } = document;
  const schemas: Readonly<Record<string, unknown>> = components?.schemas ?? {};
  const used = new Set<string>();
  const follow = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(schemas[name]);
    }
  };
  follow(rest);
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  const paths = completeOperations(rest.paths as Parameters<typeof completeOperations>[0]);
  return { ...document, paths, components: { ...components, schemas: kept } } as typeof document;
};
