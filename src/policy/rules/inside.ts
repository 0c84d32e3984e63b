// What is inside of the tenants who reach the outside by an interface: the subnets of their inner interfaces, and what they
// route there. An address of a pool there is none of it: packets would leave as if they were not translated, and those
// tenants could reach only one of its two owners.

import { formatIp, formatPrefix, networkOf, type Prefix, prefixContains } from '../../lib/address.ts';
import { groupUnit, type Unit, unit } from '../engine/unit.ts';
import {
  draftInterfaces,
  draftPoolAddresses,
  insideAddresses,
  insideHits,
  insidePrefixes,
  ways,
  withinKey,
} from '../facts/drafts.ts';
import { problems } from '../facts/problems.ts';
import { called } from '../kinds/all.ts';

type Ipv4Prefix = Parameters<typeof withinKey>[1];

function isIpv4(prefix: Prefix): prefix is Ipv4Prefix {
  return prefix.ip.family === 4;
}

/** A tenant and its way out: no more is looked at than what is inside of it, and the addresses that are in that. */
const hits = unit({
  name: 'inside',
  over: ways,
  reads: [insidePrefixes, draftPoolAddresses, draftInterfaces],
  writes: [insideHits],
  emit: ({ tenant, interface: outer }, facts, out) => {
    for (const inside of facts.by(insidePrefixes, 'tenant', tenant)) {
      const { kind, prefix } = inside;
      if (!isIpv4(prefix)) continue;
      for (const { name: pool, ip, at } of facts.by(draftPoolAddresses, 'within', withinKey(outer, prefix))) {
        // What is on the wire of the interface itself is no part of something wider that a tenant routes inside.
        const onWire = kind === 'routes' ? (facts.get(draftInterfaces, outer)?.addresses ?? []) : [];
        if (onWire.some(each => each.length >= prefix.length && prefixContains(each, ip))) continue;
        out.put(insideHits, { ...inside, pool, ip, at, outer });
      }
    }
  },
});

/** Of several that have the address, the first is named. */
const first = groupUnit({
  name: 'inside/first',
  over: insideHits,
  group: 'address',
  reads: [],
  writes: [insideAddresses, problems],
  emit: ([hit], _, out) => {
    if (!hit) return;
    const { kind, name: by, pointer, pool: name, ip, at, outer, prefix, tenant } = hit;
    out.put(insideAddresses, { name, ip });
    const leads = kind === 'routes' ? ' which leads inside, and' : '';
    const where = `${formatPrefix(networkOf(prefix))} of ${called({ kind, name: by })},${leads} whose tenant "${tenant}"`;
    const reaches = `reaches the outside by interface "${outer}"`;
    out.put(problems, {
      ...{ kind: 'nat-pools', name, pointer: `/addresses/${at}`, why: 'conflict', about: `inside ${formatIp(ip)}` },
      detail: `${formatIp(ip)} is in ${where} ${reaches}`,
      holder: {
        ...{ kind, name: by, pointer },
        detail: `${formatIp(ip)} of ${called({ kind: 'nat-pools', name })} is in ${where} ${reaches}`,
      },
    });
  },
});

export const insideUnits: readonly Unit[] = [hits, first];
