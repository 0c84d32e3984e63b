// /v1/batch: several objects written and deleted at once, all of them or none.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Documents, documentSchemas } from '../../policy/documents.ts';
import { nameSchema } from '../../policy/kinds/fields.ts';
import { isOfLabelled, selectorSchema, selectorSyntax } from '../../policy/kinds/labels.ts';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import type { BatchItem } from '../state/batch-plan.ts';
import { parseEtagCondition } from '../state/etag.ts';
import { batchLimits } from './batch-limits.ts';
import { examples } from './examples.ts';
import { waitForInstall, waitQuerySchema } from './install-wait.ts';
import type { ObjectRouteOptions } from './objects.ts';
import { written } from './objects.ts';
import { type ProblemDetail, problemResponses, RequestRefused } from './problem.ts';
import { jsonResponse } from './responses.ts';
import { detailsOf, validatorWith } from './validation.ts';

const condition = z
  .string()
  .max(1000)
  .refine(text => parseEtagCondition(text) !== undefined, 'neither "*" nor entity tags');
const ifMatch = condition.optional().describe('As the header If-Match of a request for the item alone.');
const ifNoneMatch = condition.optional().describe('As the header If-None-Match of a PUT.');
// An answer of the API may be sent back.
const answered = { status: z.unknown().optional().describe('Ignored.') };

function putSchema<K extends Kind>(kind: K) {
  const document = (documentSchemas[kind] as typeof documentSchemas.tenants).extend(answered);
  return z.strictObject({ op: z.literal('put'), kind: z.literal(kind), document, ifMatch, ifNoneMatch });
}

const puts = kinds.map(putSchema);
type PutSchema = (typeof puts)[number];

const itemSchema = z.discriminatedUnion('op', [
  z.discriminatedUnion('kind', puts as [PutSchema, ...PutSchema[]]),
  z.strictObject({ op: z.literal('delete'), kind: z.enum(kinds), name: nameSchema, ifMatch }),
]);

const pruneSchema = z.strictObject({
  selector: selectorSchema
    .refine(isOfLabelled, 'what is pruned carries a label at least: KEY=VALUE, or KEY')
    .describe(`${selectorSyntax}; one of the first or third at least.`),
});

const batchSchema = z
  .strictObject({
    items: z.array(itemSchema).min(1).max(batchLimits.items),
    prune: pruneSchema
      .optional()
      .describe('Objects whose labels fit, and which are in no item, are deleted too. All that is put has to fit.'),
  })
  .meta({
    examples: [
      {
        items: [
          ...kinds.flatMap(kind => examples[kind].map(document => ({ op: 'put', kind, document }))),
          { op: 'delete', kind: 'routes', name: 'red-old' },
        ],
      },
    ],
  });

const objectName = z.object({ kind: z.enum(kinds), name: z.string() });
const before = z.string().optional().describe('Absent: it is new.');
const after = z.string().optional().describe('Absent: it goes.');

const planSchema = z.object({
  objects: z
    .array(objectName.extend({ before: z.looseObject({}).optional(), after: z.looseObject({}).optional() }))
    .describe('Those that change, as documents.'),
  switch: z
    .array(
      z.object({
        object: objectName.optional().describe('Absent: they are the pipeline’s own, or of several objects.'),
        changes: z.array(z.object({ what: z.enum(['flow', 'group', 'meter']), bridge: z.string(), before, after })),
      }),
    )
    .describe('What would change on the switch of this node, as ovs-ofctl prints it, by object.'),
  rows: z
    .array(
      z.object({
        table: z.literal('Bridge'),
        row: z.string().describe('The name of the bridge.'),
        column: z.literal('external_ids'),
        key: z.string(),
        before,
        after,
      }),
    )
    .describe(
      'What the switch’s database would say otherwise: whose each conntrack zone is. Bridges, ports and interfaces follow the ' +
        'configuration of the node, and change with no object.',
    ),
  translations: z
    .array(z.object({ zone: z.int(), tenant: z.string().optional() }))
    .describe('Conntrack zones whose translations change: connections that had another end.'),
});

