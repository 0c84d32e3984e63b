// One spelling for every value, so that "the same" is a comparison of texts.

import {
  formatIp,
  formatMac,
  formatPrefix,
  type Ip,
  networkOf,
  parseIp,
  parseMac,
  parsePrefix,
} from '../../lib/address.ts';

export const spellIp = (text: string): string => formatIp(parseIp(text));
export const spellMac = (text: string): string => (spelledMac.test(text) ? text : formatMac(parseMac(text)));
/** Host bits are kept: a gateway address needs them. */
export const spellPrefix = (text: string): string => formatPrefix(parsePrefix(text));
/** Host bits are cleared: 10.0.0.5/24 and 10.0.0.0/24 are one destination. */
export const spellNetwork = (text: string): string => formatPrefix(networkOf(parsePrefix(text)));

/** As nearly all are when a state is read. */
const spelledMac = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

/** Addresses or prefixes, IPv4 first, by value; repeats are dropped. */
export function sortAddresses(texts: readonly string[]): string[] {
  const parsed = [...new Set(texts)].map(text => {
    const { ip, length } = text.includes('/') ? parsePrefix(text) : { ip: parseIp(text), length: 0 };
    return { text, ip, length };
  });
  return parsed.sort((a, b) => compareIps(a.ip, b.ip) || a.length - b.length).map(entry => entry.text);
}

function compareIps(a: Ip, b: Ip): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

/** By code unit, as the default order of `sort` is: the same on every machine. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The same object without the keys that hold undefined: JSON knows no undefined, and neither does a comparison. */
export function withoutUndefined<T extends object>(value: T): T {
  if (!Object.values(value).includes(undefined)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
