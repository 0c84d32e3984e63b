// /v1/nodes: who works on this intent. Nodes register themselves; what can be done to one is to take it out.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { nameSchema } from '../../policy/kinds/fields.ts';
import { problemResponses, RequestRefused } from './problem.ts';
import { jsonResponse } from './responses.ts';
import { nodeReportSchema, type Runtime } from './runtime.ts';

const nodeParams = z.object({ name: nameSchema });

export function registerNodeRoutes(app: FastifyInstance, runtime: Runtime): void {
  const tags = ['nodes'];
  app.get(
    '/nodes',
    {
      schema: {
        operationId: 'listNodes',
        summary: 'Lists the nodes, in order of name.',
        tags,
        response: { 200: jsonResponse('All of them.', z.object({ items: z.array(nodeReportSchema) })) },
      },
    },
    async () => ({ items: runtime.nodes() }),
  );
  app.delete<{ Params: z.infer<typeof nodeParams> }>(
    '/nodes/:name',
    {
      schema: {
        operationId: 'deleteNode',
        summary: 'Takes out a node that will not come back.',
        description:
          'Stop its ovs-vswitchd first: what it had is free at once. Of one that is alive it rests until that is back, and has' +
          ' let go of it; of one that is fenced, until its fence has ended.',
        tags,
        params: nodeParams,
        response: {
          204: z.undefined().describe('It is gone.'),
          ...problemResponses(404, 409, 507),
        },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const outcome = await runtime.dropNode(name);
      if (outcome === 'self') throw new RequestRefused('conflict', `"${name}" is the node that answers`);
      if (outcome === 'absent') throw new RequestRefused('not-found', `there is no node "${name}"`);
      return reply.code(204).send();
    },
  );
}
