// A NAT rule: source NAT of a tenant's prefix to a pool.

import { z } from 'zod';
import { formatIp, networkOf, parsePrefix } from '../../lib/address.ts';
import { type Unit, unit } from '../engine/unit.ts';
import { documentTables, foreignZones, numbers, objectKey } from '../facts/base.ts';
import { claims, subnetClaims } from '../facts/claims.ts';
import { draftInterfaces, draftPools, ways } from '../facts/drafts.ts';
import { natPools, natRules as resolvedRules, tenants } from '../facts/objects.ts';
import { existing, faulty, problems } from '../facts/problems.ts';
import { whyNoZone } from '../foreign-zones.ts';
import { whyNotRouted } from '../special-addresses.ts';
import { nameSchema, prefixSchema } from './fields.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';
import { speaker } from './speaker.ts';
import { spellNetwork } from './spelling.ts';
import { claimUse } from './use.ts';

export const natRuleSchema = z
  .strictObject({
    name: nameSchema,
    labels: labelsSchema,
    tenant: nameSchema,
    source: prefixSchema.describe('Inside addresses the rule translates.'),
    pool: nameSchema,
  })
  .meta({ id: 'NatRule', description: 'Source NAT of a tenant’s prefix to a pool.' });

export type NatRuleDocument = z.infer<typeof natRuleSchema>;

export const natRules = kindHome({
  noun: 'NAT rule',
  plural: 'NAT rules',
  schema: natRuleSchema,
  references: document => [
    { pointer: '/tenant', kind: 'tenants', name: document.tenant },
    { pointer: '/pool', kind: 'nat-pools', name: document.pool },
  ],
  spell: document => ({ ...document, source: spellNetwork(document.source) }),
});

export const natRuleUnits: readonly Unit[] = [
  unit({
    name: 'nat-rules/check',
    over: documentTables['nat-rules'],
    reads: [existing, draftPools, draftInterfaces],
    writes: [claims, subnetClaims, ways, problems],
    emit: (document, facts, out) => {
      const { name, tenant } = document;
      const subject = { kind: 'nat-rules', name, noun: natRules.noun } as const;
      const speak = speaker(subject, out);
      const outer = facts.get(draftInterfaces, facts.get(draftPools, document.pool)?.interface ?? '');
      if (!facts.get(existing, objectKey('tenants', tenant)) || !outer) return;
      const source = parsePrefix(document.source);
      const unrouted = whyNotRouted(source);
      if (source.ip.family !== 4) speak.report('/source', 'invalid', 'family', 'source NAT is for IPv4');
      else if (unrouted)
        speak.report('/source', 'invalid', 'special', `${document.source} is ${unrouted}, and never routed`);
      claimUse({ subject, speak, out }, tenant, outer, '/pool');
      const { ip, length } = networkOf(source);
      speak.claim({
        what: `rule ${tenant} ${outer.name} ${formatIp(ip)}/${length}`,
        said: `this source of tenant ${tenant}`,
        ...{ role: 'only', pointer: '/source' },
      });
    },
  }),
  unit({
    name: 'nat-rules/zone',
    over: documentTables['nat-rules'],
    reads: [numbers, foreignZones],
    writes: [problems],
    emit: ({ name, tenant }, facts, out) => {
      const zone = facts.get(numbers, objectKey('tenants', tenant))?.zone;
      const foreign = zone === undefined ? undefined : facts.get(foreignZones, String(zone));
      const detail = foreign && whyNoZone(tenant, foreign.zone, new Map([[foreign.zone, foreign.who]]));
      if (detail === undefined) return;
      const problem = { kind: 'nat-rules', name, pointer: '/tenant', why: 'conflict', about: 'zone' } as const;
      out.put(problems, { ...problem, detail, isOfSwitch: true });
    },
  }),
  unit({
    name: 'nat-rules/resolve',
    over: documentTables['nat-rules'],
    reads: [faulty, numbers, tenants, natPools],
    writes: [resolvedRules],
    emit: (document, facts, out) => {
      const { name, tenant, pool } = document;
      const key = objectKey('nat-rules', name);
      const id = facts.get(numbers, key)?.id;
      if (id === undefined || facts.get(faulty, key) || !facts.get(tenants, tenant) || !facts.get(natPools, pool))
        return;
      out.put(resolvedRules, { name, id, tenant, source: parsePrefix(document.source), pool });
    },
  }),
];
