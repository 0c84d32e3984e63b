// One spelling for every document, so that "the same" is a comparison of values and unique indexes mean what they say.
// Lists of addresses and hosts are sets: they are kept, and answered, in order of value.

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
import type { Documents, HostDocument, InterfaceDocument, Kind } from '../../policy/documents.ts';

const spellIp = (text: string): string => formatIp(parseIp(text));
const spellMac = (text: string): string => formatMac(parseMac(text));
/** Host bits are kept: a gateway address needs them. */
const spellPrefix = (text: string): string => formatPrefix(parsePrefix(text));
/** Host bits are cleared: 10.0.0.5/24 and 10.0.0.0/24 are one destination. */
const spellNetwork = (text: string): string => formatPrefix(networkOf(parsePrefix(text)));

type Spellings = { readonly [K in Kind]: (document: Documents[K]) => Documents[K] };

const spellings: Spellings = {
  tenants: document => document,
  vnis: document => document,
  interfaces: document => ({
    ...document,
    mac: spellMac(document.mac),
    addresses: document.addresses.map(spellPrefix),
    hosts: document.hosts.map(spellHost),
    remoteVteps: document.remoteVteps.map(spellIp),
  }),
  ports: document => ({ ...document, mac: spellMac(document.mac), addresses: document.addresses.map(spellIp) }),
  routes: document => ({
    ...document,
    destination: spellNetwork(document.destination),
    nextHop: spellIp(document.nextHop),
  }),
  'nat-pools': document => ({ ...document, addresses: document.addresses.map(spellIp) }),
  'nat-rules': document => ({ ...document, source: spellNetwork(document.source) }),
};

function spellHost(host: HostDocument): HostDocument {
  return withoutUndefined({
    ...host,
    mac: spellMac(host.mac),
    addresses: host.addresses.map(spellIp),
    vtep: host.vtep === undefined ? undefined : spellIp(host.vtep),
  });
}

/** Every address in its canonical text; lists keep their order, so JSON pointers into the document stay true. */
export function spellDocument<K extends Kind>(kind: K, document: Documents[K]): Documents[K] {
  const spell: Spellings[K] = spellings[kind];
  return withoutUndefined(spell(document));
}

/** The form that is stored and answered: canonical texts, and the lists, being sets, in order and without repeats. */
export function canonicalDocument<K extends Kind>(kind: K, document: Documents[K]): Documents[K] {
  return sortLists(kind, spellDocument(kind, document));
}

function sortLists<K extends Kind>(kind: K, document: Documents[K]): Documents[K] {
  switch (kind) {
    case 'interfaces':
      return sortInterface(document as InterfaceDocument) as Documents[K];
    case 'ports':
    case 'nat-pools': {
      const listed = document as Documents['ports' | 'nat-pools'];
      return { ...listed, addresses: sortAddresses(listed.addresses) } as Documents[K];
    }
    default:
      return document;
  }
}

function sortInterface(document: InterfaceDocument): InterfaceDocument {
  return {
    ...document,
    addresses: sortAddresses(document.addresses),
    hosts: document.hosts
      .map(host => ({ ...host, addresses: sortAddresses(host.addresses) }))
      .sort((a, b) => compareTexts(hostKey(a), hostKey(b))),
    remoteVteps: sortAddresses(document.remoteVteps),
  };
}

function hostKey(host: HostDocument): string {
  return `${host.mac} ${host.addresses.join(' ')}`;
}

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
function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
