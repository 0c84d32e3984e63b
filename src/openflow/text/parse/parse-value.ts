// Values of fields, with their masks (OVS lib/meta-flow.c, mf_parse()).

import { netmask } from '../../../lib/address.ts';
import type { Field, FieldName } from '../../flow/fields.ts';
import type { FieldValue } from '../../flow/match.ts';
import { flagNames } from '../format-value.ts';
import { cut, named, type Piece, splitOnce, unexpected } from './cursor.ts';
import {
  decimalText,
  hexDigit,
  type NameOptions,
  numberText,
  parseFieldInteger,
  parseFieldNumber,
  parsePort,
} from './parse-number.ts';

export interface ParsedValue {
  readonly value: FieldValue;
  /** Absent: all bits. */
  readonly mask?: FieldValue;
}

function narrow(field: Field, value: bigint): FieldValue {
  return field.bytes <= 4 ? Number(value) : value;
}

function fits(text: Piece, field: Field): FieldValue {
  const what = `a value of ${field.name}`;
  if (field.bytes <= 4) return parseFieldInteger(text, field.bytes, what);
  return parseFieldNumber(text, field.bytes, what);
}

function parseWithMask<T extends FieldValue>(
  text: Piece,
  parseValue: (text: Piece) => T,
  parseMask: (text: Piece) => T,
): { readonly value: T; readonly mask?: T } {
  const slash = text.text.indexOf('/');
  if (slash === -1) return { value: parseValue(text) };
  return { value: parseValue(cut(text, 0, slash)), mask: parseMask(cut(text, slash + 1)) };
}

const plus = 43;
const minus = 45;
const dot = 46;
const colon = 58;
const zero = 48;

/** Six parts of one or two hexadecimal digits. */
export function macOf(text: Piece): bigint {
  const { text: mac } = text;
  let value = 0;
  let part = 0;
  let digits = 0;
  let parts = 1;
  for (let i = 0; i < mac.length; i++) {
    const code = mac.charCodeAt(i);
    if (code === colon && digits > 0) {
      value = value * 256 + part;
      part = 0;
      digits = 0;
      parts++;
      continue;
    }
    const digit = hexDigit(code);
    if (digit === -1 || ++digits > 2) throw unexpected(text, 'an Ethernet address');
    part = part * 16 + digit;
  }
  if (parts !== 6 || digits === 0) throw unexpected(text, 'an Ethernet address');
  return BigInt(value * 256 + part);
}

/** Four decimal parts, with leading zeros or without. */
export function ipv4Of(text: Piece): number {
  const { text: address } = text;
  let value = 0;
  let part = 0;
  let digits = 0;
  let parts = 1;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === dot && digits > 0) {
      value = value * 256 + part;
      part = 0;
      digits = 0;
      parts++;
      continue;
    }
    part = part * 10 + code - zero;
    digits++;
    if (!(code >= zero && code <= zero + 9 && part <= 255)) throw unexpected(text, 'an IPv4 address');
  }
  if (parts !== 4 || digits === 0) throw unexpected(text, 'an IPv4 address');
  return value * 256 + part;
}

const groups = new Uint16Array(8);

/**
 * Groups of at most four hexadecimal digits, `::` for zeros once, and an IPv4 address in place of the last two (C's
 * inet_pton()).
 */
export function ipv6Of(text: Piece): bigint {
  const { text: address } = text;
  const { length } = address;
  let count = 0;
  let gap = -1;
  let at = 0;
  if (address.startsWith('::')) {
    gap = 0;
    at = 2;
  }
  while (at < length) {
    const start = at;
    let part = 0;
    for (
      let digit = hexDigit(address.charCodeAt(at));
      at < length && digit !== -1;
      digit = hexDigit(address.charCodeAt(at))
    ) {
      part = part * 16 + digit;
      at++;
    }
    const next = address.charCodeAt(at);
    if (next === dot && count <= 6) {
      // Here, unlike elsewhere, C wants no leading zeros.
      if (/(^|\.)0\d/.test(address.slice(start))) throw unexpected(text, 'an IPv6 address');
      const low = ipv4Of(cut(text, start));
      groups[count++] = low >>> 16;
      groups[count++] = low & 0xffff;
      at = length;
      break;
    }
    if (at === start || at - start > 4 || count === 8) throw unexpected(text, 'an IPv6 address');
    groups[count++] = part;
    if (at === length) break;
    if (next !== colon || at + 1 === length) throw unexpected(text, 'an IPv6 address');
    at++;
    if (address.charCodeAt(at) !== colon) continue;
    if (gap !== -1) throw unexpected(text, 'an IPv6 address');
    gap = count;
    at++;
  }
  if (gap === -1 ? count !== 8 : count > 7) throw unexpected(text, 'an IPv6 address');
  return wideOf(count, gap);
}

