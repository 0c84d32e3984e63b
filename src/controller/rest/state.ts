// /v1/state: the word that the switch is to follow a state database that is held.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { problemResponses, RequestRefused } from './problem.ts';
import { jsonResponse } from './responses.ts';
import type { Runtime } from './runtime.ts';

const adoptSchema = z.strictObject({
  generation: z.int().min(0).describe('The one that is held, as status gives it: what is adopted has been seen.'),
  discard: z
    .boolean()
    .default(false)
    .describe('Whether what the switch holds and the state database does not account for may be removed.'),
});

export function registerStateRoutes(app: FastifyInstance, runtime: Runtime): void {
  app.post<{ Body: z.infer<typeof adoptSchema> }>(
    '/state/adopt',
    {
      schema: {
        operationId: 'adoptState',
        summary: 'Lets the switch follow a state that is held.',
        description:
          'A state database that went back, lost something, or is another than the one the switch was programmed from is not ' +
          'installed. Adopted, it goes on at a generation beyond all that were seen before, and the switch becomes what it ' +
          'says: what is equal is not touched. Where the switch holds what it does not account for (`state.unaccounted` of ' +
          'status), that takes `discard`.',
        tags: ['state'],
        body: adoptSchema,
        response: {
          200: jsonResponse('It is adopted.', z.object({ generation: z.int().min(0).describe('Where it goes on.') })),
          ...problemResponses(409, 422, 503, 507),
        },
      },
    },
    async ({ body: { generation, discard } }) => {
      const adoption = await runtime.adopt(generation, discard);
      switch (adoption.kind) {
        case 'adopted':
          return { generation: adoption.generation };
        case 'not-held':
          throw new RequestRefused('not-held', `there is no state at generation ${generation} that waits for a word`);
        case 'unaccounted':
          throw new RequestRefused('unaccounted', adoption.what);
        case 'switch-silent':
          throw new RequestRefused('switch-unavailable', 'the switch cannot be asked what it holds');
      }
    },
  );
}
