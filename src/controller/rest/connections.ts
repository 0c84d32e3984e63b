// /v1/connections: what connection tracking holds of the tenants, by what is known of it; and its end.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Ip, parseIp } from '../../lib/address.ts';
import { nameSchema } from '../../policy/kinds/fields.ts';
import { everyNatProtocol } from '../../policy/nat/selection.ts';
import { problemResponses, RequestRefused } from './problem.ts';
import { jsonResponse } from './responses.ts';
import { connectionReportSchema, type Runtime } from './runtime.ts';

const endForm = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/;

const endSchema = z
  .string()
  .max(64)
  .transform((text, context): { readonly ip: Ip; readonly port: number | undefined } => {
    const [, bracketed, plain, digits] = endForm.exec(text) ?? [];
    const port = digits === undefined ? undefined : Number(digits);
    try {
      if (port === undefined || port <= 0xffff) return { ip: parseIp(bracketed ?? plain ?? text), port };
    } catch {
      // Told below.
    }
    context.addIssue({
      code: 'custom',
      message: 'is not ADDRESS or ADDRESS:PORT, as 203.0.113.10:5666 or [2001:db8::1]:80',
    });
    return z.NEVER;
  });

const end = (what: string) =>
  endSchema
    .optional()
    .describe(`${what}: ADDRESS or ADDRESS:PORT; for ICMP its identifier in place of a port.`)
    .meta({ examples: ['203.0.113.10:5666'] });

const filters = {
  tenant: nameSchema.optional(),
  rule: nameSchema.optional().describe('A NAT rule.'),
  interface: nameSchema
    .optional()
    .describe('An inner interface, in whose subnets the end inside is, or an outer one, by which it leaves.'),
  protocol: z.enum(everyNatProtocol).optional(),
  inside: end('Its end inside: who began it, or to whom a port is forwarded'),
  outside: end('The same end as it is outside'),
  remote: end('The far end'),
};

const listSchema = z.strictObject({
  ...filters,
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Connections on a page.'),
  after: z.base64url().max(1024).optional().describe('The `next` of the page before.'),
});

const endQuerySchema = z.strictObject(filters);

const endedSchema = z.object({
  ended: z.int().min(0),
  left: z
    .int()
    .min(0)
    .describe('Of protocols that have neither ports nor identifiers, and so cannot be told from others: they stay.'),
});

export function registerConnectionRoutes(app: FastifyInstance, runtime: Runtime): void {
  const tags = ['connections'];
  app.get<{ Querystring: z.infer<typeof listSchema> }>(
    '/connections',
    {
      schema: {
        operationId: 'listConnections',
        summary: 'The translated connections of this node, by any of what is known of them.',
        description:
          'Read from the datapath at the moment of asking, in an order that holds still while connections come and go. One ' +
          'question is answered at a time.',
        tags,
        querystring: listSchema,
        response: {
          200: jsonResponse(
            'A page of them.',
            z.object({
              items: z.array(connectionReportSchema),
              next: z.string().optional().describe('The `after` of the next page; missing on the last.'),
            }),
          ),
          ...problemResponses(400, 503),
        },
      },
    },
    async ({ query: { limit, after, ...query } }) => {
      const last = after === undefined ? undefined : Buffer.from(after, 'base64url').toString();
      const { items, next } = await runtime.connections(query, limit, last);
      return { items, next: next === undefined ? undefined : Buffer.from(next).toString('base64url') };
    },
  );

  app.delete<{ Querystring: z.infer<typeof endQuerySchema> }>(
    '/connections',
    {
      schema: {
        operationId: 'endConnections',
        summary: 'Ends connections, those that are asked for and no others.',
        description:
          'At least one filter is needed. The datapath forgets them: what still comes from inside begins new ones, under the ' +
          'rules as they are, and most likely by another port.',
        tags,
        querystring: endQuerySchema,
        response: { 200: jsonResponse('How many.', endedSchema), ...problemResponses(400, 503) },
      },
    },
    async ({ query }) => {
      if (Object.values(query).every(value => value === undefined))
        throw new RequestRefused('bad-parameter', `querystring: one of ${Object.keys(filters).join(', ')} is needed`);
      return await runtime.endConnections(query);
    },
  );
}
