// Actions on fields: OFPAT_SET_FIELD, with a mask since 1.5, and OFPAT_COPY_FIELD (OpenFlow 1.5.1 sections 7.2.6.7
// and 7.2.6.8), and what OVS has for earlier versions (lib/ofp-actions.c). Over 1.5 OVS turns every load into the
// first and every move into the second; over 1.3 a masked set_field becomes loads (see lower.ts).

import type { LegacyField } from '../../flow/action.ts';
import type { Subfield } from '../../flow/match.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow14, openflow15 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { packBits, unpackBits } from '../nicira.ts';
import { onfVendor } from '../onf.ts';
import { bitsOf, readActionOxm, readFieldHeader, writeActionOxm, writeFieldHeader } from '../oxm.ts';
import { type ActionForm, type ActionOf, fixed, nicira } from './action-codec.ts';

type SetField = ActionOf<'set_field'>;

function setFieldForm(place: ActionForm<SetField>['place'], extension = false): ActionForm<SetField> {
  const versionOf = (version: number) => (extension ? 0 : version);
  return {
    place,
    encode(action, writer) {
      writeActionOxm(writer, action, versionOf(writer.version));
    },
    decode(reader) {
      const oxm = readActionOxm(reader, versionOf(reader.version));
      if (!oxm || reader.remaining > 7) return undefined;
      reader.pad(reader.remaining);
      const { field, value, mask } = oxm;
      if (oxm.header !== undefined || oxm.bytes !== undefined) return { kind: 'set_field', ...oxm };
      return mask === undefined ? { kind: 'set_field', field, value } : { kind: 'set_field', field, value, mask };
    },
  };
}

export const setField: readonly ActionForm<SetField>[] = [
  setFieldForm({ type: 25, since: openflow15 }),
  { ...setFieldForm({ type: 25, until: openflow14 }), fits: action => action.mask === undefined },
  { ...setFieldForm({ ...nicira(33), until: openflow14 }, true), form: 'NXAST_REG_LOAD2' },
];

export const load: ActionForm<ActionOf<'load'>> = {
  place: { ...nicira(7), until: openflow14 },
  encode({ to, value }, writer) {
    writer.u16(packBits(to.offset, to.bits));
    writeFieldHeader(writer, to, 0);
    writer.u64(value);
  },
  decode(reader) {
    const bits = unpackBits(reader.u16());
    const field = readFieldHeader(reader, 0);
    return field && { kind: 'load', to: bitsOf(field, bits.offset, bits.bits), value: reader.u64() };
  },
};

type Move = ActionOf<'move'>;

interface MoveBody {
  /** Bytes of padding between offsets and headers. */
  readonly pad: number;
  readonly version: (version: number) => number;
}

function writeMove(writer: Writer, { from, to }: Move, { pad, version }: MoveBody): void {
  writer.u16(to.bits);
  writer.u16(from.offset);
  writer.u16(to.offset);
  writer.zeros(pad);
  writeFieldHeader(writer, from, version(writer.version));
  writeFieldHeader(writer, to, version(writer.version));
}

function readMove(reader: Reader, { pad, version }: MoveBody): Move | undefined {
  const bits = reader.u16();
  const fromOffset = reader.u16();
  const toOffset = reader.u16();
  reader.pad(pad);
  const from = readFieldHeader(reader, version(reader.version));
  const to = from && readFieldHeader(reader, version(reader.version));
  if (!to || reader.remaining > 7) return undefined;
  reader.pad(reader.remaining);
  return { kind: 'move', from: bitsOf(from, fromOffset, bits), to: bitsOf(to, toOffset, bits) };
}

const copyField: MoveBody = { pad: 2, version: version => version };
const regMove: MoveBody = { pad: 0, version: () => 0 };

export const move: readonly ActionForm<Move>[] = [
  {
    place: { type: 28, since: openflow15 },
    encode: (action, writer) => writeMove(writer, action, copyField),
    decode: reader => readMove(reader, copyField),
  },
  {
    place: { ...nicira(6), until: openflow14 },
    encode: (action, writer) => writeMove(writer, action, regMove),
    decode: reader => readMove(reader, regMove),
  },
  {
    place: { vendor: onfVendor, subtype: 3200, until: openflow14 },
    form: 'ONFACT_COPY_FIELD',
    encode(action, writer) {
      writer.zeros(2);
      writeMove(writer, action, copyField);
    },
    decode(reader) {
      reader.pad(2);
      return readMove(reader, copyField);
    },
  },
];

