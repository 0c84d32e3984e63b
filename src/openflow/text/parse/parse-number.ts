// Numbers, ports and tables as ovs-ofctl reads them: most as C does, so that 0x10 is 16 and 010 is 8; ports, tables and
// a few others in base 10, so that 010 is 10 (OVS lib/ofp-parse.c, lib/ofp-port.c, lib/ofp-table.c).

import { port as reservedPorts } from '../../flow/ports.ts';
import { type OpenFlowTextError, type Piece, unexpected } from './cursor.ts';

/** Numbers of the names that a text may use. */
export interface NameOptions {
  /** The number of a port's name; undefined: there is none. */
  readonly portNumber?: (name: string) => number | undefined;
  readonly tableNumber?: (name: string) => number | undefined;
}

const max64 = (1n << 64n) - 1n;

/** By number of bits: how many numbers they hold. A power costs a call. */
const room: readonly number[] = Array.from({ length: 33 }, (_, bits) => 2 ** bits);

/** C's strtoull() in base 0: `0x10` is 16, `010` is 8, `-1` all ones of 64 bits; undefined when the text is no number. */
export function numberText(text: string): bigint | undefined {
  const found = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(text);
  const digits = found?.[2];
  if (!digits) return undefined;
  const octal = digits.length > 1 && digits.startsWith('0') && !/^0[xX]/.test(digits);
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  if (value > max64) return undefined;
  return found?.[1] === '-' ? BigInt.asUintN(64, -value) : value;
}

/** The number of a plain decimal or hexadecimal text that a JavaScript number holds: nearly all there are. */
function plainNumber(text: string): number | undefined {
  const { length } = text;
  const first = text.charCodeAt(0);
  let value = 0;
  if (first === zero && length > 1) {
    if ((text.charCodeAt(1) | lowerCase) !== letterX || length < 3 || length > 14) return undefined;
    for (let i = 2; i < length; i++) {
      const digit = hexDigit(text.charCodeAt(i));
      if (digit === -1) return undefined;
      value = value * 16 + digit;
    }
    return value;
  }
  if (length === 0 || length > 15) return undefined;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - zero;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

const zero = 48;
const lowerCase = 0x20;
const letterX = 120;
const letterA = 97;

/** What a character is worth in hexadecimal; -1 when it is no digit. */
export function hexDigit(code: number): number {
  if (code >= zero && code <= zero + 9) return code - zero;
  const letter = (code | lowerCase) - letterA;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

function wrong(text: Piece, bits: number, what: string): OpenFlowTextError {
  return unexpected(text, `${what} from 0 to ${(1n << BigInt(bits)) - 1n}`);
}

/** A number of at most `bits` bits; a negative one is its two's complement in 64 bits. */
export function parseUnsigned(text: Piece, bits: number, what = 'a number'): bigint {
  const plain = plainNumber(text.text);
  const value = plain === undefined ? numberText(text.text) : BigInt(plain);
  if (value === undefined || value >> BigInt(bits) !== 0n) throw wrong(text, bits, what);
  return value;
}

/** A number of at most `bits` bits, of which there are at most 32. */
export function parseInteger(text: Piece, bits: number, what = 'a number'): number {
  const plain = plainNumber(text.text);
  const value = plain ?? Number(numberText(text.text) ?? -1n);
  if (!(value >= 0 && value < (room[bits] as number))) throw wrong(text, bits, what);
  return value;
}

/**
 * The value of a field, of `bytes` bytes (OVS lib/util.c, parse_int_string()): hexadecimal of any length, with spaces in
 * between; else as C reads it.
 */
export function parseFieldNumber(text: Piece, bytes: number, what: string): bigint {
  const plain = plainNumber(text.text);
  const value = plain === undefined ? fieldNumber(text.text) : BigInt(plain);
  if (value === undefined || value >> BigInt(8 * bytes) !== 0n) throw wrong(text, 8 * bytes, what);
  return value;
}

/** The same of a field of at most 4 bytes. */
export function parseFieldInteger(text: Piece, bytes: number, what: string): number {
  const value = plainNumber(text.text) ?? Number(fieldNumber(text.text) ?? -1n);
  if (!(value >= 0 && value < (room[8 * bytes] as number))) throw wrong(text, 8 * bytes, what);
  return value;
}

function fieldNumber(text: string): bigint | undefined {
  if (!/^0x/i.test(text)) return numberText(text);
  const digits = text.slice(2).replace(/\s/g, '');
  return /^[0-9a-f]+$/i.test(digits) ? BigInt(`0x${digits}`) : undefined;
}

/** A number between two others. */
export function parseWithin(text: Piece, min: number, max: number, what: string): number {
  const number = plainNumber(text.text) ?? Number(numberText(text.text) ?? -1n);
  if (!(number >= min && number <= max)) throw unexpected(text, `${what} from ${min} to ${max}`);
  return number;
}

/** A number without sign that OVS reads in base 10, so that 010 is 10; undefined when the text is none. */
export function decimalText(text: string): number | undefined {
  const { length } = text;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - zero;
    if (!(digit >= 0 && digit <= 9) || length > 15) return oddDecimal(text);
    value = value * 10 + digit;
  }
  return length === 0 ? undefined : value;
}

/** The same with spaces, a plus or more digits than a number has. */
function oddDecimal(text: string): number | undefined {
  return /^\s*\+?[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** A number in base 10, at most `max`. */
export function parseDecimal(text: Piece, max: number, what = 'a number', min = 0): number {
  const number = decimalText(text.text);
  if (number === undefined || number < min || number > max) throw unexpected(text, `${what} from ${min} to ${max}`);
  return number;
}

const portNames: ReadonlyMap<string, number> = new Map([
  ['in_port', reservedPorts.inPort],
  ['table', reservedPorts.table],
  ['normal', reservedPorts.normal],
  ['flood', reservedPorts.flood],
  ['all', reservedPorts.all],
  ['controller', reservedPorts.controller],
  ['local', reservedPorts.local],
  ['any', reservedPorts.any],
  ['unset', reservedPorts.unset],
  ['none', reservedPorts.any],
]);

/** Ports of OpenFlow 1.0, which mean those of 32 bits that stand as high. */
const last16 = 0xffff;
const first32 = 0xffffff00;

/** The port that a text names; undefined when it names none. */
export function portOf(text: string, options: NameOptions): number | undefined {
  const number = decimalText(text);
  if (number !== undefined) {
    if (number < 0xff00) return number;
    if (number <= last16) return number + 0xffff0000;
    return number >= first32 && number <= 0xffffffff ? number : undefined;
  }
  const reserved = portNames.get(text.toLowerCase());
  if (reserved !== undefined) return reserved;
  return options.portNumber?.(unquote(text));
}

export function parsePort(text: Piece, options: NameOptions): number {
  const number = portOf(text.text, options);
  if (number === undefined) throw unexpected(text, 'a port: 0 to 65279, LOCAL, IN_PORT, NORMAL, ... or a known name');
  return number;
}

/** 0 to `max`. */
export function parseTable(text: Piece, options: NameOptions, max = 254): number {
  const number = decimalText(text.text) ?? options.tableNumber?.(unquote(text.text));
  if (number === undefined || number > max) throw unexpected(text, `a table: 0 to ${max}, or a known name`);
  return number;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    const name: unknown = JSON.parse(text);
    return typeof name === 'string' ? name : text;
  } catch {
    return text;
  }
}
