// /v1/export and /v1/import: the whole intent in one answer, with the numbers that were given out where they are asked for,
// and such an answer put into a state that is new.

import { Readable } from 'node:stream';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import { z } from 'zod';
import { documentSchemas } from '../../policy/documents.ts';
import { selectorSchema, selectorSyntax } from '../../policy/kinds/labels.ts';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import type { ImportItem } from '../state/import-plan.ts';
import type { StateExport } from '../state/store.ts';
import { allocationSchemas, importLimits, stateNumbersSchema } from './allocations.ts';
import { examples } from './examples.ts';
import type { ObjectRouteOptions } from './objects.ts';
import { written } from './objects.ts';
import { problemResponses, RequestRefused } from './problem.ts';
import { jsonResponse } from './responses.ts';

/** Exports at a time. */
const mostExports = 4;

function groupsOf<Schema extends z.ZodType>(schemaOf: (kind: Kind) => Schema) {
  return Object.fromEntries(kinds.map(kind => [kind, schemaOf(kind)]));
}

/** Of one kind, whatever it is: the type of one stands for those of seven. */
function withAllocation(kind: Kind) {
  const document = documentSchemas[kind] as typeof documentSchemas.tenants;
  const allocation = allocationSchemas[kind] as typeof allocationSchemas.tenants;
  return { document, allocation };
}

const exportSchema = z.object({
  generation: z.int().min(0).describe('All of it is as it was then.'),
  numbers: stateNumbersSchema.optional(),
  objects: z
    .object(
      groupsOf(kind => {
        const { document, allocation } = withAllocation(kind);
        return z.array(document.extend({ allocation: allocation.optional() }));
      }),
    )
    .describe('By kind, in order of name.'),
});

const importSchema = z
  .strictObject({
    generation: z.unknown().optional().describe('Ignored.'),
    numbers: stateNumbersSchema,
    objects: z
      .strictObject(
        groupsOf(kind => {
          const { document, allocation } = withAllocation(kind);
          return z.array(document.extend({ allocation })).max(importLimits.objects).default([]);
        }),
      )
      .refine(
        groups => Object.values(groups).reduce((sum, group) => sum + group.length, 0) <= importLimits.objects,
        `more than ${importLimits.objects} objects`,
      ),
  })
  .meta({
    examples: [
      {
        numbers: { nextId: 2, lastIndex: 0, resting: [] },
        objects: {
          tenants: examples.tenants.map(tenant => ({ ...tenant, allocation: { id: 1, revision: 1, zone: 32768 } })),
        },
      },
    ],
  });

const querySchema = z.strictObject({
  selector: selectorSchema
    .optional()
    .describe(`Those whose labels fit, and no others: ${selectorSyntax}.`)
    .meta({ examples: ['env=prod'] }),
  allocations: z
    .enum(['true', 'false'])
    .optional()
    .describe('With `true`, the numbers that were given out, as an import takes them; not with a selector.'),
});

/** Counts requests until their answers are out, before their bodies are read: there is a bound to what is held of all. */
function atMost(count: number, what: string): onRequestAsyncHookHandler {
  let underWay = 0;
  return async (_, reply) => {
    if (underWay >= count) throw new RequestRefused('busy', `${underWay} ${what} are under way already`);
    underWay++;
    reply.raw.once('close', () => {
      underWay--;
    });
  };
}

export function registerExportRoutes(app: FastifyInstance, { store }: ObjectRouteOptions): void {
  app.get<{ Querystring: z.infer<typeof querySchema> }>(
    '/export',
    {
      onRequest: atMost(mostExports, 'exports'),
      schema: {
        operationId: 'exportState',
        summary: 'Answers all objects, of one moment.',
        tags: ['state'],
        querystring: querySchema,
        response: { 200: jsonResponse('All of them.', exportSchema) },
      },
    },
    async ({ query: { selector, allocations } }, reply) => {
      const withNumbers = allocations === 'true';
      if (withNumbers && selector)
        throw new RequestRefused('bad-parameter', 'allocations are those of all objects: they go with no selector');
      const whole = store.export(selector ?? [], withNumbers);
      return reply.type('application/json; charset=utf-8').send(Readable.from(textOf(whole)));
    },
  );
  app.post<{ Body: z.infer<typeof importSchema> }>(
    '/import',
    {
      bodyLimit: importLimits.bytes,
      onRequest: atMost(importLimits.underWay, 'imports'),
      schema: {
        operationId: 'importState',
        summary:
          'Writes an export with its allocations into a new state, all of it or nothing; answers when that is on disk.',
        description:
          'The state must never have held an object. Every number stays: ids, indexes, conntrack zones and NAT chunks, so that the ' +
          'switch which was programmed from the other state is programmed right. The nodes that have chunks or interfaces must have ' +
          `joined. At most ${importLimits.objects} objects and ${importLimits.bytes / 1024 / 1024} MiB.`,
        tags: ['state'],
        body: importSchema,
        response: {
          200: jsonResponse(
            'All of it is there.',
            z.object({ objects: z.int().min(0).describe('How many.'), generation: z.int().min(0) }),
          ),
          ...problemResponses(409, 422, 507),
        },
      },
    },
    async ({ body: { numbers, objects } }, reply) => {
      const items = kinds.flatMap(kind =>
        (objects[kind] ?? []).map(({ allocation, ...document }) => ({ kind, document, allocation }) as ImportItem),
      );
      const { generation } = await store.import({ numbers, items });
      written(reply, generation);
      return { objects: items.length, generation };
    },
  );
}

/** Objects in a piece of the answer. */
const pieceSize = 100;

function* textOf({ generation, numbers, objects }: StateExport): Generator<string> {
  yield `{"generation":${generation},${numbers ? `"numbers":${JSON.stringify(numbers)},` : ''}"objects":{`;
  for (const [place, kind] of kinds.entries()) {
    yield `${place === 0 ? '' : ','}"${kind}":[`;
    const ofKind = objects.filter(object => object.kind === kind);
    for (let at = 0; at < ofKind.length; at += pieceSize) {
      const piece = ofKind
        .slice(at, at + pieceSize)
        .map(({ document, allocation }) => JSON.stringify(allocation ? { ...document, allocation } : document));
      yield `${at === 0 ? '' : ','}${piece.join(',')}`;
    }
    yield ']';
  }
  yield '}}';
}
