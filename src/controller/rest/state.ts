// /v1/state: the word that a state database which has lost something is to be taken as it is.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { problemResponses, RequestRefused } from './problem.ts';
import { jsonResponse } from './responses.ts';
import type { Runtime } from './runtime.ts';

const acceptSchema = z.strictObject({
  generation: z.int().min(0).describe('The one that is held, as status gives it: what is accepted has been seen.'),
});

export function registerStateRoutes(app: FastifyInstance, runtime: Runtime): void {
  app.post<{ Body: z.infer<typeof acceptSchema> }>(
    '/state/accept',
    {
      schema: {
        operationId: 'acceptState',
        summary: 'Accepts a state that is held.',
        description:
          'A state database that went back, was damaged, or is another than the one the switch was programmed from is not ' +
          'installed. Accepted, it goes on at a generation beyond all that were seen before, and the switch follows it.',
        tags: ['state'],
        body: acceptSchema,
        response: {
          200: jsonResponse('It is accepted.', z.object({ generation: z.int().min(0).describe('Where it goes on.') })),
          ...problemResponses(409, 422, 507),
        },
      },
    },
    async ({ body: { generation } }) => {
      const accepted = await runtime.acceptState(generation);
      if (accepted === undefined)
        throw new RequestRefused('not-held', `there is no state at generation ${generation} that waits for a word`);
      return { generation: accepted };
    },
  );
}
