// What is inside of the tenants who reach the outside by an interface: the subnets of their inner interfaces, and what they
// route there. An outside address, of a pool, a static NAT or a port forward, is none of it: packets would leave as if they were not
// translated, and those tenants could reach only one of its two owners.

import { formatIp, formatPrefix, networkOf, prefixContains } from '../../lib/address.ts';
import { groupUnit, type Unit, unit } from '../engine/unit.ts';
import {
  draftInterfaces,
  draftPoolAddresses,
  draftPortForwards,
  draftStaticNats,
  insideAddresses,
  insideHits,
  insidePrefixes,
  insidePrefixLengths,
  ways,
  withinKey,
} from '../facts/drafts.ts';
import { problems } from '../facts/problems.ts';
import { called } from '../kinds/all.ts';

/** So that who has an address finds what it is in, and no route but that one runs him. */
const lengths = unit({
  name: 'inside/lengths',
  over: insidePrefixes,
  reads: [],
  writes: [insidePrefixLengths],
  emit: ({ tenant, prefix: { ip, length } }, _, out) =>
    out.put(insidePrefixLengths, { tenant, family: ip.family, length }),
});

/** A tenant and its way out: no more is looked at than what is inside of it, and the addresses that are in that. */
const hits = unit({
  name: 'inside',
  over: ways,
  reads: [insidePrefixes, draftPoolAddresses, draftStaticNats, draftPortForwards, draftInterfaces],
  writes: [insideHits],
  emit: ({ tenant, interface: outer }, facts, out) => {
    for (const inside of facts.by(insidePrefixes, 'tenant', tenant)) {
      const { kind, prefix } = inside;
      const key = withinKey(outer, prefix);
      const pooled = facts.by(draftPoolAddresses, 'within', key).map(({ name, ip, at }) => {
        return { of: { kind: 'nat-pools', name, pointer: `/addresses/${at}` }, ip } as const;
      });
      const fixed = facts.by(draftStaticNats, 'within', key).map(({ name, outside: ip }) => {
        return { of: { kind: 'static-nats', name, pointer: '/outside' }, ip } as const;
      });
      const forwarded = facts.by(draftPortForwards, 'within', key).map(({ name, outside: ip }) => {
        return { of: { kind: 'port-forwards', name, pointer: '/outside' }, ip } as const;
      });
      for (const { of, ip } of [...pooled, ...fixed, ...forwarded]) {
        if (!prefixContains(prefix, ip)) continue;
        // What is on the wire of the interface itself is no part of something wider that a tenant routes inside.
        const onWire = kind === 'routes' ? (facts.get(draftInterfaces, outer)?.addresses ?? []) : [];
        if (onWire.some(each => each.length >= prefix.length && prefixContains(each, ip))) continue;
        out.put(insideHits, { ...inside, of, ip, outer });
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
    const { kind, name: by, pointer, of, ip, outer, prefix, tenant } = hit;
    if (of.kind === 'nat-pools') out.put(insideAddresses, { name: of.name, ip });
    const leads = kind === 'routes' ? ' which leads inside, and' : '';
    const where = `${formatPrefix(networkOf(prefix))} of ${called({ kind, name: by })},${leads} whose tenant "${tenant}"`;
    const reaches = `reaches the outside by interface "${outer}"`;
    out.put(problems, {
      ...{ ...of, why: 'conflict', about: `inside ${formatIp(ip)}` },
      detail: `${formatIp(ip)} is in ${where} ${reaches}`,
      holder: { ...{ kind, name: by, pointer }, detail: `${formatIp(ip)} of ${called(of)} is in ${where} ${reaches}` },
    });
  },
});

export const insideUnits: readonly Unit[] = [lengths, hits, first];
