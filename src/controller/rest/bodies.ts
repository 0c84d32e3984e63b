// The bodies of /v1/{kind}: what a PUT takes, and what every answer holds.

import { z } from 'zod';
import { listed } from '../../lib/text.ts';
import { type Allocations, retiredRanges, sameHolder } from '../../policy/allocation.ts';
import { type Documents, documentSchemas } from '../../policy/documents.ts';
import { useKey } from '../../policy/facts/base.ts';
import { nameSchema } from '../../policy/kinds/fields.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import type { NatPoolDocument } from '../../policy/kinds/nat-pools.ts';
import type { NatRuleDocument } from '../../policy/kinds/nat-rules.ts';
import { awaited } from '../state/chunk-plan.ts';
import type { StateView } from '../state/view.ts';
import { examples } from './examples.ts';
import { RequestRefused } from './problem.ts';

/** What the controller knows of a NAT rule, beside what people wrote. */
export const natRuleStatusSchema = z
  .object({
    chunks: z.array(
      z.object({
        node: z.string().describe('Where the connections are.'),
        address: z.string().describe('The outside address that they get.'),
        ports: z.object({ min: z.int(), max: z.int() }).describe('The outside ports, both included.'),
        icmp: z.boolean().describe('Whether ICMP echo is translated.'),
        reason: z.string().optional().describe('Why ICMP is not.'),
      }),
    ),
    reason: z.literal('no-chunk').optional().describe('Of a rule without a chunk: as what its packets are dropped.'),
    detail: z.string().optional().describe('Why it has none.'),
    waitsFor: z.array(z.string()).optional().describe('Nodes that have not let go yet of what the pool gave up.'),
    waitsUntil: z.iso.datetime().optional().describe('When one is free that rests since it was given up.'),
  })
  .meta({ id: 'NatRuleStatus' });

/** Of an interface or a port. */
export const bindingStatusSchema = z
  .object({ node: z.string().optional().describe('Who has it; absent: nobody.') })
  .meta({ id: 'BindingStatus' });

export const routeStatusSchema = z
  .object({ warnings: z.array(z.string()).describe('What keeps it from routing; in the status of the node too.') })
  .meta({ id: 'RouteStatus' });

export type NatRuleStatus = z.infer<typeof natRuleStatusSchema>;

type BodySchemas = { readonly [K in Kind]: z.ZodType<{ name?: string | undefined; status?: unknown }> };

/** In a PUT the name may be left to the URL, and `status`, which answers carry, is not looked at. */
const lenient = {
  name: nameSchema.optional().describe('The name in the URL, or nothing.'),
  status: z.unknown().optional().describe('Ignored, so that an answer can be sent back.'),
};

export const bodySchemas: BodySchemas = {
  tenants: documentSchemas.tenants.extend(lenient).meta({ examples: [...examples.tenants] }),
  vnis: documentSchemas.vnis.extend(lenient).meta({ examples: [...examples.vnis] }),
  interfaces: documentSchemas.interfaces.extend(lenient).meta({ examples: [...examples.interfaces] }),
  ports: documentSchemas.ports.extend(lenient).meta({ examples: [...examples.ports] }),
  routes: documentSchemas.routes.extend(lenient).meta({ examples: [...examples.routes] }),
  'nat-pools': documentSchemas['nat-pools'].extend(lenient).meta({ examples: [...examples['nat-pools']] }),
  'nat-rules': documentSchemas['nat-rules'].extend(lenient).meta({ examples: [...examples['nat-rules']] }),
  'port-forwards': documentSchemas['port-forwards'].extend(lenient).meta({ examples: [...examples['port-forwards']] }),
  'static-nats': documentSchemas['static-nats'].extend(lenient).meta({ examples: [...examples['static-nats']] }),
};

