// A port: a machine on the segment of an interface.

import { z } from 'zod';
import { formatIp, parseIp, parseMac, prefixContains } from '../../lib/address.ts';
import { type Unit, unit } from '../engine/unit.ts';
import { bindings, documentTables, numbers, objectKey, only, self } from '../facts/base.ts';
import { claims } from '../facts/claims.ts';
import { draftInterfaces, machines, portedInterfaces } from '../facts/drafts.ts';
import { remoteVtepKey, remoteVteps } from '../facts/nodes.ts';
import { legs, portSites, ports as resolvedPorts, segments, segmentsHere } from '../facts/objects.ts';
import { faulty, problems } from '../facts/problems.ts';
import type { Site } from '../site.ts';
import { ipSchema, macSchema, nameSchema } from './fields.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';
import { here, nowhere } from './sites.ts';
import { addressClaim, isUnicast, macClaim, speaker } from './speaker.ts';
import { sortAddresses, spellIp, spellMac } from './spelling.ts';

export const portSchema = z
  .strictObject({
    name: nameSchema,
    labels: labelsSchema,
    interface: nameSchema.describe('An inner interface on a VNI: the gateway of the segment.'),
    mac: macSchema.describe('Of the machine behind it, unicast.'),
    addresses: z.array(ipSchema).min(1).max(16).describe('Of the machine, within the subnets of the interface.'),
  })
  .meta({
    id: 'Port',
    description:
      'A machine on the segment of an interface. It is where a switch has an Interface with external_ids:iface-id of this name.',
  });

export type PortDocument = z.infer<typeof portSchema>;

export const ports = kindHome({
  noun: 'port',
  plural: 'ports',
  schema: portSchema,
  references: document => [{ pointer: '/interface', kind: 'interfaces', name: document.interface }],
  spell: document => ({ ...document, mac: spellMac(document.mac), addresses: document.addresses.map(spellIp) }),
  sort: document => ({ ...document, addresses: sortAddresses(document.addresses) }),
});

export const portUnits: readonly Unit[] = [
  unit({
    name: 'ports/check',
    over: documentTables.ports,
    reads: [draftInterfaces],
    writes: [claims, machines, portedInterfaces, problems],
    emit: (document, facts, out) => {
      const { claim, isForMachines, report } = speaker({ kind: 'ports', name: document.name, noun: ports.noun }, out);
      const mac = parseMac(document.mac);
      if (!isUnicast(mac)) report('/mac', 'invalid', 'unicast', `${document.mac} is not a unicast MAC address`);
      const ips = document.addresses.map(parseIp);
      const texts = new Set(ips.map(formatIp));
      for (const text of texts) out.put(machines, { interface: document.interface, ip: parseIp(text) });
      const on = facts.get(draftInterfaces, document.interface);
      if (!on) return;
      if (on.role !== 'inner' || on.type !== 'vni') {
        report('/interface', 'invalid', 'role', `interface ${on.name} is not an inner one on a VNI`);
        return;
      }
      out.put(portedInterfaces, { interface: on.name });
      claim({ what: macClaim(on.name, mac), role: 'machine-mac', on: on.name, pointer: '/mac' });
      ips.forEach((ip, i) => {
        const pointer = `/addresses/${i}`;
        if (!isForMachines(ip, pointer)) return;
        if (!on.addresses.some(address => prefixContains(address, ip)))
          report(pointer, 'invalid', 'subnet', `${formatIp(ip)} is outside the subnets of interface ${on.name}`);
        claim({ what: addressClaim(on, ip), role: 'machine', on: on.name, pointer });
      });
    },
  }),
  unit({
    name: 'ports/resolve',
    over: documentTables.ports,
    reads: [faulty, numbers, legs],
    writes: [resolvedPorts],
    emit: (document, facts, out) => {
      const { name, interface: on } = document;
      const key = objectKey('ports', name);
      const { id, index } = facts.get(numbers, key) ?? {};
      if (id === undefined || index === undefined || facts.get(faulty, key) || !facts.get(legs, on)) return;
      const addresses = document.addresses.map(parseIp);
      out.put(resolvedPorts, { name, id, index, interface: on, mac: parseMac(document.mac), addresses });
    },
  }),
  unit({
    name: 'ports/site',
    over: resolvedPorts,
    reads: [draftInterfaces, segments, bindings, self, remoteVteps],
    writes: [portSites, segmentsHere],
    emit: ({ name, interface: on }, facts, out) => {
      const segment = facts.get(segments, facts.get(draftInterfaces, on)?.vni ?? '');
      const bound = facts.get(bindings, objectKey('ports', name))?.node;
      const siteOf = (): Site => {
        if (!segment?.local || bound === undefined) return nowhere;
        if (bound === facts.get(self, only)?.name) return here;
        // A port at another node is reached in its own VNI, by VTEPs of one address family.
        const remote = facts.get(remoteVteps, remoteVtepKey({ vtep: segment.vtep, node: bound }))?.ip;
        return remote?.family === segment.local.family
          ? { kind: 'peer', transit: { local: segment.local, remote } }
          : nowhere;
      };
      const site = siteOf();
      out.put(portSites, { port: name, site });
      if (site.kind === 'here') out.put(segmentsHere, { interface: on });
    },
  }),
];
