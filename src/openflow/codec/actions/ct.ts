// NXAST_CT with its nested NXAST_NAT, and NXAST_CT_CLEAR (OVS lib/ofp-actions.c).

import type { Mutable } from '../../../lib/mutable.ts';
import { OpenFlowEncodeError } from '../../errors.ts';
import type { CtAction, CtNat } from '../../flow/action.ts';
import { experimenterClass } from '../../flow/fields.ts';
import type { Subfield } from '../../flow/match.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { packBits, unpackBits } from '../nicira.ts';
import { bitsOf, hasShortHeader, readFieldHeader, writeFieldHeader } from '../oxm.ts';
import { type ActionForm, type ActionOf, nicira, nothing } from './action-codec.ts';

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
  if (zone.bits !== 16) throw new OpenFlowEncodeError('OF_BAD_VALUE', 'a ct zone is 16 bits of a field');
  if (!hasShortHeader(zone.field)) {
    throw new OpenFlowEncodeError('OF_BAD_VALUE', `a ct zone cannot come from ${zone.field}`);
  }
  writeFieldHeader(writer, zone, 0);
  writer.u16(packBits(zone.offset, zone.bits));
}

/** The zone; null when its field is not in the table, or is not cut to 16 bits. */
function decodeZone(reader: Reader): number | Subfield | null {
  if (reader.peekU32(0) === 0) {
    reader.skip(4);
    return reader.u16();
  }
  const field = reader.peekU16(0) === experimenterClass ? undefined : readFieldHeader(reader, 0);
  if (!field) return null;
  const { offset, bits } = unpackBits(reader.u16());
  return bits === 16 ? bitsOf(field, offset, bits) : null;
}

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

export const nat: ActionForm<ActionOf<'nat'>> = {
  place: nicira(36),
  encode: (action, writer) => encodeNat(writer, action.nat),
  decode(reader) {
    const decoded = decodeNat(reader);
    return decoded && { kind: 'nat', nat: decoded };
  },
};

export const ct: ActionForm<CtAction> = {
  place: nicira(35),
  encode(action, writer, list) {
    writer.u16((action.commit ? flag.commit : 0) | (action.force ? flag.force : 0));
    encodeZone(writer, action.zone ?? 0);
    writer.u8(action.table ?? noTable);
    writer.zeros(3);
    writer.u16(action.alg ?? 0);
    if (action.nat) list.encode(writer, [{ kind: 'nat', nat: action.nat }]);
    if (action.exec) list.encode(writer, action.exec);
  },
  decode(reader, list) {
    const flags = reader.u16();
    const zone = decodeZone(reader);
    if (zone === null || flags > 3) return undefined;
    const table = reader.u8();
    reader.pad(3);
    const alg = reader.u16();
    const [first, ...others] = list.decode(reader);
    const exec = first?.kind === 'nat' ? others : first ? [first, ...others] : [];
    const action: Mutable<CtAction> = { kind: 'ct' };
    if (flags & flag.commit) action.commit = true;
    if (flags & flag.force) action.force = true;
    if (zone !== 0) action.zone = zone;
    if (table !== noTable) action.table = table;
    if (first?.kind === 'nat') action.nat = first.nat;
    if (alg !== 0) action.alg = alg;
    if (exec.length > 0) action.exec = exec;
    return action;
  },
};

export const ctClear = nothing(nicira(43), { kind: 'ct_clear' });
