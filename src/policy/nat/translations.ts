// What today's policy translates to what, by conntrack zone: the measure of each connection that a switch remembers.

import { formatIp, netmask, networkOf, type Prefix } from '../../lib/address.ts';

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

/** A prefix whose addresses are translated towards an outer interface. */
export interface TranslatedSource {
  readonly interface: string;
  /** IPv4. */
  readonly prefix: Prefix;
  /** Undefined: its rule has no chunk. */
  readonly range: Range | undefined;
}

/** A prefix that is routed to an interface. */
export interface RoutedPrefix {
  readonly interface: string;
  readonly prefix: Prefix;
}

/** Of one zone. */
export interface Translations {
  /** The rules' sources, towards each outer interface. */
  readonly outer: readonly Outer[];
  /** Which of `outer` a destination is routed to, the longest prefixes first; empty where there is no choice. */
  readonly routes: readonly PrefixTable<Outer | undefined>[];
  /** The same for the same translations, and for no others. */
  readonly fingerprint: string;
}

export function rangeOf(chunk: Range | undefined): Range | undefined {
  if (!chunk) return undefined;
  const { address, port, size, icmp } = chunk;
  return { address, port, size, icmp };
}

/**
 * The translations of a zone; whatever the order of its sources.
 * @param routes asked for where there is a choice; of two of one prefix the later counts
 */
export function translationsFrom(
  sources: readonly TranslatedSource[],
  routes: () => readonly RoutedPrefix[],
): Translations {
  const outer = new Map(
    [...grouped(sources, source => source.interface)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([iface, some]) => [iface, byPrefix(some.map(({ prefix, range }) => [prefix, range]))]),
  );
  const choices =
    outer.size > 1
      ? byPrefix(
          routes()
            .filter(({ prefix }) => prefix.ip.family === 4)
            .map(({ prefix, interface: iface }) => [prefix, outer.get(iface)]),
        )
      : [];
  const all = [...outer.values()];
  return { outer: all, routes: choices, fingerprint: fingerprintOf(all, choices) };
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

/** Of IPv4, in order of address; of two values of one prefix the later counts. */
function byPrefix<T>(entries: readonly (readonly [prefix: Prefix, value: T])[]): PrefixTable<T>[] {
  const lengths = grouped(entries, ([prefix]) => prefix.length);
  return [...lengths]
    .sort(([a], [b]) => b - a)
    .map(([length, some]) => {
      const values = new Map(some.map(([prefix, value]) => [Number(networkOf(prefix).ip.value), value]));
      return { mask: netmask(4, length), values: new Map([...values].sort(([a], [b]) => a - b)) };
    });
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
