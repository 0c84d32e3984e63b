// A port forward: ports of an outside address that stand for ports of one inside, for who begins from outside.

import { z } from 'zod';
import { formatIp, parseIp } from '../../lib/address.ts';
import { type Unit, unit } from '../engine/unit.ts';
import { documentTables, foreignZones, numbers, objectKey } from '../facts/base.ts';
import { draftPortForwards, type InsidePrefix } from '../facts/drafts.ts';
import { legs, portForwards as resolvedForwards, routes, tenants } from '../facts/objects.ts';
import { faulty, problems } from '../facts/problems.ts';
import { ipSchema, nameSchema, portNumberSchema } from './fields.ts';
import { insidePrefixesOf, insidePrefixesOfReads } from './inside-prefixes.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';
import { addressClaim, speaker } from './speaker.ts';
import { spellIp } from './spelling.ts';
import { areRouted, claimEnds, claimEndsReads, claimEndsWrites } from './translated-ends.ts';
import { reportForeignZone } from './zone.ts';

export const portForwardSchema = z
  .strictObject({
    name: nameSchema,
    labels: labelsSchema,
    tenant: nameSchema,
    interface: nameSchema.describe('The outer interface on which the outside address answers.'),
    outside: ipSchema.describe(
      'The outside address: IPv4, and nobody else’s, no gateway’s, pool’s nor static NAT’s; other forwards of the tenant may have it too.',
    ),
    protocol: z.enum(['tcp', 'udp']),
    ports: z.strictObject({ min: portNumberSchema, max: portNumberSchema }).describe('Outside ports, both included.'),
    inside: ipSchema.describe('An address that the tenant has inside.'),
    insidePort: portNumberSchema
      .optional()
      .describe('What the first of the ports is inside, and the others follow it; absent: each is the same there.'),
  })
  .meta({
    id: 'PortForward',
    description:
      'Port forward (destination NAT): ports of an outside address for ports of one inside; the source is kept.',
  });

export type PortForwardDocument = z.infer<typeof portForwardSchema>;

export const portForwards = kindHome({
  noun: 'port forward',
  plural: 'port forwards',
  schema: portForwardSchema,
  references: document => [
    { pointer: '/tenant', kind: 'tenants', name: document.tenant },
    { pointer: '/interface', kind: 'interfaces', name: document.interface },
  ],
  spell: document => ({ ...document, inside: spellIp(document.inside), outside: spellIp(document.outside) }),
});

/** Each port that is another inside takes flows of its own. */
const mostMoved = 1024;

const subjectOf = (name: string) => ({ kind: 'port-forwards', name, noun: portForwards.noun }) as const;

export const portForwardUnits: readonly Unit[] = [
  unit({
    name: 'port-forwards/parse',
    over: documentTables['port-forwards'],
    reads: [],
    writes: [draftPortForwards, problems],
    emit: ({ name, tenant, interface: outer, protocol, ports, ...document }, _, out) => {
      const speak = speaker(subjectOf(name), out);
      const { report } = speak;
      const [inside, outside] = [parseIp(document.inside), parseIp(document.outside)];
      const { insidePort = ports.min } = document;
      const isRouted = areRouted(speak, { inside, outside }, ({ family }, pointer) => {
        if (family !== 4) report(pointer, 'invalid', 'family', 'port forwards are for IPv4');
      });
      const size = ports.max - ports.min + 1;
      if (size < 1) report('/ports/max', 'invalid', 'order', 'the last port is before the first');
      else if (insidePort + size - 1 > 65535)
        report('/insidePort', 'invalid', 'end', 'the last port inside is above 65535');
      else if (insidePort !== ports.min && size > mostMoved) {
        const detail = `of ports that are others inside a forward has ${mostMoved} at the most`;
        report('/ports', 'invalid', 'size', detail);
      } else if (inside.family === 4 && outside.family === 4 && isRouted)
        out.put(draftPortForwards, { name, tenant, interface: outer, outside, protocol, ports, inside, insidePort });
    },
  }),
  unit({
    name: 'port-forwards/check',
    over: draftPortForwards,
    reads: claimEndsReads,
    writes: claimEndsWrites,
    emit: (draft, facts, out) => {
      const { name, tenant, interface: outer, outside, protocol, ports } = draft;
      const roles = {
        // A host with an outside address of its own answers by that.
        inside: { role: 'forwarded-to', on: outer },
        // Of one tenant: errors about its connections show no port.
        outside: { role: 'forward', on: `${outer} for ${tenant}` },
      } as const;
      const claimed = claimEnds(subjectOf(name), draft, roles, facts, out);
      if (!claimed) return;
      const { speak, on } = claimed;
      speak.claim({
        what: `forward ${addressClaim(on, outside)} ${protocol}`,
        said: `${protocol} port ${ports.min === ports.max ? ports.min : `${ports.min}-${ports.max}`} of ${formatIp(outside)}`,
        ...{ role: 'only', pointer: '/ports', ports },
      });
    },
  }),
  unit({
    name: 'port-forwards/zone',
    over: documentTables['port-forwards'],
    reads: [numbers, foreignZones],
    writes: [problems],
    emit: ({ name, tenant }, facts, out) => reportForeignZone({ kind: 'port-forwards', name, tenant }, facts, out),
  }),
  unit({
    name: 'port-forwards/resolve',
    over: draftPortForwards,
    reads: [faulty, numbers, tenants, legs, routes, ...insidePrefixesOfReads],
    writes: [resolvedForwards],
    emit: (draft, facts, out) => {
      const key = objectKey('port-forwards', draft.name);
      const id = facts.get(numbers, key)?.id;
      if (id === undefined || facts.get(faulty, key)) return;
      if (!facts.get(tenants, draft.tenant) || !facts.get(legs, draft.interface)) return;
      // As table `route` has them: an interface's own prefix wins over a route of the same length.
      const rank = (of: InsidePrefix) => 2 * of.prefix.length + (of.kind === 'interfaces' ? 1 : 0);
      const [via] = [...insidePrefixesOf(facts, draft.tenant, draft.inside)]
        .sort((a, b) => rank(b) - rank(a))
        .flatMap(({ kind, name }) => {
          const leg = facts.get(legs, kind === 'routes' ? (facts.get(routes, name)?.interface ?? '') : name);
          return leg ? [leg.name] : [];
        });
      if (via !== undefined) out.put(resolvedForwards, { ...draft, id, via });
    },
  }),
];
