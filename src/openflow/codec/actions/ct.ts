// NXAST_CT with its nested NXAST_NAT, and NXAST_CT_CLEAR (OVS lib/ofp-actions.c).

import { OpenFlowEncodeError } from '../../errors.ts';
import type { Action, CtAction, CtNat } from '../../flow/action.ts';
import { fieldByActionHeader, fieldOf } from '../../flow/fields.ts';
import type { Subfield } from '../../flow/match.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { niciraVendor, packBits, unpackBits } from '../nicira.ts';
import type { ActionCodec, ActionDecoder, ActionOf } from './action-codec.ts';

const natSubtype = 36;
const noTable = 0xff;
const flag = { commit: 1, force: 2 };
const natFlag = { src: 1, dst: 2, persistent: 4, hash: 8, random: 16 };
const range = { ipv4Min: 1, ipv4Max: 2, ipv6Min: 4, ipv6Max: 8, portMin: 16, portMax: 32 };

function encodeZone(writer: Writer, zone: number | Subfield): void {
  if (typeof zone === 'number') {
    writer.u32(0);
    writer.u16(zone);
    return;
  }
  const field = fieldOf(zone.field);
  if (zone.bits !== 16) throw new OpenFlowEncodeError('OF_BAD_VALUE', 'a ct zone is 16 bits of a field');
  // OVS names the field by its NXM header where it has one.
  const { oxmClass, number } = field.inActions ?? field.alias ?? field;
  writer.u16(oxmClass);
  writer.u16((number << 9) | (field.inActions ? 2 : field.bytes));
  writer.u16(packBits(zone.offset, zone.bits));
}

/** The zone; null when its field is not in the table, or is not cut to 16 bits. */
function decodeZone(reader: Reader): number | Subfield | null {
  const header = reader.u32();
  const zone = reader.u16();
  if (header === 0) return zone;
  const field = fieldByActionHeader(header >>> 16, (header >>> 9) & 0x7f);
  const { offset, bits } = unpackBits(zone);
  return field && bits === 16 ? { field: field.name, offset, bits } : null;
}

function encodeNat(writer: Writer, nat: CtNat): void {
  const { address, port } = nat;
  const start = writer.length;
  writer.u16(0xffff);
  writer.u16(0);
  writer.u32(niciraVendor);
  writer.u16(natSubtype);
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
  writer.align(start, 8);
  writer.patchLength(start + 2, start, 'a nat action');
}

/** Reads the nested NAT when it is the next action; undefined when it is not. */
function decodeNat(reader: Reader): CtNat | undefined {
  const isNat =
    reader.remaining >= 16 &&
    reader.peekU16(0) === 0xffff &&
    reader.peekU32(4) === niciraVendor &&
    reader.peekU16(8) === natSubtype;
  if (!isNat) return undefined;
  const body = reader.sub(Math.max(reader.peekU16(2), 16));
  body.skip(10);
  body.pad(2);
  const flags = body.u16();
  const present = body.u16();
  const has = (bit: number) => (present & bit) !== 0;
  let address: CtNat['address'];
  if (has(range.ipv4Min)) {
    const min = body.u32();
    address = { family: 4, min, ...(has(range.ipv4Max) && { max: body.u32() }) };
  } else if (has(range.ipv6Min)) {
    const min = body.u128();
    address = { family: 6, min, ...(has(range.ipv6Max) && { max: body.u128() }) };
  }
  const port = has(range.portMin) ? { min: body.u16(), ...(has(range.portMax) && { max: body.u16() }) } : undefined;
  return {
    ...(flags & natFlag.src ? { direction: 'src' } : flags & natFlag.dst ? { direction: 'dst' } : {}),
    ...(flags & natFlag.persistent && { persistent: true }),
    ...(flags & natFlag.hash ? { mode: 'hash' } : flags & natFlag.random ? { mode: 'random' } : {}),
    ...(address && { address }),
    ...(port && { port }),
  };
}

export const ct: ActionCodec<CtAction> = {
  number: () => ({ subtype: 35 }),
  encodeBody(action, writer, list) {
    writer.u16((action.commit ? flag.commit : 0) | (action.force ? flag.force : 0));
    encodeZone(writer, action.zone ?? 0);
    writer.u8(action.table ?? noTable);
    writer.zeros(3);
    writer.u16(action.alg ?? 0);
    if (action.nat) encodeNat(writer, action.nat);
    if (action.exec) list.encode(writer, action.exec);
  },
};

export const decodeCt: ActionDecoder = (reader, list) => {
  const flags = reader.u16();
  const zone = decodeZone(reader);
  const table = reader.u8();
  reader.pad(3);
  const alg = reader.u16();
  if (zone === null) return undefined;
  const nat = decodeNat(reader);
  const exec: readonly Action[] = list.decode(reader);
  return {
    kind: 'ct',
    ...(flags & flag.commit && { commit: true }),
    ...(flags & flag.force && { force: true }),
    ...(zone !== 0 && { zone }),
    ...(table !== noTable && { table }),
    ...(nat && { nat }),
    ...(alg !== 0 && { alg }),
    ...(exec.length > 0 && { exec }),
  };
};

export const ctClear: ActionCodec<ActionOf<'ct_clear'>> = {
  number: () => ({ subtype: 43 }),
  encodeBody: (_action, writer) => writer.zeros(6),
};

export const decodeCtClear: ActionDecoder = () => ({ kind: 'ct_clear' });
