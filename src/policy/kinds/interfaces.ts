// An interface: a gateway leg of the pipeline, with the hosts behind it. Its units are in interface/.

import { z } from 'zod';
import type { Unit } from '../engine/unit.ts';
import { ipSchema, macSchema, nameSchema, newConnectionsSchema, prefixSchema } from './fields.ts';
import { attachmentUnits } from './interface/attach.ts';
import { macClaims } from './interface/macs.ts';
import { parseInterface } from './interface/parse.ts';
import { interfaceRowUnits } from './interface/resolve.ts';
import { gatewayClaims } from './interface/subnets.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';
import { compareTexts, sortAddresses, spellIp, spellMac, spellPrefix, withoutUndefined } from './spelling.ts';

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
    labels: labelsSchema,
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
    newConnections: newConnectionsSchema
      .optional()
      .describe(
        'What becomes of connections that begin behind it, instead of what its tenant says; only on an inner interface.',
      ),
    newConnectionRate: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('Connections per second that may begin by it; absent: any.'),
  })
  .meta({ id: 'Interface', description: 'A gateway leg of the pipeline.' });

export type HostDocument = z.infer<typeof hostSchema>;
export type AttachmentDocument = z.infer<typeof attachmentSchema>;
export type InterfaceDocument = z.infer<typeof interfaceSchema>;

export const interfaces = kindHome({
  noun: 'interface',
  plural: 'interfaces',
  schema: interfaceSchema,
  references: ({ tenant, attachment }) => [
    ...(tenant === undefined ? [] : [{ pointer: '/tenant', kind: 'tenants', name: tenant } as const]),
    ...(attachment.type === 'vni' ? [{ pointer: '/attachment/vni', kind: 'vnis', name: attachment.vni } as const] : []),
  ],
  spell: document => ({
    ...document,
    mac: spellMac(document.mac),
    addresses: document.addresses.map(spellPrefix),
    hosts: document.hosts.map(spellHost),
    remoteVteps: document.remoteVteps.map(spellIp),
  }),
  sort: document => ({
    ...document,
    addresses: sortAddresses(document.addresses),
    hosts: document.hosts
      .map(host => ({ ...host, addresses: sortAddresses(host.addresses) }))
      .sort((a, b) => compareTexts(orderOf(a), orderOf(b))),
    remoteVteps: sortAddresses(document.remoteVteps),
  }),
});

function spellHost(host: HostDocument): HostDocument {
  return withoutUndefined({
    ...host,
    mac: spellMac(host.mac),
    addresses: host.addresses.map(spellIp),
    vtep: host.vtep === undefined ? undefined : spellIp(host.vtep),
  });
}

function orderOf(host: HostDocument): string {
  return `${host.mac} ${host.addresses.join(' ')}`;
}

export const interfaceUnits: readonly Unit[] = [
  parseInterface,
  macClaims,
  gatewayClaims,
  ...attachmentUnits,
  ...interfaceRowUnits,
];
