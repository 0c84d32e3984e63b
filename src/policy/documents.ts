// The intent as people write it: one zod schema per kind of object. REST bodies, `apply` files, the OpenAPI document
// and the state database all speak these shapes. Whether an object can be what it says, and fits the others, is for
// resolve/.

import { z } from 'zod';
import { parseIp, parseMac, parsePrefix } from '../lib/address.ts';
import { whyUnstorable } from '../lib/text.ts';
import { lastTenantVni } from './transit.ts';

function parses(parse: (text: string) => unknown): (text: string, context: z.RefinementCtx<string>) => void {
  return (text, context) => {
    try {
      parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  };
}

/** Names appear in URLs, logs and OVSDB rows: letters, digits, `-`, `_`, `.`; 1 to 63 characters. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/,
    'a name is 1 to 63 letters, digits, "-", "_" or ".", and starts with a letter or digit',
  )
  .meta({ maxLength: 63 });

/** Free text. What has a form of its own, as names and addresses have, cannot hold what the database does not take. */
const textSchema = z.string().superRefine((text, context) => {
  const why = whyUnstorable(text);
  if (why !== undefined) context.addIssue({ code: 'custom', message: why });
});

// What the parsers hold people to, in words of JSON Schema: for whoever reads the OpenAPI document.
const ipSchema = z
  .string()
  .superRefine(parses(parseIp))
  .meta({ anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }], maxLength: 45, examples: ['198.51.100.254'] });
const prefixSchema = z
  .string()
  .superRefine(parses(parsePrefix))
  .meta({ pattern: '^[0-9a-fA-F:.]{2,45}/[0-9]{1,3}$', maxLength: 49, examples: ['10.0.0.0/8'] });
const macSchema = z
  .string()
  .superRefine(parses(parseMac))
  .meta({ pattern: '^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$', maxLength: 17, examples: ['02:00:00:00:00:01'] });

export const tenantSchema = z
  .strictObject({
    name: nameSchema,
    description: textSchema.max(1024).optional(),
  })
  .meta({ id: 'Tenant', description: 'An isolated routing domain with a conntrack zone of its own.' });

export const vniSchema = z
  .strictObject({
    name: nameSchema,
    tenant: nameSchema,
    vni: z
      .int()
      .min(0)
      .max(lastTenantVni)
      .describe('VXLAN network identifier (RFC 7348 section 5). Those from 0xfe0000 on carry traffic between nodes.'),
    vtep: nameSchema.describe(
      'The VTEP that carries it, on every node that has one of this name. An infra VLAN makes it ACI style.',
    ),
  })
  .meta({ id: 'Vni', description: 'A VXLAN segment of a tenant.' });

export const hostSchema = z
  .strictObject({
    mac: macSchema,
    addresses: z.array(ipSchema).min(1).max(16).describe('Within the subnets of the interface.'),
    vtep: ipSchema.optional().describe('The remote VTEP behind which the host lives; only on a VNI.'),
  })
  .meta({ id: 'Host', description: 'A neighbour on an interface.' });

const pinSchema = nameSchema.optional().describe('The node that has it; absent: any that does, one at a time.');

export const attachmentSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('vlan'),
    port: nameSchema.describe('A physical port.'),
    vlan: z.int().min(1).max(4094).describe('VLAN ID (IEEE 802.1Q).'),
    node: pinSchema,
  }),
  z.strictObject({ type: z.literal('vni'), vni: nameSchema.describe('The name of a VNI object.') }),
  z.strictObject({ type: z.literal('representor'), port: nameSchema.describe('A representor.'), node: pinSchema }),
]);

export const interfaceSchema = z
  .strictObject({
    name: nameSchema,
    role: z.enum(['inner', 'outer']).describe('Tenants live behind inner interfaces; NAT happens towards outer ones.'),
    tenant: nameSchema.optional().describe('Required on an inner interface. An outer one without tenant is shared.'),
    attachment: attachmentSchema,
    mac: macSchema.describe('The gateway MAC address, unicast.'),
    addresses: z
      .array(prefixSchema.meta({ examples: ['10.0.0.1/24'] }))
      .min(1)
      .max(16)
      .describe(
        'Gateway addresses with their prefix, IPv4 or IPv6; not that of the network, or of its broadcasts. The subnets of one tenant, and of the shared interfaces it uses, do not overlap, link-local ones aside.',
      ),
    hosts: z.array(hostSchema).max(4096).default([]),
    remoteVteps: z.array(ipSchema).max(1024).default([]).describe('The VTEPs that may send into this VNI; empty: any.'),
    arpRate: z.int().min(1).max(1_000_000).default(100).describe('ARP and ND packets per second accepted here.'),
  })
  .meta({ id: 'Interface', description: 'A gateway leg of the pipeline.' });

