// The routes that ask the running controller: status, flows, counters, and the probes of an orchestrator.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { problemResponses, RequestRefused } from './problem.ts';
import { jsonResponse } from './responses.ts';
import {
  dropCounterSchema,
  flowReportSchema,
  interfaceCounterSchema,
  newConnectionCounterSchema,
  poolCounterSchema,
  type Runtime,
  ruleCounterSchema,
  statusReportSchema,
} from './runtime.ts';

const cookieParams = z.object({
  cookie: z
    .string()
    .regex(/^0x[0-9a-fA-F]{1,16}$/, 'a cookie is 0x and 1 to 16 hexadecimal digits')
    .meta({ examples: ['0x706d060000000007'] }),
});

export function registerReportRoutes(app: FastifyInstance, runtime: Runtime): void {
  const tags = ['reports'];
  app.get(
    '/status',
    {
      schema: {
        operationId: 'getStatus',
        summary: 'How the node is.',
        tags,
        response: { 200: jsonResponse('How it is.', statusReportSchema) },
      },
    },
    () => runtime.status(),
  );
  app.get<{ Params: z.infer<typeof cookieParams> }>(
    '/flows/:cookie',
    {
      schema: {
        operationId: 'getFlows',
        summary: 'The installed flows of one cookie, and the object that caused them.',
        tags,
        params: cookieParams,
        response: { 200: jsonResponse('The flows.', flowReportSchema), ...problemResponses(404) },
      },
    },
    async ({ params }) => {
      const report = await runtime.flowsOfCookie(BigInt(params.cookie));
      if (!report) throw new RequestRefused('not-found', `no flow has the cookie ${params.cookie}`);
      return report;
    },
  );
  app.get(
    '/counters/drops',
    {
      schema: {
        operationId: 'getDrops',
        summary: 'What was dropped, by reason.',
        tags,
        response: { 200: jsonResponse('The counters.', z.object({ items: z.array(dropCounterSchema) })) },
      },
    },
    async () => ({ items: await runtime.dropCounters() }),
  );
  app.get(
    '/counters/new-connections',
    {
      schema: {
        operationId: 'getNewConnections',
        summary: 'How many connections began, by interface.',
        tags,
        response: { 200: jsonResponse('The counters.', z.object({ items: z.array(newConnectionCounterSchema) })) },
      },
    },
    async () => ({ items: await runtime.newConnections() }),
  );
  app.get(
    '/counters/interfaces',
    {
      schema: {
        operationId: 'getInterfaceCounters',
        summary: 'What passed the interfaces and ports of this node.',
        tags,
        response: { 200: jsonResponse('The counters.', z.object({ items: z.array(interfaceCounterSchema) })) },
      },
    },
    async () => ({ items: await runtime.interfaceCounters() }),
  );
  app.get(
    '/counters/nat-rules',
    {
      schema: {
        operationId: 'getNatRuleCounters',
        summary: 'How many connections began under each NAT rule.',
        tags,
        response: { 200: jsonResponse('The counters.', z.object({ items: z.array(ruleCounterSchema) })) },
      },
    },
    async () => ({ items: await runtime.ruleCounters() }),
  );
  app.get(
    '/counters/nat-pools',
    {
      schema: {
        operationId: 'getNatPoolCounters',
        summary: 'How much of each NAT pool is given out.',
        tags,
        response: { 200: jsonResponse('The counters.', z.object({ items: z.array(poolCounterSchema) })) },
      },
    },
    async () => ({ items: await runtime.poolCounters() }),
  );
}

/** Outside /v1, and without tokens: they tell no more than yes or no, and why not. */
export function registerProbeRoutes(app: FastifyInstance, runtime: Runtime): void {
  const tags = ['probes'];
  // Asked every few seconds, for ever: what changes is worth a line, the question is not.
  const logLevel = 'error';
  let reported: string | undefined;
  app.get(
    '/healthz',
    {
      logLevel,
      schema: {
        operationId: 'getHealth',
        summary: 'Whether the process answers.',
        tags,
        response: { 200: jsonResponse('It does.', z.object({ alive: z.literal(true) })) },
      },
    },
    async () => ({ alive: true }),
  );
  app.get(
    '/readyz',
    {
      logLevel,
      schema: {
        operationId: 'getReadiness',
        summary: 'Whether the switch does what the intent says.',
        tags,
        response: { 200: jsonResponse('It does.', z.object({ ready: z.literal(true) })) },
      },
    },
    async () => {
      const { ready, reasons } = await runtime.ready();
      const why = ready ? '' : reasons.join('; ') || 'not ready yet';
      if (why !== reported) app.log[ready ? 'info' : 'warn'](ready ? {} : { reasons }, ready ? 'ready' : 'not ready');
      reported = why;
      if (!ready) throw new RequestRefused('not-ready', why);
      return { ready };
    },
  );
}
