// Values of fields, with their masks (OVS lib/meta-flow.c, mf_parse()).

import { AddressError, netmask, parseIp, parseMac } from '../../../lib/address.ts';
import type { Field } from '../../flow/fields.ts';
import type { FieldValue } from '../../flow/match.ts';
import { flagNames } from '../format-value.ts';
import { cut, named, type Piece, splitOnce, unexpected } from './cursor.ts';
import { type NameOptions, numberText, parsePort, parseUnsigned } from './parse-number.ts';

export interface ParsedValue {
  readonly value: FieldValue;
  /** Absent: all bits. */
  readonly mask?: FieldValue;
}

function narrow(field: Field, value: bigint): FieldValue {
  return field.bytes <= 4 ? Number(value) : value;
}

function fits(text: Piece, field: Field): bigint {
  return parseUnsigned(text, 8 * field.bytes, `a value of ${field.name}`);
}

function parseWithMask(
  text: Piece,
  parseValue: (text: Piece) => bigint,
  parseMask: (text: Piece) => bigint,
): { readonly value: bigint; readonly mask?: bigint } {
  const parts = splitOnce(text, '/');
  return parts ? { value: parseValue(parts[0]), mask: parseMask(parts[1]) } : { value: parseValue(text) };
}

function attempt(text: Piece, expected: string, parse: (text: string) => bigint): bigint {
  try {
    return parse(text.text);
  } catch (error) {
    if (error instanceof AddressError) throw unexpected(text, expected);
    throw error;
  }
}

function macOf(text: Piece): bigint {
  return attempt(text, 'an Ethernet address', parseMac);
}

function ipOf(family: 4 | 6, text: Piece): bigint {
  return attempt(text, `an IPv${family} address`, address => {
    const ip = parseIp(address);
    if (ip.family !== family) throw unexpected(text, `an IPv${family} address`);
    return BigInt(ip.value);
  });
}

function maskOf(family: 4 | 6, text: Piece): bigint {
  const width = family === 4 ? 32 : 128;
  if (!/^[0-9]+$/.test(text.text)) return ipOf(family, text);
  const length = Number(text.text);
  if (length > width) throw unexpected(text, `a prefix length from 0 to ${width}`);
  return BigInt(netmask(family, length));
}

type FlagKind = keyof typeof flagNames;

const allowedFlags: Readonly<Record<FlagKind, number>> = { ct_state: 0xff, tcp_flags: 0xfff, tun_flags: 1 };

function flagBit(kind: FlagKind, name: Piece): number {
  const bit = (flagNames[kind] as readonly string[]).indexOf(name.text);
  if (bit === -1) throw unexpected(name, `one of ${flagNames[kind].join(', ')}`);
  return 2 ** bit;
}

/** `+syn-ack`, `syn|ack`, `0x12` or `0x12/0x3f` (OVS lib/flow.c, parse_flags()). */
function parseFlags(text: Piece, kind: FlagKind, field: Field): ParsedValue {
  const known = (number: bigint, where: Piece) => {
    if (number & ~BigInt(allowedFlags[kind]))
      throw unexpected(where, `flags within 0x${allowedFlags[kind].toString(16)}`);
    return Number(number);
  };
  if (/^[+-]/.test(text.text)) {
    let value = 0;
    let mask = 0;
    for (const found of text.text.matchAll(/([+-])([^+-]*)/g)) {
      const bit = flagBit(kind, cut(text, found.index + 1, found.index + found[0].length));
      if (mask & bit) throw unexpected(cut(text, found.index), 'each flag once');
      mask |= bit;
      if (found[1] === '+') value |= bit;
    }
    return { value, mask };
  }
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
  const [namespace, type] = [numberText(found?.[1] ?? ''), numberText(found?.[2] ?? '')];
  if (namespace === undefined || type === undefined || namespace > 0xffffn || type > 0xffffn) {
    throw unexpected(text, 'a packet type such as (1,0x800)');
  }
  return { value: Number((namespace << 16n) | type) };
}

function parse(text: Piece, field: Field, options: NameOptions): ParsedValue {
  switch (field.print) {
    case 'decimal':
    case 'hex': {
      const { value, mask } = parseWithMask(
        text,
        part => fits(part, field),
        part => fits(part, field),
      );
      return { value: narrow(field, value), ...(mask !== undefined && { mask: narrow(field, mask) }) };
    }
    case 'mac':
      return parseWithMask(text, macOf, macOf);
    case 'ipv4': {
      const { value, mask } = parseWithMask(
        text,
        part => ipOf(4, part),
        part => maskOf(4, part),
      );
      return { value: Number(value), ...(mask !== undefined && { mask: Number(mask) }) };
    }
    case 'ipv6':
      return parseWithMask(
        text,
        part => ipOf(6, part),
        part => maskOf(6, part),
      );
    case 'port':
      return { value: parsePort(text, options) };
    case 'ct_state':
    case 'tcp_flags':
    case 'tun_flags':
      return parseFlags(text, field.print, field);
    case 'frag': {
      const found = named(fragments, text.text);
      if (!found) throw unexpected(text, `one of ${Object.keys(fragments).join(', ')}`);
      return found;
    }
    case 'packet_type':
      return parsePacketType(text);
  }
}

/**
 * A value, or with `/` a value and a mask; `*` is a mask of zeros.
 * @throws OpenFlowTextError, also for a mask where the field takes none
 */
export function parseFieldValue(text: Piece, field: Field, options: NameOptions): ParsedValue {
  if (text.text === '*') return { value: narrow(field, 0n), mask: narrow(field, 0n) };
  const parsed = parse(text, field, options);
  const mask = parsed.mask === undefined ? undefined : BigInt(parsed.mask);
  const width = (1n << BigInt(8 * field.bytes)) - 1n;
  if (mask === width) return { value: parsed.value };
  if (mask !== undefined && mask !== 0n && !field.maskable) {
    const slash = text.text.indexOf('/');
    throw unexpected(cut(text, slash), `no mask: ${field.name} is matched as a whole`);
  }
  return parsed;
}