const resultSchema = z.object({
  items: z
    .array(
      z.object({
        kind: z.enum(kinds),
        name: z.string(),
        outcome: z
          .enum(['created', 'updated', 'unchanged', 'deleted', 'absent'])
          .describe('`absent`: to be deleted, and not there.'),
        etag: z.string().optional().describe('Of the version that is stored then.'),
      }),
    )
    .describe('What became of each, in order.'),
  pruned: z.array(objectName).describe('What was deleted beside them.'),
  generation: z.int().describe('The generation of the intent that holds all of it.'),
  plan: planSchema.optional().describe('Of a dry run.'),
});

const querySchema = waitQuerySchema.extend({
  dryRun: z
    .enum(['true', 'false'])
    .optional()
    .describe('With `true` nothing is written: the answer tells what would be.'),
});

type Query = z.infer<typeof querySchema>;

/** @param app one of its own: it has its own way to tell of what is wrong with a body */
export function registerBatchRoute(app: FastifyInstance, { store, runtime }: ObjectRouteOptions): void {
  app.setValidatorCompiler(validatorWith(detailsOfBatch));
  let underWay = 0;
  app.post<{ Querystring: Query; Body: z.infer<typeof batchSchema> }>(
    '/batch',
    {
      bodyLimit: batchLimits.bytes,
      // Before the body is read: there is a bound to what is held of all batches together.
      onRequest: async (_, reply) => {
        if (underWay >= batchLimits.underWay)
          throw new RequestRefused('busy', `${underWay} batches are under way already`);
        underWay++;
        reply.raw.once('close', () => {
          underWay--;
        });
      },
      schema: {
        operationId: 'batch',
        summary: 'Writes and deletes several objects, all of them or none; answers when that is on disk.',
        description:
          `At most ${batchLimits.items} items, ${batchLimits.pruned} pruned objects, ${batchLimits.bytes / 1024 / 1024} MiB, and ${batchLimits.underWay} batches at a time. ` +
          'Items may refer to each other, in any order; no object may be in two. Where one cannot be done, none is, and the ' +
          'answer tells what is wrong with each. The same documents again change nothing; an object to be deleted that is not ' +
          'there is no fault.',
        tags: ['batch'],
        querystring: querySchema,
        body: batchSchema,
        response: {
          200: jsonResponse('All of it is done.', resultSchema),
          ...problemResponses(409, 412, 422, 502, 504, 507),
        },
      },
    },
    async (request, reply) => {
      const items = request.body.items.map(itemOf);
      const { prune } = request.body;
      const options = prune ? { prune: { ...prune, most: batchLimits.pruned } } : {};
      if (request.query.dryRun === 'true') {
        const { plan, preview } = await store.preview(items, options);
        const { results, pruned, generation } = plan;
        written(reply, generation);
        return { items: results, pruned: pruned.map(namesOf), generation, plan: preview };
      }
      const { results, pruned, generation } = await store.batch(items, options);
      written(reply, generation);
      await waitForInstall(runtime, generation, results, request.query, request.raw);
      return { items: results, pruned: pruned.map(namesOf), generation };
    },
  );
}

function namesOf({ kind, name }: z.infer<typeof objectName>): z.infer<typeof objectName> {
  return { kind, name };
}

function itemOf(item: z.infer<typeof itemSchema>): BatchItem {
  const ifMatch = item.ifMatch === undefined ? undefined : parseEtagCondition(item.ifMatch);
  if (item.op === 'delete') return { kind: item.kind, name: item.name, ifMatch };
  const ifNoneMatch = item.ifNoneMatch === undefined ? undefined : parseEtagCondition(item.ifNoneMatch);
  const { status: _, ...document } = { status: undefined, ...item.document };
  // The schema of the kind has looked at the document; the types of seven of them are one here.
  return { kind: item.kind, document: document as Documents[Kind], ifMatch, ifNoneMatch } as BatchItem;
}

/** What is wrong within a document is told as of the item. */
function detailsOfBatch(issue: z.core.$ZodIssue): readonly ProblemDetail[] {
  const [items, item, document, ...path] = issue.path;
  if (items !== 'items' || typeof item !== 'number' || document !== 'document') return detailsOf(issue);
  return detailsOf({ ...issue, path }).map(detail => ({ item, ...detail }));
}