export const portSchema = z
  .strictObject({
    name: nameSchema,
    interface: nameSchema.describe('An inner interface on a VNI: the gateway of the segment.'),
    mac: macSchema.describe('Of the machine behind it, unicast.'),
    addresses: z.array(ipSchema).min(1).max(16).describe('Of the machine, within the subnets of the interface.'),
  })
  .meta({
    id: 'Port',
    description:
      'A machine on the segment of an interface. It is where a switch has an Interface with external_ids:iface-id of this name.',
  });

export const routeSchema = z
  .strictObject({
    name: nameSchema,
    tenant: nameSchema,
    destination: prefixSchema.describe('Host bits are ignored.'),
    interface: nameSchema,
    nextHop: ipSchema.describe('The address of a host or port of the interface; `status` warns while there is none.'),
  })
  .meta({ id: 'Route', description: 'A route of a tenant; the interfaces’ own prefixes need none.' });

export const natPoolSchema = z
  .strictObject({
    name: nameSchema,
    interface: nameSchema.describe('The outer interface on which the pool’s addresses answer.'),
    addresses: z
      .array(ipSchema)
      .min(1)
      .max(256)
      .describe(
        'IPv4 addresses, which nobody else has: no host, next hop, other interface or pool. The interface’s own may be among them, and any that are routed to it.',
      ),
    ports: z
      .strictObject({ min: z.int().min(1).max(65535), max: z.int().min(1).max(65535) })
      .default({ min: 1024, max: 65535 }),
    chunkSize: z
      .int()
      .min(64)
      .max(32768)
      .default(4096)
      .refine(size => (size & (size - 1)) === 0, 'must be a power of two, so that a chunk is one port mask')
      .describe('Ports of one address that a tenant gets at a time; a power of two.'),
  })
  .meta({ id: 'NatPool', description: 'Outside addresses and ports to translate to.' });

export const natRuleSchema = z
  .strictObject({
    name: nameSchema,
    tenant: nameSchema,
    source: prefixSchema.describe('Inside addresses the rule translates.'),
    pool: nameSchema,
  })
  .meta({ id: 'NatRule', description: 'Source NAT of a tenant’s prefix to a pool.' });

/** Every kind of object, by its name in URLs and files, in the order in which references allow to create them. */
export const documentSchemas = {
  tenants: tenantSchema,
  vnis: vniSchema,
  interfaces: interfaceSchema,
  ports: portSchema,
  routes: routeSchema,
  'nat-pools': natPoolSchema,
  'nat-rules': natRuleSchema,
} as const;

export type Kind = keyof typeof documentSchemas;
export const kinds = Object.keys(documentSchemas) as readonly Kind[];

export type TenantDocument = z.infer<typeof tenantSchema>;
export type VniDocument = z.infer<typeof vniSchema>;
export type HostDocument = z.infer<typeof hostSchema>;
export type AttachmentDocument = z.infer<typeof attachmentSchema>;
export type InterfaceDocument = z.infer<typeof interfaceSchema>;
export type PortDocument = z.infer<typeof portSchema>;
export type RouteDocument = z.infer<typeof routeSchema>;
export type NatPoolDocument = z.infer<typeof natPoolSchema>;
export type NatRuleDocument = z.infer<typeof natRuleSchema>;

export interface Documents {
  readonly tenants: TenantDocument;
  readonly vnis: VniDocument;
  readonly interfaces: InterfaceDocument;
  readonly ports: PortDocument;
  readonly routes: RouteDocument;
  readonly 'nat-pools': NatPoolDocument;
  readonly 'nat-rules': NatRuleDocument;
}

/** All documents, each kind by name. */
export type DocumentSet = { readonly [K in Kind]: ReadonlyMap<string, Documents[K]> };
