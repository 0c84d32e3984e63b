// Numbers, ports and tables as ovs-ofctl reads them: C's numbers, so that 0x10 is 16 and 010 is 8.

import { port as reservedPorts } from '../../flow/ports.ts';
import { type Piece, unexpected } from './cursor.ts';

/** Numbers of the names that a text may use. */
export interface NameOptions {
  /** The number of a port's name; undefined: there is none. */
  readonly portNumber?: (name: string) => number | undefined;
  readonly tableNumber?: (name: string) => number | undefined;
}

/** A number without sign; undefined when the text is none. */
export function numberText(text: string): bigint | undefined {
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text}`);
  return /^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(text) ? BigInt(text) : undefined;
}

/** A number of at most `bits` bits; a negative one is its two's complement in 64 bits. */
export function parseUnsigned(text: Piece, bits: number, what = 'a number'): bigint {
  const negative = text.text.startsWith('-');
  const number = numberText(negative ? text.text.slice(1) : text.text);
  const value = number === undefined || !negative ? number : BigInt.asUintN(64, -number);
  if (value === undefined || value >> BigInt(bits) !== 0n) {
    throw unexpected(text, `${what} from 0 to ${(1n << BigInt(bits)) - 1n}`);
  }
  return value;
}

export function parseInteger(text: Piece, bits: 8 | 16 | 32, what?: string): number {
  return Number(parseUnsigned(text, bits, what));
}

/** A number between two others. */
export function parseWithin(text: Piece, min: number, max: number, what: string): number {
  const number = numberText(text.text);
  if (number === undefined || number < BigInt(min) || number > BigInt(max)) {
    throw unexpected(text, `${what} from ${min} to ${max}`);
  }
  return Number(number);
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

/** Ports of OpenFlow 1.0 that mean a reserved one. */
const firstReserved16 = 0xfff7;
const last16 = 0xffff;
const first32 = 0xffffff00;

/** The port that a text names; undefined when it names none. */
export function portOf(text: string, options: NameOptions): number | undefined {
  if (/^[0-9]+$/.test(text)) {
    const number = Number(text);
    if (number < firstReserved16) return number < 0xff00 ? number : number + 0xffff0000;
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

/** 0 to 255. */
export function parseTable(text: Piece, options: NameOptions): number {
  const number = numberText(text.text);
  if (number !== undefined && number <= 255n) return Number(number);
  const named = number === undefined ? options.tableNumber?.(unquote(text.text)) : undefined;
  if (named === undefined) throw unexpected(text, 'a table: 0 to 254, or a known name');
  return named;
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
