// What was given out to objects, as export answers it and import and files take it; and how large an import may be.

import { z } from 'zod';
import { ipSchema, nameSchema } from '../../policy/kinds/fields.ts';
import type { Kind } from '../../policy/kinds/names.ts';

export const importLimits = {
  /** Requests at a time. */
  underWay: 1,
  objects: 100_000,
  bytes: 64 * 1024 * 1024,
  /** Of a rule: nodes that its tenant is at. */
  chunks: 1024,
  /** Ranges of ports. */
  resting: 65_536,
} as const;

const port = z.int().min(1).max(65535);
const id = z.int().min(1).max(0xffff_ffff);
const numbers = {
  id: id.max(0xffff_fffe).describe('Of all objects; cookies carry it.'),
  // Each write of the object counts on from it.
  revision: z
    .int()
    .min(1)
    .max(2 ** 52)
    .describe('`"id-revision"` is the ETag.'),
};
const index = z.int().min(1).max(65535).describe('Of all interfaces and ports.');
const range = {
  address: ipSchema,
  port: z.int().min(0).max(65535).describe('The first.'),
  size: z.int().min(1).max(32768),
  icmp: z.boolean().describe('Whether with the ICMP of the address.'),
};
const plain = z.strictObject(numbers);

/** What an object was given, by kind. */
export const allocationSchemas = {
  tenants: z.strictObject({ ...numbers, zone: z.int().min(1).max(65535).describe('The conntrack zone.') }),
  vnis: plain,
  interfaces: z.strictObject({ ...numbers, index, node: nameSchema.optional().describe('Who has it.') }),
  ports: z.strictObject({ ...numbers, index }),
  routes: plain,
  'nat-pools': z.strictObject({
    ...numbers,
    lastPorts: z
      .record(ipSchema, port)
      .refine(ports => Object.keys(ports).length <= 256, 'more addresses than a pool has')
      .default({})
      .describe('The port that was given out last, by address.'),
  }),
  'nat-rules': z.strictObject({
    ...numbers,
    chunks: z
      .array(z.strictObject({ node: nameSchema, ...range }))
      .max(importLimits.chunks)
      .describe('One a node, at most; rules of one tenant and pool have the same.'),
  }),
  'static-nats': plain,
  'port-forwards': plain,
} as const satisfies Record<Kind, z.ZodType>;

export const stateNumbersSchema = z
  .strictObject({
    nextId: id.describe('Of the next new object.'),
    lastIndex: z.int().min(0).max(65535).describe('That was given out last.'),
    resting: z
      .array(
        z.strictObject({
          ...range,
          tenantId: z.int().min(0).max(0xffff_ffff).describe('The id of the tenant that may have it back.'),
          until: z.iso.datetime().describe('When another may have it.'),
        }),
      )
      .max(importLimits.resting),
  })
  .meta({ id: 'StateNumbers', description: 'What the state has given out beside what its objects have.' });
