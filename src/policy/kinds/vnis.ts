// A VNI: a VXLAN segment of a tenant, on every node that has its VTEP.

import { z } from 'zod';
import { type Unit, unit } from '../engine/unit.ts';
import { documentTables, numbers, objectKey, only, self } from '../facts/base.ts';
import { claims } from '../facts/claims.ts';
import { held, heldKey } from '../facts/nodes.ts';
import { segments, tenants } from '../facts/objects.ts';
import { faulty, problems } from '../facts/problems.ts';
import { lastTenantVni } from '../transit.ts';
import { nameSchema } from './fields.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';
import { speaker } from './speaker.ts';

export const vniSchema = z
  .strictObject({
    name: nameSchema,
    labels: labelsSchema,
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

export type VniDocument = z.infer<typeof vniSchema>;

export const vnis = kindHome({
  noun: 'VNI',
  plural: 'VNIs',
  schema: vniSchema,
  references: ({ tenant }) => [{ pointer: '/tenant', kind: 'tenants', name: tenant }],
});

export const vniUnits: readonly Unit[] = [
  unit({
    name: 'vnis/check',
    over: documentTables.vnis,
    reads: [held],
    writes: [claims, problems],
    emit: ({ name, vni, vtep }, facts, out) => {
      const { claim, lacks } = speaker({ kind: 'vnis', name, noun: vnis.noun }, out);
      const lack = { what: 'vtep', name: vtep } as const;
      if (!facts.get(held, heldKey(lack))) lacks('/vtep', lack);
      claim({ what: `vni ${vni} ${vtep}`, said: `VNI ${vni} on VTEP ${vtep}`, role: 'only', pointer: '/vni' });
    },
  }),
  unit({
    name: 'vnis/resolve',
    over: documentTables.vnis,
    reads: [faulty, numbers, tenants, self],
    writes: [segments],
    emit: ({ name, tenant, vni, vtep }, facts, out) => {
      const key = objectKey('vnis', name);
      if (facts.get(faulty, key) || !facts.get(numbers, key) || !facts.get(tenants, tenant)) return;
      const local = facts.get(self, only)?.vteps.find(own => own.name === vtep);
      out.put(segments, { name, tenant, vni, vtep, local: local?.address.ip });
    },
  }),
];
