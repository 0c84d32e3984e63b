// A static NAT: an address of the outside that stands for one inside, and the other way round, whoever begins.

import { z } from 'zod';
import { parseIp } from '../../lib/address.ts';
import { type Unit, unit } from '../engine/unit.ts';
import { documentTables, numbers, objectKey } from '../facts/base.ts';
import { draftStaticNats } from '../facts/drafts.ts';
import { legs, staticNats as resolvedStaticNats, routes, tenants } from '../facts/objects.ts';
import { faulty, problems } from '../facts/problems.ts';
import { ipSchema, nameSchema } from './fields.ts';
import { insidePrefixesOf, insidePrefixesOfReads } from './inside-prefixes.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';
import { speaker } from './speaker.ts';
import { spellIp } from './spelling.ts';
import { areRouted, claimEnds, claimEndsReads, claimEndsWrites } from './translated-ends.ts';

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
      const speak = speaker(subjectOf(name), out);
      const [inside, outside] = [parseIp(document.inside), parseIp(document.outside)];
      const isRouted = areRouted(speak, { inside, outside });
      if (inside.family !== outside.family)
        speak.report('/outside', 'invalid', 'family', 'the two addresses are of different families');
      else if (isRouted) out.put(draftStaticNats, { name, tenant, interface: outer, inside, outside });
    },
  }),
  unit({
    name: 'static-nats/check',
    over: draftStaticNats,
    reads: claimEndsReads,
    writes: claimEndsWrites,
    emit: (draft, facts, out) => {
      const roles = { inside: { role: 'only' }, outside: { role: 'static', on: draft.interface } } as const;
      claimEnds(subjectOf(draft.name), draft, roles, facts, out);
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