export const answerSchemas: { readonly [K in Kind]: z.ZodType } = {
  ...documentSchemas,
  interfaces: documentSchemas.interfaces
    .extend({ status: bindingStatusSchema })
    .meta({ id: 'InterfaceWithStatus', description: 'A gateway leg of the pipeline, and the node that has its wire.' }),
  ports: documentSchemas.ports
    .extend({ status: bindingStatusSchema })
    .meta({ id: 'PortWithStatus', description: 'A machine on the segment of an interface, and the node it is at.' }),
  routes: documentSchemas.routes
    .extend({ status: routeStatusSchema })
    .meta({ id: 'RouteWithStatus', description: 'A route of a tenant, and what is wrong with it.' }),
  'nat-rules': documentSchemas['nat-rules']
    .extend({ status: natRuleStatusSchema })
    .meta({ id: 'NatRuleWithStatus', description: 'Source NAT of a tenant’s prefix to a pool, and what came of it.' }),
};

/**
 * The document of a body that has passed its schema.
 * @throws RequestRefused when the body has another name than the URL
 */
export function documentOf<K extends Kind>(name: string, body: unknown): Documents[K] {
  const { status: _, ...rest } = { name, ...(body as object) } as { name: string; status?: unknown };
  if (rest.name !== name) {
    const detail = `the URL says "${name}"`;
    throw new RequestRefused('invalid-document', `/name: ${detail}`, { errors: [{ pointer: '/name', detail }] });
  }
  return rest as Documents[K];
}

/** What is known of objects beside their documents; asked for what concerns one of them. */
export interface Known extends Pick<StateView, 'documents' | 'allocations' | 'bindings' | 'chunksOf' | 'chunksOn'> {
  /** What keeps a route from routing. */
  readonly warningOf: (route: string) => string | undefined;
}

/** The document, and where there is more to say, a `status` beside its fields. */
export function answerOf<K extends Kind>(kind: K, document: Documents[K], known: Known): object {
  switch (kind) {
    case 'nat-rules':
      return { ...document, status: natRuleStatus(document as NatRuleDocument, known) };
    case 'interfaces':
      return { ...document, status: bindingStatus(known.bindings.interfaces.get(document.name)) };
    case 'routes': {
      const warning = known.warningOf(document.name);
      return { ...document, status: { warnings: warning === undefined ? [] : [warning] } };
    }
    case 'ports':
      return { ...document, status: bindingStatus(known.bindings.ports.get(document.name)) };
    default:
      return document;
  }
}

/** Of a rule without a chunk. */
function whyNone(
  { tenant }: NatRuleDocument,
  pool: NatPoolDocument,
  allocations: Allocations,
): Omit<NatRuleStatus, 'chunks'> {
  const { waitsFor, until } = awaited(pool, { tenant, node: '' }, allocations.chunks, retiredRanges(allocations));
  const what = `a chunk of nat-pools/${pool.name}`;
  if (until !== undefined) {
    const waitsUntil = new Date(until).toISOString();
    const detail = `${what} is free at ${waitsUntil}: until then what others gave up rests`;
    return { reason: 'no-chunk', detail, waitsUntil };
  }
  if (waitsFor.length === 0)
    return { reason: 'no-chunk', detail: `${what} is not given to it yet, or there is none left` };
  const detail = `${what} is free when ${listed(waitsFor)} ${waitsFor.length === 1 ? 'has' : 'have'} let go of what was given up`;
  return { reason: 'no-chunk', detail, waitsFor: [...waitsFor] };
}

function bindingStatus(node: string | undefined): z.infer<typeof bindingStatusSchema> {
  return node === undefined ? {} : { node };
}

function natRuleStatus(rule: NatRuleDocument, known: Known): NatRuleStatus {
  const ours = known.chunksOf(useKey(rule));
  const pool = known.documents['nat-pools'].get(rule.pool);
  return {
    ...(ours.length === 0 && pool ? whyNone(rule, pool, known.allocations) : {}),
    chunks: ours.map(chunk => {
      const { node, address, port, size, icmp } = chunk;
      const status = { node, address, ports: { min: port, max: port + size - 1 }, icmp };
      if (icmp) return status;
      const owner = known.chunksOn(address).find(other => other.icmp && !sameHolder(other, chunk));
      // ICMP identifiers cannot be matched in OpenFlow, so a reply could belong to anyone who has the address.
      const who = owner ? `tenant "${owner.tenant}" at node "${owner.node}"` : 'somebody else';
      return { ...status, reason: `ICMP on ${address} belongs to ${who}; give the pool an address more` };
    }),
  };
}
