// A route of a tenant.

import { z } from 'zod';
import { formatIp, networkOf, parseIp, parsePrefix, prefixContains } from '../../lib/address.ts';
import { type Unit, unit } from '../engine/unit.ts';
import { documentTables, numbers, objectKey } from '../facts/base.ts';
import { claims, subnetClaims } from '../facts/claims.ts';
import { draftInterfaces, insidePrefixes, machines, ways } from '../facts/drafts.ts';
import { addressAt, legs, routes as resolvedRoutes, tenants } from '../facts/objects.ts';
import { existing, faulty, problems, warnings } from '../facts/problems.ts';
import { whyNotRouted } from '../special-addresses.ts';
import { ipSchema, nameSchema, prefixSchema } from './fields.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';
import { addressClaim, speaker } from './speaker.ts';
import { spellIp, spellNetwork } from './spelling.ts';
import { claimUse } from './use.ts';

export const routeSchema = z
  .strictObject({
    name: nameSchema,
    labels: labelsSchema,
    tenant: nameSchema,
    destination: prefixSchema.describe('Host bits are ignored.'),
    interface: nameSchema,
    nextHop: ipSchema.describe('The address of a host or port of the interface; `status` warns while there is none.'),
  })
  .meta({ id: 'Route', description: 'A route of a tenant; the interfaces’ own prefixes need none.' });

export type RouteDocument = z.infer<typeof routeSchema>;

export const routes = kindHome({
  noun: 'route',
  plural: 'routes',
  schema: routeSchema,
  references: document => [
    { pointer: '/tenant', kind: 'tenants', name: document.tenant },
    { pointer: '/interface', kind: 'interfaces', name: document.interface },
  ],
  spell: document => ({
    ...document,
    destination: spellNetwork(document.destination),
    nextHop: spellIp(document.nextHop),
  }),
});

export const routeUnits: readonly Unit[] = [
  unit({
    name: 'routes/check',
    over: documentTables.routes,
    reads: [existing, draftInterfaces],
    writes: [claims, subnetClaims, ways, insidePrefixes, problems],
    emit: (document, facts, out) => {
      const { name, tenant } = document;
      const subject = { kind: 'routes', name, noun: routes.noun } as const;
      const speak = speaker(subject, out);
      const via = facts.get(draftInterfaces, document.interface);
      if (!facts.get(existing, objectKey('tenants', tenant)) || !via) return;
      const destination = parsePrefix(document.destination);
      const unrouted = whyNotRouted(destination);
      if (unrouted)
        speak.report('/destination', 'invalid', 'special', `${document.destination} is ${unrouted}, and never routed`);
      claimUse({ subject, speak, out }, tenant, via, '/interface');
      // A default route, whole or in two halves, says of no address that it is inside.
      if (via.role === 'inner' && via.tenant === tenant && destination.length > 1)
        out.put(insidePrefixes, { kind: 'routes', name, pointer: '/destination', tenant, prefix: destination });
      const nextHop = parseIp(document.nextHop);
      if (!speak.isForMachines(nextHop, '/nextHop')) return;
      if (nextHop.family !== destination.ip.family)
        speak.report(
          ...(['/nextHop', 'invalid', 'family'] as const),
          'the next hop is of another address family than the destination',
        );
      else if (!via.addresses.some(address => prefixContains(address, nextHop)))
        speak.report(
          ...(['/nextHop', 'invalid', 'subnet'] as const),
          `${document.nextHop} is outside the subnets of interface ${via.name}`,
        );
      speak.claim({ what: addressClaim(via, nextHop), role: 'next-hop', on: via.name, pointer: '/nextHop' });
      const { ip, length } = networkOf(destination);
      speak.claim({
        what: `route ${tenant} ${formatIp(ip)}/${length}`,
        said: `this destination of tenant ${tenant}`,
        ...{ role: 'only', pointer: '/destination' },
      });
    },
  }),
  unit({
    name: 'routes/next-hop',
    over: documentTables.routes,
    reads: [machines],
    writes: [warnings],
    emit: ({ name, interface: on, nextHop }, facts, out) => {
      const ip = parseIp(nextHop);
      if (facts.get(machines, addressAt(on, ip))) return;
      const detail = `no host or port of interface "${on}" has the next hop ${formatIp(ip)}: what it routes is dropped`;
      out.put(warnings, { kind: 'routes', name, pointer: '/nextHop', detail });
    },
  }),
  unit({
    name: 'routes/resolve',
    over: documentTables.routes,
    reads: [faulty, numbers, tenants, legs],
    writes: [resolvedRoutes],
    emit: (document, facts, out) => {
      const { name, tenant, interface: via } = document;
      const key = objectKey('routes', name);
      const id = facts.get(numbers, key)?.id;
      if (id === undefined || facts.get(faulty, key) || !facts.get(tenants, tenant) || !facts.get(legs, via)) return;
      const destination = parsePrefix(document.destination);
      out.put(resolvedRoutes, { name, id, tenant, destination, interface: via, nextHop: parseIp(document.nextHop) });
    },
  }),
];
