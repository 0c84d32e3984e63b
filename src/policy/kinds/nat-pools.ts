// A NAT pool: outside addresses and ports to translate to.

import { z } from 'zod';
import { formatIp, parseIp, sameIp } from '../../lib/address.ts';
import { type Facts, type Unit, unit } from '../engine/unit.ts';
import { allocatedChunks, bindings, documentTables, numbers, objectKey, only, self } from '../facts/base.ts';
import { claims, subnetClaims } from '../facts/claims.ts';
import {
  type DraftPoolAddress,
  draftInterfaces,
  draftPoolAddresses,
  draftPools,
  icmpOwners,
  insideAddresses,
  poolAddressKey,
} from '../facts/drafts.ts';
import { legs, natChunks, poolAddresses, natPools as resolvedPools, tenants } from '../facts/objects.ts';
import { faulty, problems } from '../facts/problems.ts';
import { whyNotRouted } from '../special-addresses.ts';
import { ipSchema, nameSchema, portNumberSchema } from './fields.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';
import { canHave, canHaveReads, siteOfNode, siteReads } from './sites.ts';
import { addressClaim, speaker } from './speaker.ts';
import { sortAddresses, spellIp } from './spelling.ts';

export const natPoolSchema = z
  .strictObject({
    name: nameSchema,
    labels: labelsSchema,
    interface: nameSchema.describe('The outer interface on which the pool’s addresses answer.'),
    addresses: z
      .array(ipSchema)
      .min(1)
      .max(256)
      .describe(
        'IPv4 addresses, which nobody else has: no host, next hop, other interface or pool. The interface’s own may be among them, and any that are routed to it.',
      ),
    ports: z.strictObject({ min: portNumberSchema, max: portNumberSchema }).default({ min: 1024, max: 65535 }),
    chunkSize: z
      .int()
      .min(64)
      .max(32768)
      .default(4096)
      .refine(size => (size & (size - 1)) === 0, 'must be a power of two, so that a chunk is one port mask')
      .describe('Ports of one address that a tenant gets at a time; a power of two.'),
  })
  .meta({ id: 'NatPool', description: 'Outside addresses and ports to translate to.' });

export type NatPoolDocument = z.infer<typeof natPoolSchema>;

export const natPools = kindHome({
  noun: 'NAT pool',
  plural: 'NAT pools',
  schema: natPoolSchema,
  references: document => [{ pointer: '/interface', kind: 'interfaces', name: document.interface }],
  spell: document => ({ ...document, addresses: document.addresses.map(spellIp) }),
  sort: document => ({ ...document, addresses: sortAddresses(document.addresses) }),
});

function speakerOf(name: string, out: Parameters<typeof speaker>[1]) {
  return speaker({ kind: 'nat-pools', name, noun: natPools.noun }, out);
}

