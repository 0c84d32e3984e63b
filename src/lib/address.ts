// Addresses as numbers, the way OpenFlow carries them: IPv4 in a number, MAC and IPv6 in a bigint.

import ipaddr from 'ipaddr.js';
import { PointsmanError } from './errors.ts';

export type IpFamily = 4 | 6;

export type Ip = { readonly family: 4; readonly value: number } | { readonly family: 6; readonly value: bigint };

/** An address with a prefix length; host bits are kept, as an interface address needs them. */
export interface Prefix {
  readonly ip: Ip;
  /** 0 to 32 (IPv4) or 0 to 128 (IPv6). */
  readonly length: number;
}

/** Thrown when a text is not the address it should be. */
export class AddressError extends PointsmanError<'BAD_ADDRESS'> {
  constructor(text: string, expected: string) {
    super('BAD_ADDRESS', `"${text}" is not ${expected}`);
  }
}

function bytesToBigint(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

const dot = 46;
const zero = 48;

/**
 * Four decimal parts without leading zeros; undefined: something else. Short forms such as "10.1" and octal ones, which
 * inet_aton takes, are no addresses here. Written out because every address of a large intent passes here.
 */
function parseDottedQuad(text: string): number | undefined {
  let value = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === dot) {
      if (digits === 0 || ++dots > 3) return undefined;
      value = value * 256 + part;
      part = 0;
      digits = 0;
      continue;
    }
    const digit = code - zero;
    if (digit < 0 || digit > 9 || (digits > 0 && part === 0)) return undefined;
    part = part * 10 + digit;
    digits++;
    if (part > 255) return undefined;
  }
  return dots === 3 && digits > 0 ? value * 256 + part : undefined;
}

/** @throws AddressError */
export function parseIp(text: string): Ip {
  const quad = parseDottedQuad(text);
  if (quad !== undefined) return { family: 4, value: quad };
  if (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text)) {
    return { family: 6, value: bytesToBigint(ipaddr.IPv6.parse(text).toByteArray()) };
  }
  throw new AddressError(text, 'an IPv4 or IPv6 address');
}

/** Parses `ADDRESS/LENGTH`. @throws AddressError */
export function parsePrefix(text: string): Prefix {
  const parts = /^([^/]+)\/(\d{1,3})$/.exec(text);
  if (!parts?.[1]) throw new AddressError(text, 'an address with a prefix length, like 10.0.0.1/24');
  const ip = parseIp(parts[1]);
  const length = Number(parts[2]);
  if (length > widthOf(ip.family)) throw new AddressError(text, `a prefix of at most ${widthOf(ip.family)} bits`);
  return { ip, length };
}

/** 32 or 128. */
export function widthOf(family: IpFamily): 32 | 128 {
  return family === 4 ? 32 : 128;
}

function maskBits(family: IpFamily, length: number): bigint {
  const width = BigInt(widthOf(family));
  return ((1n << BigInt(length)) - 1n) << (width - BigInt(length));
}

/** The netmask of `length` bits, as an OpenFlow mask. */
export function netmask(family: 4, length: number): number;
export function netmask(family: IpFamily, length: number): number | bigint;
export function netmask(family: IpFamily, length: number): number | bigint {
  return family === 4 ? Number(maskBits(4, length)) : maskBits(6, length);
}

/** The prefix with its host bits cleared. */
export function networkOf(prefix: Prefix): Prefix {
  if (prefix.ip.family === 4) {
    const hosts = 2 ** (32 - prefix.length);
    return { ip: { family: 4, value: prefix.ip.value - (prefix.ip.value % hosts) }, length: prefix.length };
  }
  const bits = BigInt(prefix.ip.value) & maskBits(prefix.ip.family, prefix.length);
  return { ip: ipOf(prefix.ip.family, bits), length: prefix.length };
}

/** An address from its bits. */
export function ipOf(family: IpFamily, bits: bigint): Ip {
  return family === 4 ? { family, value: Number(bits) } : { family, value: bits };
}

/** Whether `ip` lies inside `prefix`. */
export function prefixContains(prefix: Prefix, ip: Ip): boolean {
  if (prefix.ip.family !== ip.family) return false;
  if (prefix.ip.family === 4 && ip.family === 4) {
    const hosts = 2 ** (32 - prefix.length);
    return Math.floor(prefix.ip.value / hosts) === Math.floor(ip.value / hosts);
  }
  const mask = maskBits(ip.family, prefix.length);
  return (BigInt(prefix.ip.value) & mask) === (BigInt(ip.value) & mask);
}

/** Whether the two prefixes share an address. */
export function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? prefixContains(a, b.ip) : prefixContains(b, a.ip);
}

export function sameIp(a: Ip, b: Ip): boolean {
  return a.family === b.family && a.value === b.value;
}

/** Each address once, in the order of its first time. */
export function distinctIps(ips: readonly Ip[]): Ip[] {
  return ips.filter((ip, i) => ips.findIndex(earlier => sameIp(earlier, ip)) === i);
}

/** The addresses of a subnet that no machine on it can have; absent where the subnet has none such. */
export interface ReservedAddresses {
  /** All host bits 0: the network's own (RFC 1122 section 3.2.1.3), or the subnet-router anycast address (RFC 4291 section 2.6.1). */
  readonly network?: Ip;
  /** All host bits 1; IPv4 only. */
  readonly broadcast?: Ip;
}

/** Subnets of one or two addresses reserve none (RFC 3021, RFC 6164). */
export function reservedAddresses(prefix: Prefix): ReservedAddresses {
  const { ip } = networkOf(prefix);
  if (prefix.length > widthOf(ip.family) - 2) return {};
  if (ip.family === 6) return { network: ip };
  return { network: ip, broadcast: { family: 4, value: ip.value + 2 ** (32 - prefix.length) - 1 } };
}

/** The canonical text: dotted quad, or RFC 5952. */
export function formatIp(ip: Ip): string {
  if (ip.family === 4) {
    const { value } = ip;
    return `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}`;
  }
  const bytes = Array.from({ length: 16 }, (_, i) => Number((ip.value >> BigInt(8 * (15 - i))) & 0xffn));
  return new ipaddr.IPv6(bytes).toRFC5952String();
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatIp(prefix.ip)}/${prefix.length}`;
}

/** Parses `aa:bb:cc:dd:ee:ff` into 48 bits. @throws AddressError */
export function parseMac(text: string): bigint {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text))
    throw new AddressError(text, 'a MAC address, like 02:00:00:00:00:01');
  return BigInt(`0x${text.replaceAll(':', '')}`);
}

export function formatMac(mac: bigint): string {
  return (mac.toString(16).padStart(12, '0').match(/../g) ?? []).join(':');
}
