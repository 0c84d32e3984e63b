// NXAST_MULTIPATH, NXAST_BUNDLE, NXAST_BUNDLE_LOAD: choosing by a hash (OVS include/openflow/nicira-ext.h,
// lib/multipath.c, lib/bundle.c).

import type { BundleAction, HashFields, MultipathAction } from '../../flow/action.ts';
import { portFrom16, portTo16 } from '../../flow/ports.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { nameOf, numberOf } from '../named.ts';
import { packBits, unpackBits } from '../nicira.ts';
import { bitsOf, readFieldHeader, writeFieldHeader } from '../oxm.ts';
import { type ActionForm, nicira } from './action-codec.ts';

/** By NX_HASH_FIELDS_* number. */
export const hashFields = [
  'eth_src',
  'symmetric_l4',
  'symmetric_l3l4',
  'symmetric_l3l4+udp',
  'nw_src',
  'nw_dst',
  'symmetric_l3',
] as const satisfies readonly HashFields[];

/** By NX_MP_ALG_* number. */
export const multipathAlgorithms = ['modulo_n', 'hash_threshold', 'hrw', 'iter_hash'] as const;

/** By NX_BD_ALG_* number. */
export const bundleAlgorithms = ['active_backup', 'hrw'] as const;

export const multipath: ActionForm<MultipathAction> = {
  place: nicira(10),
  encode(action, writer) {
    writer.u16(numberOf(hashFields, action.fields));
    writer.u16(action.basis);
    writer.zeros(2);
    writer.u16(numberOf(multipathAlgorithms, action.algorithm));
    writer.u16(action.links - 1);
    writer.u32(action.argument);
    writer.zeros(2);
    writer.u16(packBits(action.to.offset, action.to.bits));
    writeFieldHeader(writer, action.to, 0);
  },
  decode(reader) {
    const fields = reader.u16();
    const basis = reader.u16();
    reader.pad(2);
    const algorithm = reader.u16();
    const links = reader.u16() + 1;
    const argument = reader.u32();
    reader.pad(2);
    const bits = unpackBits(reader.u16());
    const field = readFieldHeader(reader, 0);
    return (
      field && {
        kind: 'multipath',
        fields: nameOf(hashFields, fields),
        basis,
        algorithm: nameOf(multipathAlgorithms, algorithm),
        links,
        argument,
        to: bitsOf(field, bits.offset, bits.bits),
      }
    );
  },
};

/** NXM_OF_IN_PORT: members are port numbers, of 16 bits. */
const memberType = 0x00000002;

function encodeBundle(action: BundleAction, writer: Writer): void {
  writer.u16(numberOf(bundleAlgorithms, action.algorithm));
  writer.u16(numberOf(hashFields, action.fields));
  writer.u16(action.basis);
  writer.u32(memberType);
  writer.u16(action.members.length);
  if (action.to) {
    writer.u16(packBits(action.to.offset, action.to.bits));
    writeFieldHeader(writer, action.to, 0);
  } else {
    writer.zeros(6);
  }
  writer.zeros(4);
  for (const member of action.members) writer.u16(portTo16(member));
}

function decodeBundle(reader: Reader, loads: boolean): BundleAction | undefined {
  const algorithm = reader.u16();
  const fields = reader.u16();
  const basis = reader.u16();
  if (reader.u32() !== memberType) return undefined;
  const count = reader.u16();
  const bits = loads ? unpackBits(reader.u16()) : undefined;
  const field = loads ? readFieldHeader(reader, 0) : undefined;
  if (!loads) reader.pad(6);
  reader.pad(4);
  const members = Array.from({ length: Math.min(count, reader.remaining / 2) }, () => portFrom16(reader.u16()));
  if (members.length !== count || reader.remaining > 6 || (loads && !field)) return undefined;
  reader.pad(reader.remaining);
  return {
    kind: 'bundle',
    fields: nameOf(hashFields, fields),
    basis,
    algorithm: nameOf(bundleAlgorithms, algorithm),
    members,
    ...(field && bits && { to: bitsOf(field, bits.offset, bits.bits) }),
  };
}

export const bundle: readonly ActionForm<BundleAction>[] = [
  {
    place: nicira(12),
    fits: action => action.to === undefined,
    encode: encodeBundle,
    decode: reader => decodeBundle(reader, false),
  },
  { place: nicira(13), encode: encodeBundle, decode: reader => decodeBundle(reader, true) },
];
