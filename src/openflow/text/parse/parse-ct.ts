// ct(...) and nat(...) (OVS lib/ofp-actions.c, parse_CT() and parse_NAT()).

import { AddressError, parseIp } from '../../../lib/address.ts';
import type { Mutable } from '../../../lib/mutable.ts';
import type { Action, CtAction, CtNat } from '../../flow/action.ts';
import type { Subfield } from '../../flow/match.ts';
import type { ActionContext } from './context.ts';
import { cut, named, type Piece, pairs, unexpected } from './cursor.ts';
import { numberText, parseTable } from './parse-number.ts';
import { subfieldOf } from './parse-subfield.ts';

const algs: Readonly<Record<string, number>> = { ftp: 21, tftp: 69 };

type Address = NonNullable<CtNat['address']>;

/** `min`, `min-max`, each `10.0.0.1`, `fe80::1` or `[fe80::1]`. */
function parseAddresses(text: Piece): Address {
  const [first, last] = text.text.split('-');
  const read = (part: string) => parseIp(part.replace(/^\[(.*)\]$/, '$1'));
  try {
    const min = read(first ?? '');
    const max = last === undefined ? undefined : read(last);
    if (min.family === 4 && max?.family !== 6 && !(max && max.value < min.value)) {
      return { family: 4, min: min.value, ...(max && { max: max.value }) };
    }
    if (min.family === 6 && max?.family !== 4 && !(max && max.value < min.value)) {
      return { family: 6, min: min.value, ...(max && { max: max.value }) };
    }
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
  }
  throw unexpected(text, 'an address, or two of one family in order');
}

function parsePorts(text: Piece): NonNullable<CtNat['port']> {
  const found = /^(\d+)(?:-(\d+))?$/.exec(text.text);
  const min = Number(found?.[1] ?? Number.NaN);
  const max = found?.[2] === undefined ? undefined : Number(found[2]);
  if (!(min <= 65535) || (max !== undefined && (max > 65535 || max < min))) {
    throw unexpected(text, 'a port, or two in order');
  }
  return { min, ...(max !== undefined && { max }) };
}

/**
 * `address[-address][:port[-port]]`; an IPv6 address with ports stands in brackets. Zeros say nothing: OVS leaves them
 * out.
 */
function parseRange(text: Piece): Pick<CtNat, 'address' | 'port'> {
  if (text.text === '') return {};
  const isFour = /^\d+\.\d+\.\d+\.\d+/.test(text.text);
  const colon = isFour ? text.text.indexOf(':') : text.text.indexOf(']:') + 1 || -1;
  const address = parseAddresses(colon === -1 ? text : cut(text, 0, colon));
  const port = colon === -1 ? undefined : parsePorts(cut(text, colon + 1));
  const startsAtZero = (range: { readonly min: number | bigint; readonly max?: number | bigint }) =>
    !range.min && range.max;
  if (startsAtZero(address) || (port && startsAtZero(port))) throw unexpected(text, 'a range that does not start at 0');
  return { ...(address.min && { address }), ...(port?.min && { port }) };
}

export function parseNat(text: Piece): CtNat {
  const nat: Mutable<CtNat> = {};
  for (const { key, value } of pairs(text)) {
    switch (key.text) {
      case 'src':
      case 'dst':
        if (nat.direction) throw unexpected(key, 'one of src and dst only');
        nat.direction = key.text;
        Object.assign(nat, parseRange(value));
        break;
      case 'persistent':
        nat.persistent = true;
        break;
      case 'hash':
      case 'random':
        if (nat.mode && nat.mode !== key.text) throw unexpected(key, 'one of hash and random only');
        nat.mode = key.text;
        break;
      default:
        throw unexpected(key, 'src, dst, persistent, hash or random');
    }
  }
  if (!nat.direction && (nat.persistent || nat.mode)) throw unexpected(text, 'src or dst beside the flags');
  return nat;
}

function parseZone(text: Piece): number | Subfield {
  const code = text.text.charCodeAt(0);
  const number = code > 57 ? undefined : numberText(text.text);
  if (number !== undefined && number <= 0xffffn) return Number(number);
  const subfield = subfieldOf(text);
  if (subfield?.bits !== 16) throw unexpected(text, 'a zone from 0 to 65535, or 16 bits of a field');
  return subfield;
}

/** What they need of the packet is looked at with the whole ct: beside a zone from a field, OVS does not look at all. */
function insideCt(context: ActionContext): ActionContext {
  const { packet: _, ...others } = context;
  return { ...others, outer: 'ct' };
}

export function parseCt(
  text: Piece,
  context: ActionContext,
  parseInner: (text: Piece, context: ActionContext) => readonly Action[],
): CtAction {
  const ct: Mutable<CtAction> = { kind: 'ct' };
  for (const { key, value } of pairs(text)) {
    switch (key.text) {
      case 'commit':
        ct.commit = true;
        break;
      case 'force':
        ct.force = true;
        break;
      case 'table':
        ct.table = parseTable(value, context);
        break;
      case 'zone': {
        const zone = parseZone(value);
        if (zone === 0) delete ct.zone;
        else ct.zone = zone;
        break;
      }
      case 'alg': {
        const alg = named(algs, value.text);
        if (alg === undefined) throw unexpected(value, 'ftp or tftp');
        ct.alg = alg;
        break;
      }
      case 'nat':
        ct.nat = parseNat(value);
        break;
      case 'exec':
        ct.exec = [...(ct.exec ?? []), ...parseInner(value, insideCt(context))];
        break;
      default:
        throw unexpected(key, 'commit, force, table, zone, alg, nat or exec');
    }
  }
  if (ct.force && !ct.commit) throw unexpected(text, 'commit beside force');
  return ct;
}
