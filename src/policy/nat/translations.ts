// What today's policy translates to what, by conntrack zone: the measure of each connection that a switch remembers.

import { formatIp, netmask, networkOf } from '../../lib/address.ts';
import type { Intent, NatRule } from '../model.ts';
import { chunkOf } from '../stages/context.ts';

/** A range that connections may be translated into. */
export interface Range {
  readonly address: number;
  readonly port: number;
  readonly size: number;
  readonly icmp: boolean;
}

/** Sources of one prefix length, by network: where they go; undefined: nowhere, for their rule has no chunk. */
export interface PrefixTable {
  readonly mask: number;
  readonly ranges: ReadonlyMap<number, Range | undefined>;
}

/** Of one zone. */
export interface Translations {
  /** Towards each outer interface: the rules' sources, the longest prefixes first. */
  readonly outer: readonly (readonly PrefixTable[])[];
  /** The same for the same translations, and for no others. */
  readonly fingerprint: string;
}

/** By zone, of all tenants: a zone in which nothing is translated is there too. */
export function translationsOf(intent: Intent): ReadonlyMap<number, Translations> {
  const rulesOf = grouped(intent.natRules, ({ tenant }) => tenant);
  return new Map(
    intent.tenants.map(tenant => {
      const byInterface = [...grouped(rulesOf.get(tenant) ?? [], ({ pool }) => pool.interface).values()];
      const outer = byInterface.map(towards => prefixTables(towards, rule => chunkOf({ intent }, rule)));
      return [tenant.zone, { outer, fingerprint: fingerprintOf(outer) }];
    }),
  );
}

function grouped<K>(rules: readonly NatRule[], keyOf: (rule: NatRule) => K): Map<K, NatRule[]> {
  const groups = new Map<K, NatRule[]>();
  for (const rule of rules) {
    const key = keyOf(rule);
    const group = groups.get(key);
    if (group) group.push(rule);
    else groups.set(key, [rule]);
  }
  return groups;
}

function prefixTables(rules: readonly NatRule[], rangeOf: (rule: NatRule) => Range | undefined): PrefixTable[] {
  const lengths = [...new Set(rules.map(({ source }) => source.length))].sort((a, b) => b - a);
  return lengths.map(length => ({
    mask: netmask(4, length),
    ranges: new Map(
      rules
        .filter(({ source }) => source.length === length)
        .map(rule => [Number(networkOf(rule.source).ip.value), rangeOf(rule)]),
    ),
  }));
}

function fingerprintOf(outer: Translations['outer']): string {
  const rangeText = ({ address, port, size, icmp }: Range) =>
    `${formatIp({ family: 4, value: address })}:${port}+${size}${icmp ? ' icmp' : ''}`;
  const tables = outer.map(prefixes =>
    prefixes.flatMap(({ mask, ranges }) =>
      [...ranges].map(([network, range]) => `${network}&${mask} ${range ? rangeText(range) : '-'}`),
    ),
  );
  return JSON.stringify(tables);
}
