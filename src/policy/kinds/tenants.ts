// A tenant: an isolated routing domain.

import { z } from 'zod';
import type { Unit } from '../engine/unit.ts';
import { unit } from '../engine/unit.ts';
import { documentTables, foreignZones, numbers, objectKey } from '../facts/base.ts';
import * as objects from '../facts/objects.ts';
import { nameSchema, newConnectionsSchema, textSchema } from './fields.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';

export const tenantSchema = z
  .strictObject({
    name: nameSchema,
    labels: labelsSchema,
    description: textSchema.max(1024).optional(),
    newConnections: newConnectionsSchema
      .optional()
      .describe(
        'What becomes of connections that begin inside, where their interface does not say: `datapath` (default) translates them by the NAT rules, `drop` lets only those go on that are there.',
      ),
  })
  .meta({ id: 'Tenant', description: 'An isolated routing domain with a conntrack zone of its own.' });

export type TenantDocument = z.infer<typeof tenantSchema>;

export const tenants = kindHome({
  noun: 'tenant',
  plural: 'tenants',
  schema: tenantSchema,
  references: () => [],
});

export const tenantUnits: readonly Unit[] = [
  unit({
    name: 'tenants/new-connections',
    over: documentTables.tenants,
    reads: [objects.tenants],
    writes: [objects.tenantPolicies],
    emit: ({ name: tenant, newConnections: policy }, facts, out) => {
      if (policy !== undefined && facts.get(objects.tenants, tenant))
        out.put(objects.tenantPolicies, { tenant, policy });
    },
  }),
  unit({
    name: 'tenants/resolve',
    over: documentTables.tenants,
    reads: [numbers, foreignZones],
    writes: [objects.tenants],
    emit: ({ name }, facts, out) => {
      const { id, zone } = facts.get(numbers, objectKey('tenants', name)) ?? {};
      if (id === undefined || zone === undefined) return;
      out.put(objects.tenants, { name, id, zone: facts.get(foreignZones, String(zone)) ? undefined : zone });
    },
  }),
];
