// /v1/events: what happened at this node lately.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { eventSchema } from '../events/event.ts';
import { problemResponses } from './problem.ts';
import { jsonResponse } from './responses.ts';
import type { Runtime } from './runtime.ts';

const querySchema = z.strictObject({
  since: z.iso
    .datetime({ offset: true, error: 'a time of RFC 3339, as 2026-01-31T12:00:00Z' })
    .meta({ format: 'date-time' })
    .optional()
    .describe('Only what was seen after this: the `time` of the last that is known.'),
});

export function registerEventRoutes(app: FastifyInstance, runtime: Runtime): void {
  app.get<{ Querystring: z.infer<typeof querySchema> }>(
    '/events',
    {
      schema: {
        operationId: 'listEvents',
        summary: 'What happened at this node, the newest last.',
        description: 'The last thousand since the process began; what happens again is counted, and moves to the end.',
        tags: ['reports'],
        querystring: querySchema,
        response: {
          200: jsonResponse('The events.', z.object({ items: z.array(eventSchema) })),
          ...problemResponses(400),
        },
      },
    },
    async ({ query: { since } }) => ({ items: runtime.events(since === undefined ? undefined : new Date(since)) }),
  );
}