/** NXAST_STACK_PUSH and NXAST_STACK_POP. */
function stack<K extends 'push' | 'pop'>(
  kind: K,
  subtype: number,
): ActionForm<{ readonly kind: K; readonly subfield: Subfield }> {
  return fixed(14, {
    place: nicira(subtype),
    encode({ subfield }, writer) {
      const start = writer.length;
      writer.u16(subfield.offset);
      writeFieldHeader(writer, subfield, 0);
      writer.u16(subfield.bits);
      writer.zeros(14 - (writer.length - start));
    },
    decode(reader) {
      const offset = reader.u16();
      const field = readFieldHeader(reader, 0);
      if (!field) return undefined;
      const bits = reader.u16();
      reader.pad(reader.remaining);
      return { kind, subfield: bitsOf(field, offset, bits) };
    },
  });
}

export const push = stack('push', 27);
export const pop = stack('pop', 28);

export const deleteField: ActionForm<ActionOf<'delete_field'>> = fixed(14, {
  place: nicira(50),
  encode(action, writer) {
    const start = writer.length;
    writeFieldHeader(writer, action, 0);
    writer.zeros(14 - (writer.length - start));
  },
  decode(reader) {
    const field = readFieldHeader(reader, 0);
    if (!field) return undefined;
    reader.pad(reader.remaining);
    return { kind: 'delete_field', ...field };
  },
});

export const checkPktLarger: ActionForm<ActionOf<'check_pkt_larger'>> = fixed(14, {
  place: nicira(49),
  encode({ length, to }, writer) {
    const start = writer.length;
    writer.u16(length);
    writer.u16(to.offset);
    writeFieldHeader(writer, to, 0);
    writer.zeros(14 - (writer.length - start));
  },
  decode(reader) {
    const length = reader.u16();
    const offset = reader.u16();
    const field = readFieldHeader(reader, 0);
    if (!field) return undefined;
    reader.pad(reader.remaining);
    return { kind: 'check_pkt_larger', length, to: { ...field, offset } };
  },
});

type SetTunnel = ActionOf<'set_tunnel'>;

export const setTunnel: readonly ActionForm<SetTunnel>[] = [
  {
    place: nicira(2),
    fits: action => !action.wide,
    encode(action, writer) {
      writer.zeros(2);
      writer.u32(Number(action.tunnel));
    },
    decode(reader) {
      reader.pad(2);
      return { kind: 'set_tunnel', tunnel: BigInt(reader.u32()) };
    },
  },
  {
    place: nicira(9),
    encode(action, writer) {
      writer.zeros(6);
      writer.u64(action.tunnel);
    },
    decode(reader) {
      reader.pad(6);
      return { kind: 'set_tunnel', tunnel: reader.u64(), wide: true };
    },
  },
];

type SetLegacy = ActionOf<'set_legacy'>;

/** OFPAT_* number and width of what OpenFlow 1.1 could set (OpenFlow 1.1.0 section A.2.5). */
const legacyFields: Readonly<Record<LegacyField, readonly [type: number, bytes: 1 | 2 | 4 | 6]>> = {
  vlan_vid: [1, 2],
  vlan_pcp: [2, 1],
  dl_src: [3, 6],
  dl_dst: [4, 6],
  nw_src: [5, 4],
  nw_dst: [6, 4],
  nw_tos: [7, 1],
  nw_ecn: [8, 1],
  tp_src: [9, 2],
  tp_dst: [10, 2],
  mpls_label: [13, 4],
  mpls_tc: [14, 1],
};

export const setLegacy: readonly ActionForm<SetLegacy>[] = Object.entries(legacyFields).map(
  ([name, [type, bytes]]): ActionForm<SetLegacy> => {
    const field = name as LegacyField;
    const pad = bytes === 6 ? 6 : 4 - bytes;
    return {
      place: { type },
      fits: action => action.field === field,
      encode({ value }, writer) {
        if (bytes === 6) writer.mac(BigInt(value));
        else writer.unsigned(BigInt(value), bytes);
        writer.zeros(pad);
      },
      decode(reader) {
        const value = bytes === 6 ? reader.mac() : Number(reader.unsigned(bytes));
        reader.pad(pad);
        return { kind: 'set_legacy', field, value };
      },
    };
  },
);