export const natPoolUnits: readonly Unit[] = [
  unit({
    name: 'nat-pools/parse',
    over: documentTables['nat-pools'],
    reads: [],
    writes: [draftPools, draftPoolAddresses, problems],
    emit: ({ name, interface: outer, addresses, ports, chunkSize }, _, out) => {
      const { isForMachines, report } = speakerOf(name, out);
      out.put(draftPools, { name, interface: outer });
      const seen = new Set<string>();
      addresses.map(parseIp).forEach((ip, at) => {
        const pointer = `/addresses/${at}`;
        if (ip.family !== 4) report(pointer, 'invalid', 'family', 'NAT pools hold IPv4 addresses');
        // A list of addresses is a set: what is in it twice is in it.
        else if (isForMachines(ip, pointer)) {
          const text = formatIp(ip);
          // Others reach it through routers.
          const special = whyNotRouted({ ip, length: 32 });
          if (special) report(pointer, 'invalid', 'special', `${text} is ${special}, and never routed`);
          else if (!seen.has(text)) out.put(draftPoolAddresses, { name, interface: outer, ip, at });
          seen.add(text);
        }
      });
      const { min, max } = ports;
      if (Math.ceil(min / chunkSize) * chunkSize + chunkSize - 1 > max)
        report('/ports', 'invalid', 'room', `ports ${min} to ${max} hold no aligned chunk of ${chunkSize}`);
    },
  }),
  unit({
    name: 'nat-pools/check',
    over: draftPools,
    reads: [draftInterfaces],
    writes: [problems],
    emit: ({ name, interface: outer }, facts, out) => {
      if ((facts.get(draftInterfaces, outer)?.role ?? 'outer') !== 'outer')
        speakerOf(name, out).report('/interface', 'invalid', 'role', `interface ${outer} is not an outer one`);
    },
  }),
  unit({
    name: 'nat-pools/claim',
    over: draftPoolAddresses,
    reads: [draftInterfaces, insideAddresses],
    writes: [claims, subnetClaims, problems],
    emit: (address, facts, out) => {
      const { name, ip } = address;
      const on = facts.get(draftInterfaces, address.interface);
      if (on?.role !== 'outer' || facts.get(insideAddresses, poolAddressKey(address))) return;
      const pointer = `/addresses/${address.at}`;
      speakerOf(name, out).claim({ what: addressClaim(on, ip), role: 'pool', on: on.name, pointer });
      // On the link of another interface nobody would answer for it.
      const prefix = { ip, length: 32 };
      out.put(subnetClaims, { kind: 'nat-pools', name, tenant: on.tenant, prefix, on: on.name, pointer });
    },
  }),
  unit({
    name: 'nat-pools/resolve',
    over: draftPools,
    reads: [faulty, numbers, legs],
    writes: [resolvedPools],
    emit: ({ name, interface: outer }, facts, out) => {
      const key = objectKey('nat-pools', name);
      const id = facts.get(numbers, key)?.id;
      if (id !== undefined && !facts.get(faulty, key) && facts.get(legs, outer))
        out.put(resolvedPools, { name, id, interface: outer });
    },
  }),
  unit({
    name: 'nat-pools/addresses',
    over: draftPoolAddresses,
    reads: [resolvedPools, draftInterfaces, icmpOwners, bindings, self, ...canHaveReads],
    writes: [poolAddresses],
    emit: (address, facts, out) => {
      const { name: pool, interface: outer, ip } = address;
      if (facts.get(resolvedPools, pool))
        out.put(poolAddresses, { pool, interface: outer, ip, answered: answers(facts, address) });
    },
  }),
  unit({
    name: 'nat-chunks/icmp',
    over: allocatedChunks,
    reads: [],
    writes: [icmpOwners],
    emit: ({ address, node, icmp }, _, out) => {
      if (icmp) out.put(icmpOwners, { address, node });
    },
  }),
  unit({
    name: 'nat-chunks/resolve',
    over: allocatedChunks,
    reads: [resolvedPools, tenants, ...siteReads],
    writes: [natChunks],
    emit: ({ address: text, ...chunk }, facts, out) => {
      const address = parseIp(text);
      if (address.family !== 4 || !facts.get(resolvedPools, chunk.pool) || !facts.get(tenants, chunk.tenant)) return;
      out.put(natChunks, { ...chunk, address: address.value, site: siteOfNode(facts, chunk.node) });
    },
  }),
];

/**
 * Whether this node answers for the address: the node whose chunk has its ICMP does, so that replies come straight to it;
 * where it cannot, the node that the interface is bound to.
 */
function answers(facts: Facts, { interface: outer, ip }: DraftPoolAddress): boolean {
  // The interface's own address may be in a pool too.
  const isGateway = facts.get(draftInterfaces, outer)?.addresses.some(own => sameIp(own.ip, ip));
  const owner = isGateway ? undefined : facts.get(icmpOwners, formatIp(ip))?.node;
  const isOwned = owner !== undefined && canHave(facts, owner, outer);
  const node = isOwned ? owner : facts.get(bindings, objectKey('interfaces', outer))?.node;
  return node !== undefined && node === facts.get(self, only)?.name;
}
