// NXAST_NAT, which stands in a ct: `nat(src=10.0.0.1-10.0.0.9:1024-2047)` (OVS lib/ofp-actions.c, parse_NAT()).

import { AddressError, parseIp } from '../../lib/address.ts';
import type { Mutable } from '../../lib/mutable.ts';
import { ipText } from '../text/format-value.ts';
import { cut, type Piece, pairs, unexpected } from '../text/parse/cursor.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** `nat(...)`. Without `direction`: translate as the connection was committed (ovs-actions(7)). */
export interface CtNat {
  readonly direction?: 'src' | 'dst';
  readonly persistent?: boolean;
  readonly mode?: 'hash' | 'random';
  readonly address?:
    | { readonly family: 4; readonly min: number; readonly max?: number }
    | { readonly family: 6; readonly min: bigint; readonly max?: bigint };
  readonly port?: { readonly min: number; readonly max?: number };
}

/** A `nat` that does not stand first in its `ct`; no switch takes it. */
export interface NatAction {
  readonly kind: 'nat';
  readonly nat: CtNat;
}

const natFlag = { src: 1, dst: 2, persistent: 4, hash: 8, random: 16 };
const range = { ipv4Min: 1, ipv4Max: 2, ipv6Min: 4, ipv6Max: 8, portMin: 16, portMax: 32 };

function encodeNat(writer: Writer, nat: CtNat): void {
  const { address, port } = nat;
  writer.zeros(2);
  writer.u16(
    (nat.direction ? natFlag[nat.direction] : 0) |
      (nat.persistent ? natFlag.persistent : 0) |
      (nat.mode ? natFlag[nat.mode] : 0),
  );
  const four = address?.family === 4;
  writer.u16(
    (address ? (four ? range.ipv4Min : range.ipv6Min) : 0) |
      (address?.max !== undefined ? (four ? range.ipv4Max : range.ipv6Max) : 0) |
      (port ? range.portMin : 0) |
      (port?.max !== undefined ? range.portMax : 0),
  );
  if (address?.family === 4) {
    writer.u32(address.min);
    if (address.max !== undefined) writer.u32(address.max);
  } else if (address) {
    writer.u128(address.min);
    if (address.max !== undefined) writer.u128(address.max);
  }
  if (port) {
    writer.u16(port.min);
    if (port.max !== undefined) writer.u16(port.max);
  }
}

/** Reads a NAT; undefined when it has more in it than this library knows. */
function decodeNat(reader: Reader): CtNat | undefined {
  reader.pad(2);
  const flags = reader.u16();
  const present = reader.u16();
  const has = (bit: number) => (present & bit) !== 0;
  const bothDirections = (flags & 3) === 3;
  const bothModes = (flags & 24) === 24;
  const bothFamilies = has(3) && has(12);
  const maxAlone = (has(2) && !has(1)) || (has(8) && !has(4)) || (has(32) && !has(16));
  if (flags > 31 || present > 63 || bothDirections || bothModes || bothFamilies || maxAlone) return undefined;
  let address: CtNat['address'];
  if (has(range.ipv4Min)) {
    const min = reader.u32();
    address = { family: 4, min, ...(has(range.ipv4Max) && { max: reader.u32() }) };
  } else if (has(range.ipv6Min)) {
    const min = reader.u128();
    address = { family: 6, min, ...(has(range.ipv6Max) && { max: reader.u128() }) };
  }
  const port = has(range.portMin) ? { min: reader.u16(), ...(has(range.portMax) && { max: reader.u16() }) } : undefined;
  if (reader.remaining > 7) return undefined;
  reader.pad(reader.remaining);
  const nat: Mutable<CtNat> = {};
  if (flags & (natFlag.src | natFlag.dst)) nat.direction = flags & natFlag.src ? 'src' : 'dst';
  if (flags & natFlag.persistent) nat.persistent = true;
  if (flags & (natFlag.hash | natFlag.random)) nat.mode = flags & natFlag.hash ? 'hash' : 'random';
  if (address) nat.address = address;
  if (port) nat.port = port;
  return nat;
}

function printRange({ address, port: ports }: CtNat): string {
  if (!address) return '';
  const { family, min, max } = address;
  const showsPorts = ports !== undefined && ports.min !== 0;
  const text = (value: number | bigint) =>
    family === 6 && showsPorts ? `[${ipText(6, value)}]` : ipText(family, value);
  // Zero of either type.
  const isOne = !max || max === min;
  const addresses = isOne ? text(min) : `${text(min)}-${text(max)}`;
  if (!showsPorts) return `=${addresses}`;
  return !ports.max || ports.max === ports.min
    ? `=${addresses}:${ports.min}`
    : `=${addresses}:${ports.min}-${ports.max}`;
}

export function printNat(nat: CtNat): string {
  const { direction, address, persistent, mode } = nat;
  if (!direction) return 'nat';
  const flags = address ? `${persistent ? ',persistent' : ''}${mode ? `,${mode}` : ''}` : '';
  return `nat(${direction}${printRange(nat)}${flags})`;
}

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

/** Without a flag that is not set; itself when there is none such. */
export function canonicalNat(nat: CtNat): CtNat {
  if (nat.persistent !== false) return nat;
  const { persistent: _, ...others } = nat;
  return others;
}

export const nat: ActionDefinition<NatAction> = {
  kind: 'nat',
  forms: [
    {
      place: nicira(36),
      encode: (action, writer) => encodeNat(writer, action.nat),
      decode(reader) {
        const decoded = decodeNat(reader);
        return decoded && { kind: 'nat', nat: decoded };
      },
    },
  ],
  print: action => printNat(action.nat),
  words: { nat: value => ({ kind: 'nat', nat: parseNat(value) }) },
};
