// What today's policy translates to what, by conntrack zone: the measure of each connection that a switch remembers.

import { formatIp, formatPrefix, type Ip, netmask, networkOf, type Prefix } from '../../lib/address.ts';
import { compareTexts } from '../kinds/spelling.ts';
import { type Ports, rankOf, type Selection, selectionText } from './selection.ts';

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

/** Where some of what comes from a source goes. */
export interface Choice {
  /** Undefined: all of it, and before all rules. */
  readonly selection: Selection | undefined;
  /** Empty: nowhere, for there is no chunk. */
  readonly ranges: readonly Range[];
}

/** Where sources go, the longest prefixes first, and of one the choice that counts first. */
export type Outer = readonly PrefixTable<readonly Choice[]>[];

/** A prefix whose addresses are translated towards an outer interface. */
export interface TranslatedSource extends Choice {
  readonly interface: string;
  /** IPv4. */
  readonly prefix: Prefix;
}

/** A prefix that is routed to an interface. */
export interface RoutedPrefix {
  readonly interface: string;
  readonly prefix: Prefix;
}

/** Ports of an outside address for ports inside. */
export interface Forwarding {
  readonly protocol: 'tcp' | 'udp';
  readonly outside: number;
  readonly ports: Ports;
  readonly inside: number;
  readonly insidePort: number;
}

/** Of one zone. */
export interface Translations {
  /** The rules' sources, towards each outer interface. */
  readonly outer: readonly Outer[];
  /** Which of `outer` a destination is routed to, the longest prefixes first; empty where there is no choice. */
  readonly routes: readonly PrefixTable<Outer | undefined>[];
  /** For who begins from outside. */
  readonly forwards: readonly Forwarding[];
  /** The same for the same translations, and for no others. */
  readonly fingerprint: string;
}

export function forwardingOf(of: Omit<Forwarding, 'outside' | 'inside'> & { outside: Ip; inside: Ip }): Forwarding {
  const { protocol, ports, insidePort } = of;
  return { protocol, ports, insidePort, outside: Number(of.outside.value), inside: Number(of.inside.value) };
}

export function rangeOf({ address, port, size, icmp }: Range): Range {
  return { address, port, size, icmp };
}

/**
 * The translations of a zone; whatever the order of its sources.
 * @param routes asked for where there is a choice; of two of one prefix the later counts
 */
export function translationsFrom(
  sources: readonly TranslatedSource[],
  routes: () => readonly RoutedPrefix[],
  forwards: readonly Forwarding[] = [],
): Translations {
  const outer = new Map(
    [...grouped(sources, source => source.interface)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([iface, some]) => [iface, byPrefix(choicesOf(some))]),
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
  const sorted = [...forwards].sort((a, b) => compareTexts(forwardingText(a), forwardingText(b)));
  return { outer: all, routes: choices, forwards: sorted, fingerprint: fingerprintOf(all, choices, sorted) };
}

function choicesOf(sources: readonly TranslatedSource[]): [prefix: Prefix, choices: readonly Choice[]][] {
  const rank = ({ selection }: Choice): number => (selection ? rankOf(selection) : Infinity);
  return [...grouped(sources, ({ prefix }) => formatPrefix(prefix)).values()].flatMap(some => {
    const [first] = some;
    const choices = some
      .map(({ selection, ranges }) => ({ selection, ranges }))
      // Two of one rank have nothing in common, or are of one rule.
      .sort((a, b) => (rank(a) === rank(b) ? compareTexts(choiceText(a), choiceText(b)) : rank(b) - rank(a)));
    return first ? [[first.prefix, choices]] : [];
  });
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

function choiceText({ selection, ranges }: Choice): string {
  const texts = ranges.map(
    ({ address, port, size, icmp }) =>
      `${formatIp({ family: 4, value: address })}:${port}+${size}${icmp ? ' icmp' : ''}`,
  );
  return `${selection ? selectionText(selection) : 'all'} > ${texts.sort().join(' ')}`;
}

function forwardingText({ protocol, outside, ports, inside, insidePort }: Forwarding): string {
  return `${protocol} ${outside}:${ports.min}-${ports.max} > ${inside}:${insidePort}`;
}

function fingerprintOf(
  outer: readonly Outer[],
  routes: Translations['routes'],
  forwards: readonly Forwarding[],
): string {
  const texts = <T>(tables: readonly PrefixTable<T>[], textOf: (value: T & {}) => string) =>
    tables.flatMap(({ mask, values }) =>
      [...values].map(([network, value]) => `${network}&${mask} ${value ? textOf(value) : '-'}`),
    );
  return JSON.stringify([
    outer.map(prefixes => texts(prefixes, choices => choices.map(choiceText).join('; '))),
    texts(routes, towards => String(outer.indexOf(towards))),
    forwards.map(forwardingText),
  ]);
}