/** The first `count` groups, with zeros for those that are missing where the gap is. */
function wideOf(count: number, gap: number): bigint {
  const missing = 8 - count;
  const group = (i: number) => {
    if (missing === 0 || i < gap) return groups[i] ?? 0;
    return i < gap + missing ? 0 : (groups[i - missing] ?? 0);
  };
  let value = 0n;
  for (let i = 0; i < 8; i += 2) value = (value << 32n) | BigInt(group(i) * 0x10000 + group(i + 1));
  return value;
}

function prefixOf(family: 4 | 6, text: Piece): number | undefined {
  const length = decimalText(text.text);
  if (length === undefined) return undefined;
  const width = family === 4 ? 32 : 128;
  if (length > width) throw unexpected(text, `a prefix length from 0 to ${width}`);
  return length;
}

function ipv4Mask(text: Piece): number {
  const length = prefixOf(4, text);
  return length === undefined ? ipv4Of(text) : netmask(4, length);
}

function ipv6Mask(text: Piece): bigint {
  const length = prefixOf(6, text);
  return length === undefined ? ipv6Of(text) : BigInt(netmask(6, length));
}

type FlagKind = keyof typeof flagNames;

const allowedFlags: Readonly<Record<FlagKind, number>> = { ct_state: 0xff, tcp_flags: 0xfff, tun_flags: 1 };

function flagBit(kind: FlagKind, name: Piece): number {
  const bit = (flagNames[kind] as readonly string[]).indexOf(name.text);
  if (bit === -1) throw unexpected(name, `one of ${flagNames[kind].join(', ')}`);
  return 2 ** bit;
}

/** `+syn-ack`. */
function parseSigned(text: Piece, kind: FlagKind): ParsedValue {
  const { length } = text.text;
  let value = 0;
  let mask = 0;
  for (let start = 0, end = 0; start < length; start = end) {
    for (end = start + 1; end < length; end++) {
      const code = text.text.charCodeAt(end);
      if (code === plus || code === minus) break;
    }
    const bit = flagBit(kind, cut(text, start + 1, end));
    if (mask & bit) throw unexpected(cut(text, start), 'each flag once');
    mask |= bit;
    if (text.text.charCodeAt(start) === plus) value |= bit;
  }
  return { value, mask };
}

/** `+syn-ack`, `syn|ack`, `0x12` or `0x12/0x3f` (OVS lib/flow.c, parse_flags()). */
function parseFlags(text: Piece, kind: FlagKind, field: Field): ParsedValue {
  const known = (number: FieldValue, where: Piece) => {
    if (BigInt(number) & ~BigInt(allowedFlags[kind]))
      throw unexpected(where, `flags within 0x${allowedFlags[kind].toString(16)}`);
    return Number(number);
  };
  const first = text.text.charCodeAt(0);
  if (first === plus || first === minus) return parseSigned(text, kind);
  const masked = splitOnce(text, '/');
  if (masked) {
    const [value, mask] = masked;
    return { value: known(fits(value, field), value), mask: known(fits(mask, field), mask) };
  }
  let value = 0;
  let at = 0;
  for (const name of text.text.split('|')) {
    const where = cut(text, at, at + name.length);
    const number = numberText(name);
    value |= number === undefined ? flagBit(kind, where) : known(number, where);
    at += name.length + 1;
  }
  return { value };
}

