// What of a tenant's inside holds an address: asked for what stands for the address outside.

import type { Ip } from '../../lib/address.ts';
import type { Table } from '../engine/table.ts';
import type { Facts } from '../engine/unit.ts';
import { type InsidePrefix, insideKey, insidePrefixes, insidePrefixLengths } from '../facts/drafts.ts';

export const insidePrefixesOfReads: readonly Table[] = [insidePrefixes, insidePrefixLengths];

export function insidePrefixesOf(facts: Facts, tenant: string, ip: Ip): readonly InsidePrefix[] {
  return facts
    .by(insidePrefixLengths, 'tenant', `${tenant} ${ip.family}`)
    .flatMap(({ length }) => facts.by(insidePrefixes, 'network', insideKey(tenant, { ip, length })));
}
