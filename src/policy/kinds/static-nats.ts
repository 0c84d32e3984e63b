// A static NAT: an address of the outside that stands for one inside, and the other way round, whoever begins.

import { z } from 'zod';
import { formatIp, parseIp, widthOf } from '../../lib/address.ts';
import { type Unit, unit } from '../engine/unit.ts';
import { documentTables, numbers, objectKey } from '../facts/base.ts';
import { claims, subnetClaims } from '../facts/claims.ts';
import { draftInterfaces, draftStaticNats, ways } from '../facts/drafts.ts';
import { legs, staticNats as resolvedStaticNats, routes, tenants } from '../facts/objects.ts';
import { existing, faulty, problems } from '../facts/problems.ts';
import { whyNotRouted } from '../special-addresses.ts';
import { ipSchema, nameSchema } from './fields.ts';
import { insidePrefixesOf, insidePrefixesOfReads } from './inside-prefixes.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';
import { addressClaim, speaker } from './speaker.ts';
import { spellIp } from './spelling.ts';
import { claimUse } from './use.ts';

export const staticNatSchema = z
  .strictObject({
    name: nameSchema,
    labels: labelsSchema,
    tenant: nameSchema,
    interface: nameSchema.describe('The outer interface on which the outside address answers.'),
    inside: ipSchema.describe('An address that the tenant has inside.'),
    outside: ipSchema.describe(
      'What it is outside: of the same family, and nobody else’s, no gateway’s nor pool’s. Any that is routed to the interface will do.',
    ),
  })
  .meta({ id: 'StaticNat', description: 'Static NAT, 1:1: an outside address for an inside one, both ways.' });

export type StaticNatDocument = z.infer<typeof staticNatSchema>;

export const staticNats = kindHome({
  noun: 'static NAT',
  plural: 'static NATs',
  schema: staticNatSchema,
  references: document => [
    { pointer: '/tenant', kind: 'tenants', name: document.tenant },
    { pointer: '/interface', kind: 'interfaces', name: document.interface },
  ],
  spell: document => ({ ...document, inside: spellIp(document.inside), outside: spellIp(document.outside) }),
});

const subjectOf = (name: string) => ({ kind: 'static-nats', name, noun: staticNats.noun }) as const;

export const staticNatUnits: readonly Unit[] = [
  unit({
    name: 'static-nats/parse',
    over: documentTables['static-nats'],
    reads: [],
    writes: [draftStaticNats, problems],
    emit: ({ name, tenant, interface: outer, ...document }, _, out) => {
      const { report, isForMachines } = speaker(subjectOf(name), out);
      const [inside, outside] = [parseIp(document.inside), parseIp(document.outside)];
      const ends = [
        ['/inside', inside],
        ['/outside', outside],
      ] as const;
      const areRouted = ends.map(([pointer, ip]) => {
        if (!isForMachines(ip, pointer)) return false;
        const special = whyNotRouted({ ip, length: widthOf(ip.family) });
        if (special) report(pointer, 'invalid', 'special', `${formatIp(ip)} is ${special}, and never routed`);
        return !special;
      });
      if (inside.family !== outside.family)
        report('/outside', 'invalid', 'family', 'the two addresses are of different families');
      else if (areRouted.every(Boolean)) out.put(draftStaticNats, { name, tenant, interface: outer, inside, outside });
    },
  }),
  unit({
    name: 'static-nats/check',
    over: draftStaticNats,
    reads: [existing, draftInterfaces, ...insidePrefixesOfReads],
    writes: [claims, subnetClaims, ways, problems],
    emit: ({ name, tenant, interface: outer, inside, outside }, facts, out) => {
      const subject = subjectOf(name);
      const speak = speaker(subject, out);
      const on = facts.get(draftInterfaces, outer);
      if (!facts.get(existing, objectKey('tenants', tenant)) || !on) return;
      if (on.role !== 'outer') {
        speak.report('/interface', 'invalid', 'role', `interface ${outer} is not an outer one`);
        return;
      }
      claimUse({ subject, speak, out }, tenant, on, '/interface');
      if (insidePrefixesOf(facts, tenant, inside).length === 0) {
        const detail = `tenant "${tenant}" has ${formatIp(inside)} nowhere inside: in no subnet of an inner interface, nor routed there`;
        speak.report('/inside', 'invalid', 'elsewhere', detail);
      }
      speak.claim({
        what: `static ${tenant} ${outer} ${formatIp(inside)}`,
        said: `${formatIp(inside)} of tenant ${tenant}, on interface ${outer},`,
        ...{ role: 'only', pointer: '/inside' },
      });
      speak.claim({ what: addressClaim(on, outside), role: 'static', on: outer, pointer: '/outside' });
      // On the link of another interface nobody would answer for it.
      const prefix = { ip: outside, length: widthOf(outside.family) };
      out.put(subnetClaims, {
        ...{ kind: 'static-nats', name, tenant: on.tenant, prefix, on: outer, pointer: '/outside' },
      });
    },
  }),
  unit({
    name: 'static-nats/resolve',
    over: draftStaticNats,
    reads: [faulty, numbers, tenants, legs, routes, ...insidePrefixesOfReads],
    writes: [resolvedStaticNats],
    emit: (draft, facts, out) => {
      const key = objectKey('static-nats', draft.name);
      const id = facts.get(numbers, key)?.id;
      if (id === undefined || facts.get(faulty, key)) return;
      if (!facts.get(tenants, draft.tenant) || !facts.get(legs, draft.interface)) return;
      const isThere = insidePrefixesOf(facts, draft.tenant, draft.inside).some(({ kind, name }) =>
        kind === 'routes' ? facts.get(routes, name) : facts.get(legs, name),
      );
      if (isThere) out.put(resolvedStaticNats, { ...draft, id });
    },
  }),
];