const fragments: Readonly<Record<string, ParsedValue>> = {
  no: { value: 0, mask: 3 },
  yes: { value: 1, mask: 1 },
  first: { value: 1, mask: 3 },
  later: { value: 3, mask: 3 },
  not_later: { value: 0, mask: 2 },
};

function parsePacketType(text: Piece): ParsedValue {
  const found = /^\(([^,)]*),([^,)]*)\)$/.exec(text.text);
  const [namespace, type] = [numberText(found?.[1]?.trim() ?? ''), numberText(found?.[2]?.trim() ?? '')];
  if (namespace === undefined || type === undefined || namespace > 0xffffn || type > 0xffffn) {
    throw unexpected(text, 'a packet type such as (1,0x800)');
  }
  return { value: Number((namespace << 16n) | type) };
}

function parse(text: Piece, field: Field, options: NameOptions): ParsedValue {
  switch (field.print) {
    case 'decimal':
    case 'hex': {
      const number = (part: Piece) => fits(part, field);
      return parseWithMask(text, number, number);
    }
    case 'mac':
      return parseWithMask(text, macOf, macOf);
    case 'ipv4':
      return parseWithMask(text, ipv4Of, ipv4Mask);
    case 'ipv6':
      return parseWithMask(text, ipv6Of, ipv6Mask);
    case 'port':
      return { value: parsePort(text, options) };
    case 'ct_state':
    case 'tcp_flags':
    case 'tun_flags':
      return parseFlags(text, field.print, field);
    case 'frag': {
      const found = named(fragments, text.text.toLowerCase());
      if (!found) throw unexpected(text, `one of ${Object.keys(fragments).join(', ')}`);
      return found;
    }
    case 'packet_type':
      return parsePacketType(text);
  }
}

/** Values of which a switch takes fewer than the field has room for (OVS lib/meta-flow.c, mf_is_value_valid()). */
const mostOf: Readonly<Partial<Record<FieldName, number>>> = {
  arp_op: 0xff,
  ip_dscp: 0x3f,
  ip_ecn: 3,
  ipv6_label: 0xfffff,
  mpls_bos: 1,
  mpls_label: 0xfffff,
  mpls_tc: 7,
  nsh_spi: 0xffffff,
  nsh_ttl: 63,
  vlan_pcp: 7,
  vlan_vid: 0x1fff,
};

/** @throws OpenFlowTextError for a value that no packet can have in that field */
export function checkValue(field: Field, value: FieldValue, where: Piece): void {
  const most = mostOf[field.name];
  if (most !== undefined && value > most) throw unexpected(where, `a value of ${field.name} from 0 to ${most}`);
  if (field.name === 'nsh_mdtype' && value !== 1 && value !== 2) throw unexpected(where, 'an nsh_mdtype of 1 or 2');
}

/** By number of bytes: all bits of them. */
const onesOf: readonly bigint[] = Array.from({ length: 0x100 }, (_, bytes) => (1n << BigInt(8 * bytes)) - 1n);

/** Whether a mask has all bits that its bytes have room for. */
function isAllOnes(mask: FieldValue, { bytes }: Field): boolean {
  return typeof mask === 'number' ? mask >>> 0 === 0xffffffff >>> (32 - 8 * bytes) : mask === onesOf[bytes];
}

/**
 * A value, or with `/` a value and a mask; `*` is a mask of zeros.
 * @throws OpenFlowTextError, also for a mask where the field takes none
 */
export function parseFieldValue(text: Piece, field: Field, options: NameOptions): ParsedValue {
  if (text.text === '*') return { value: narrow(field, 0n), mask: narrow(field, 0n) };
  const parsed = parse(text, field, options);
  if (parsed.mask === undefined) return parsed;
  if (isAllOnes(parsed.mask, field)) return { value: parsed.value };
  if (!field.maskable && BigInt(parsed.mask) !== 0n) {
    const slash = text.text.indexOf('/');
    throw unexpected(cut(text, slash), `no mask: ${field.name} is matched as a whole`);
  }
  return parsed;
}
