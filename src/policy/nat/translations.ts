// What today's policy translates to what, by conntrack zone: the measure of each connection that a switch remembers.

import { formatIp, netmask, networkOf, type Prefix } from '../../lib/address.ts';
import type { Intent, Interface, Tenant } from '../model.ts';
import { chunkOf, interfacesOf } from '../stages/context.ts';

/** A range that connections may be translated into. */
export interface Range {
  readonly address: number;
  readonly port: number;
  readonly size: number;
  readonly icmp: boolean;
}

/** What is known of the prefixes of one length, by network. */
export interface PrefixTable<T> {
  readonly mask: number;
  readonly values: ReadonlyMap<number, T>;
}

/** Where sources go, the longest prefixes first; undefined: nowhere, for their rule has no chunk. */
export type Outer = readonly PrefixTable<Range | undefined>[];

/** Of one zone. */
export interface Translations {
  /** The rules' sources, towards each outer interface. */
  readonly outer: readonly Outer[];
  /** Which of `outer` a destination is routed to, the longest prefixes first; empty where there is no choice. */
  readonly routes: readonly PrefixTable<Outer | undefined>[];
  /** The same for the same translations, and for no others. */
  readonly fingerprint: string;
}

/** By zone, of all tenants that have one: a zone in which nothing is translated is there too. */
export function translationsOf(intent: Intent): ReadonlyMap<number, Translations> {
  const rulesOf = grouped(intent.natRules, ({ tenant }) => tenant);
  return new Map(
    intent.tenants.flatMap(tenant => {
      if (tenant.zone === undefined) return [];
      const outer = new Map(
        [...grouped(rulesOf.get(tenant) ?? [], ({ pool }) => pool.interface)].map(([iface, rules]) => [
          iface,
          byPrefix(rules.map(rule => [rule.source, chunkOf({ intent }, rule)])),
        ]),
      );
      const routes = outer.size > 1 ? routesOf(intent, tenant, outer) : [];
      const all = [...outer.values()];
      return [[tenant.zone, { outer: all, routes, fingerprint: fingerprintOf(all, routes) }] as const];
    }),
  );
}

function grouped<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** As table `route` has them: an interface's own prefix wins over a static route of the same length. */
function routesOf(
  intent: Intent,
  tenant: Tenant,
  outer: ReadonlyMap<Interface, Outer>,
): PrefixTable<Outer | undefined>[] {
  const statics = intent.routes.filter(route => route.tenant === tenant);
  const connected = interfacesOf({ intent }, tenant).flatMap(iface =>
    iface.addresses.map(prefix => ({ prefix, iface })),
  );
  return byPrefix(
    [...statics.map(route => ({ prefix: route.destination, iface: route.interface })), ...connected]
      .filter(({ prefix }) => prefix.ip.family === 4)
      .map(({ prefix, iface }) => [prefix, outer.get(iface)]),
  );
}

/** Of IPv4; of two values of one prefix the later counts. */
function byPrefix<T>(entries: readonly (readonly [prefix: Prefix, value: T])[]): PrefixTable<T>[] {
  const lengths = grouped(entries, ([prefix]) => prefix.length);
  return [...lengths]
    .sort(([a], [b]) => b - a)
    .map(([length, some]) => ({
      mask: netmask(4, length),
      values: new Map(some.map(([prefix, value]) => [Number(networkOf(prefix).ip.value), value])),
    }));
}

function fingerprintOf(outer: readonly Outer[], routes: Translations['routes']): string {
  const rangeText = ({ address, port, size, icmp }: Range) =>
    `${formatIp({ family: 4, value: address })}:${port}+${size}${icmp ? ' icmp' : ''}`;
  const texts = <T>(tables: readonly PrefixTable<T>[], textOf: (value: T & {}) => string) =>
    tables.flatMap(({ mask, values }) =>
      [...values].map(([network, value]) => `${network}&${mask} ${value ? textOf(value) : '-'}`),
    );
  return JSON.stringify([
    outer.map(prefixes => texts(prefixes, rangeText)),
    texts(routes, towards => String(outer.indexOf(towards))),
  ]);
}
