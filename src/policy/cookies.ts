// A flow's cookie names the object it came from, so that a line of `ovs-ofctl dump-flows` leads back to the intent.
//
//   63        48 47   40 39     32 31                 0
//  [ 0x706d "pm"| kind  | drop    | object id          ]

import type { Kind } from './kinds/names.ts';

/** Why a flow drops. The number is on the wire: append only. */
export const dropReasons = {
  'link-local': 1,
  'bad-source-mac': 2,
  'unknown-interface': 3,
  'not-for-gateway': 4,
  'arp-not-for-gateway': 5,
  'spoofed-source': 6,
  'gateway-closed': 7,
  'unknown-outside-address': 8,
  'new-from-outside': 9,
  invalid: 10,
  'no-route': 11,
  'ttl-exceeded': 12,
  'not-natted': 13,
  'icmp-owned-by-other-tenant': 14,
  'no-neighbour': 15,
  'no-egress': 16,
  'not-ours': 17,
  'unknown-remote-vtep': 18,
  'no-chunk': 19,
  'not-the-ports-own': 20,
  'nat-exhausted': 21,
  'not-translated': 22,
  fenced: 23,
  'martian-source': 24,
  'martian-destination': 25,
  'double-tagged': 26,
  'service-tag': 27,
  'unroutable-icmp': 28,
  untranslatable: 29,
  'new-from-inside': 30,
} as const;

export type DropReason = keyof typeof dropReasons;

/**
 * Kind of the object in a cookie; `system` flows belong to the pipeline itself. The number is on the wire: append only,
 * and so in another order than the kinds are.
 */
const kindNumbers = {
  system: 0,
  tenants: 1,
  vnis: 2,
  interfaces: 3,
  routes: 4,
  'nat-pools': 5,
  'nat-rules': 6,
  ports: 7,
  'static-nats': 8,
  'port-forwards': 9,
} as const satisfies Record<Kind | 'system', number>;

export type CookieKind = keyof typeof kindNumbers;

export interface CookieParts {
  readonly kind: CookieKind;
  /** 0 for `system`. */
  readonly id: number;
  readonly drop?: DropReason;
}

const mark = 0x706dn;

/** With `cookieMask`, what every flow of ours matches and no other should. */
export const ownedCookie = mark << 48n;
export const ownedCookieMask = 0xffffn << 48n;

export function encodeCookie({ kind, id, drop }: CookieParts): bigint {
  const reason = drop === undefined ? 0 : dropReasons[drop];
  const high = (kindNumbers[kind] << 8) | reason;
  return ownedCookie | (BigInt(high) << 32n) | BigInt(id);
}

/** Undefined when the cookie is not ours. */
export function decodeCookie(cookie: bigint): CookieParts | undefined {
  if (cookie >> 48n !== mark) return undefined;
  const kind = nameOf(kindNumbers, Number((cookie >> 40n) & 0xffn));
  const drop = nameOf(dropReasons, Number((cookie >> 32n) & 0xffn));
  if (kind === undefined) return undefined;
  const id = Number(cookie & 0xffffffffn);
  return drop === undefined ? { kind, id } : { kind, id, drop };
}

function nameOf<T extends string>(numbers: Readonly<Record<T, number>>, number: number): T | undefined {
  return (Object.keys(numbers) as T[]).find(name => numbers[name] === number);
}
