// /v1/{kind} and /v1/{kind}/{name}: the intent, read and written.

import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { documentSchemas } from '../../policy/documents.ts';
import { objectKey } from '../../policy/facts/base.ts';
import { warnings } from '../../policy/facts/problems.ts';
import { nameSchema } from '../../policy/kinds/fields.ts';
import { selectorSchema, selectorSyntax } from '../../policy/kinds/labels.ts';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import { ObjectNotFound } from '../state/errors.ts';
import { type EtagCondition, matchesWeak, parseEtagCondition } from '../state/etag.ts';
import { maxLooked, type Store } from '../state/store.ts';
import { answerOf, answerSchemas, bodySchemas, documentOf, type Known } from './bodies.ts';
import { bodyLimit } from './body-limit.ts';
import { type WaitQuery, waitForInstall, waitQuerySchema } from './install-wait.ts';
import { problemResponses, RequestRefused } from './problem.ts';
import { jsonResponse } from './responses.ts';
import type { Runtime } from './runtime.ts';

export interface ObjectRouteOptions {
  readonly store: Store;
  readonly runtime: Runtime;
}

const listQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Objects on a page.'),
  after: nameSchema.optional().describe('The `next` of the page before.'),
  selector: selectorSchema
    .optional()
    .describe(`Those whose labels fit, and no others: ${selectorSyntax}.`)
    .meta({ examples: ['env=prod,tier!=db'] }),
});

const nameParams = z.object({ name: nameSchema });

const etagHeader = z.string().optional();
// Loose: the headers that are not named here must come through.
const readGuards = z.looseObject({ 'if-none-match': etagHeader.describe('The ETag that is known already: 304.') });
const removeGuards = z.looseObject({ 'if-match': etagHeader.describe('The ETag of the version to delete.') });
const putGuards = z.looseObject({
  'if-match': etagHeader.describe('The ETag of the version to replace; * for any that exists.'),
  'if-none-match': etagHeader.describe('* to create, and never to replace.'),
});

type ListQuery = z.infer<typeof listQuerySchema>;
type NameParams = z.infer<typeof nameParams>;

export function registerObjectRoutes(app: FastifyInstance, options: ObjectRouteOptions): void {
  for (const kind of kinds) registerKind(app, kind, options);
}

function registerKind<K extends Kind>(app: FastifyInstance, kind: K, { store, runtime }: ObjectRouteOptions): void {
  const answerSchema = answerSchemas[kind];
  const title = documentSchemas[kind].meta()?.id ?? kind;
  const tags = [kind];

  app.get<{ Querystring: ListQuery }>(
    `/${kind}`,
    {
      schema: {
        operationId: `list${title}s`,
        summary: `Lists ${kind}, in order of name.`,
        description:
          `A page looks at ${maxLooked} objects at most: with a selector it may have fewer than \`limit\`, and none, while there ` +
          'is a `next`.',
        tags,
        querystring: listQuerySchema,
        response: {
          200: jsonResponse(
            'A page of them.',
            z.object({
              items: z.array(answerSchema),
              next: z.string().optional().describe('The `after` of the next page; missing on the last.'),
            }),
          ),
        },
      },
    },
    async ({ query }) => {
      const { items, next } = store.list(kind, query);
      const known = knownOf(store);
      return { items: items.map(item => answerOf(kind, item.document, known)), next };
    },
  );

  app.get<{ Params: NameParams }>(
    `/${kind}/:name`,
    {
      schema: {
        operationId: `get${title}`,
        summary: 'Answers one object, with its ETag.',
        tags,
        params: nameParams,
        headers: readGuards,
        response: {
          200: jsonResponse('The object.', answerSchema),
          304: z.undefined().describe('It still has the ETag of If-None-Match.'),
          ...problemResponses(404),
        },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const found = store.get(kind, name);
      if (!found) throw new ObjectNotFound(kind, name);
      void reply.header('etag', found.etag);
      const known = etagCondition(request.headers, 'if-none-match');
      if (known !== undefined && matchesWeak(known, found.etag)) return reply.code(304).send();
      return answerOf(kind, found.document, knownOf(store));
    },
  );

  app.put<{ Params: NameParams; Querystring: WaitQuery; Body: unknown }>(
    `/${kind}/:name`,
    {
      bodyLimit: bodyLimit(bodySchemas[kind]),
      schema: {
        operationId: `put${title}`,
        summary: 'Creates or replaces one object; answers when that is on disk.',
        description: 'The same document again changes nothing. Guards: If-Match, If-None-Match.',
        tags,
        params: nameParams,
        headers: putGuards,
        querystring: waitQuerySchema,
        body: bodySchemas[kind],
        response: {
          200: jsonResponse('The object; it was there before.', answerSchema),
          201: jsonResponse('The object; it is new.', answerSchema),
          ...problemResponses(409, 412, 422, 502, 504, 507),
        },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const result = await store.put(kind, documentOf<K>(name, request.body), {
        ifMatch: etagCondition(request.headers, 'if-match'),
        ifNoneMatch: etagCondition(request.headers, 'if-none-match'),
      });
      written(reply, result.generation).header('etag', result.etag).header('pointsman-outcome', result.outcome);
      if (result.outcome === 'created') void reply.header('location', `/v1/${kind}/${name}`);
      await waitForInstall(runtime, result.generation, [{ kind, name }], request.query, request.raw);
      void reply.code(result.outcome === 'created' ? 201 : 200);
      return answerOf(kind, result.document, knownOf(store));
    },
  );

  app.delete<{ Params: NameParams; Querystring: WaitQuery }>(
    `/${kind}/:name`,
    {
      schema: {
        operationId: `delete${title}`,
        summary: 'Deletes one object that no other refers to; answers when that is on disk.',
        tags,
        params: nameParams,
        headers: removeGuards,
        querystring: waitQuerySchema,
        response: {
          204: z.undefined().describe('It is gone.'),
          ...problemResponses(404, 409, 412, 502, 504, 507),
        },
      },
    },
    async (request, reply) => {
      const ifMatch = etagCondition(request.headers, 'if-match');
      const { generation } = await store.remove(kind, request.params.name, { ifMatch });
      written(reply, generation);
      await waitForInstall(runtime, generation, [], request.query, request.raw);
      return reply.code(204).send();
    },
  );
}

function knownOf(store: Store): Known {
  const view = store.view();
  const { program } = store.live;
  return {
    documents: view.documents,
    allocations: view.allocations,
    bindings: view.bindings,
    chunksOf: use => view.chunksOf(use),
    chunksOn: address => view.chunksOn(address),
    warningOf: route => program.get(warnings, `${objectKey('routes', route)} /nextHop`)?.detail,
  };
}

/** Tells which generation holds the write, for whoever compares it with the status. */
export function written(reply: FastifyReply, generation: number): FastifyReply {
  return reply.header('pointsman-generation', generation);
}

/** @throws RequestRefused when the header is there and cannot be read */
function etagCondition(headers: IncomingHttpHeaders, header: 'if-match' | 'if-none-match'): EtagCondition | undefined {
  const text = headers[header];
  if (text === undefined) return undefined;
  const condition = parseEtagCondition(text);
  if (condition === undefined) throw new RequestRefused('bad-parameter', `${header}: neither "*" nor entity tags`);
  return condition;
}
