// The bodies of /v1/{kind}: what a PUT takes, and what every answer holds.

import { z } from 'zod';
import type { Allocations } from '../../policy/allocation.ts';
import {
  type Documents,
  documentSchemas,
  type Kind,
  type NatRuleDocument,
  nameSchema,
} from '../../policy/documents.ts';
import { RequestRefused } from './problem.ts';

/** What the controller knows of a NAT rule, beside what people wrote. */
export const natRuleStatusSchema = z
  .object({
    address: z.string().describe('The outside address that the tenant’s connections get.'),
    ports: z.object({ min: z.int(), max: z.int() }).describe('The outside ports, both included.'),
    icmp: z.boolean().describe('Whether ICMP echo is translated.'),
    reason: z.string().optional().describe('Why ICMP is not.'),
  })
  .meta({ id: 'NatRuleStatus' });

export type NatRuleStatus = z.infer<typeof natRuleStatusSchema>;

type BodySchemas = { readonly [K in Kind]: z.ZodType<{ name?: string | undefined; status?: unknown }> };

/** In a PUT the name may be left to the URL, and `status`, which answers carry, is not looked at. */
const lenient = {
  name: nameSchema.optional().describe('The name in the URL, or nothing.'),
  status: z.unknown().optional().describe('Ignored, so that an answer can be sent back.'),
};

export const bodySchemas: BodySchemas = {
  tenants: documentSchemas.tenants.extend(lenient),
  vnis: documentSchemas.vnis.extend(lenient),
  interfaces: documentSchemas.interfaces.extend(lenient),
  routes: documentSchemas.routes.extend(lenient),
  'nat-pools': documentSchemas['nat-pools'].extend(lenient),
  'nat-rules': documentSchemas['nat-rules'].extend(lenient),
};

export const answerSchemas: { readonly [K in Kind]: z.ZodType } = {
  ...documentSchemas,
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

/** The document, and where there is more to say, a `status` beside its fields. */
export function answerOf<K extends Kind>(kind: K, document: Documents[K], allocations: Allocations): object {
  if (kind !== 'nat-rules') return document;
  const status = natRuleStatus(document as NatRuleDocument, allocations);
  return status ? { ...document, status } : document;
}

function natRuleStatus(rule: NatRuleDocument, { chunks }: Allocations): NatRuleStatus | undefined {
  const chunk = chunks.find(candidate => candidate.tenant === rule.tenant && candidate.pool === rule.pool);
  if (!chunk) return undefined;
  const { address, port, size, icmp } = chunk;
  const status = { address, ports: { min: port, max: port + size - 1 }, icmp };
  if (icmp) return status;
  const owner = chunks.find(other => other.address === address && other.icmp && other.tenant !== rule.tenant);
  // ICMP identifiers cannot be matched in OpenFlow, so a reply could belong to any tenant of the address.
  const who = owner ? `tenant "${owner.tenant}"` : 'another tenant';
  return { ...status, reason: `ICMP on ${address} belongs to ${who}; give the pool an address more` };
}
