// Where packets go: ports, groups, queues, tables (OpenFlow 1.5.1 section 7.2.6; OVS lib/ofp-actions.c).

import { port, portFrom16, portTo16 } from '../../flow/ports.ts';
import { packBits, unpackBits } from '../nicira.ts';
import { bitsOf, hasShortHeader, readFieldHeader, writeFieldHeader } from '../oxm.ts';
import { type ActionForm, type ActionOf, fixed, nicira, nothing } from './action-codec.ts';

/** OFPCML_NO_BUFFER: send the whole packet to the controller. */
export const wholePacket = 0xffff;

export const output: ActionForm<ActionOf<'output'>> = {
  place: { type: 0 },
  encode(action, writer) {
    writer.u32(action.port);
    writer.u16(action.maxLength ?? (action.port === port.controller ? wholePacket : 0));
    writer.zeros(6);
  },
  decode(reader) {
    const number = reader.u32();
    const maxLength = reader.u16();
    reader.pad(6);
    return maxLength === 0 && number !== port.controller
      ? { kind: 'output', port: number }
      : { kind: 'output', port: number, maxLength };
  },
};

type OutputReg = ActionOf<'output_reg'>;

export const outputReg: readonly ActionForm<OutputReg>[] = [
  {
    place: nicira(15),
    fits: ({ from }) => hasShortHeader(from.field),
    encode({ from, maxLength = wholePacket }, writer) {
      writer.u16(packBits(from.offset, from.bits));
      writeFieldHeader(writer, from, 0);
      writer.u16(maxLength);
      writer.zeros(6);
    },
    decode(reader) {
      const bits = unpackBits(reader.u16());
      const field = readFieldHeader(reader, 0);
      const maxLength = reader.u16();
      reader.pad(6);
      return field && outputRegOf(bitsOf(field, bits.offset, bits.bits), maxLength);
    },
  },
  fixed(14, {
    place: nicira(32),
    form: 'NXAST_OUTPUT_REG2',
    encode({ from, maxLength = wholePacket }, writer) {
      const start = writer.length;
      writer.u16(packBits(from.offset, from.bits));
      writer.u16(maxLength);
      writeFieldHeader(writer, from, 0);
      writer.zeros(14 - (writer.length - start));
    },
    decode(reader) {
      const bits = unpackBits(reader.u16());
      const maxLength = reader.u16();
      const field = readFieldHeader(reader, 0);
      reader.pad(reader.remaining);
      return field && outputRegOf(bitsOf(field, bits.offset, bits.bits), maxLength);
    },
  }),
];

function outputRegOf(from: OutputReg['from'], maxLength: number): OutputReg {
  return { kind: 'output_reg', from, ...(maxLength !== wholePacket && { maxLength }) };
}

export const outputTrunc: ActionForm<ActionOf<'output_trunc'>> = {
  place: nicira(39),
  encode(action, writer) {
    writer.u16(portTo16(action.port));
    writer.u32(action.maxLength);
  },
  decode: reader => ({ kind: 'output_trunc', port: portFrom16(reader.u16()), maxLength: reader.u32() }),
};

export const group: ActionForm<ActionOf<'group'>> = {
  place: { type: 22 },
  encode: (action, writer) => writer.u32(action.group),
  decode: reader => ({ kind: 'group', group: reader.u32() }),
};

export const setQueue: ActionForm<ActionOf<'set_queue'>> = {
  place: { type: 21 },
  encode: (action, writer) => writer.u32(action.queue),
  decode: reader => ({ kind: 'set_queue', queue: reader.u32() }),
};

export const popQueue = nothing(nicira(5), { kind: 'pop_queue' });

type Resubmit = ActionOf<'resubmit'>;

const thisTable = 0xff;

function resubmitTable(subtype: number, ct: boolean): ActionForm<Resubmit> {
  return {
    place: nicira(subtype),
    fits: action => (action.ct ?? false) === ct,
    encode(action, writer) {
      writer.u16(portTo16(action.inPort ?? port.inPort));
      writer.u8(action.table ?? thisTable);
      writer.zeros(3);
    },
    decode(reader) {
      const inPort = portFrom16(reader.u16());
      const table = reader.u8();
      reader.pad(3);
      return {
        kind: 'resubmit',
        ...(table !== thisTable && { table }),
        ...(inPort !== port.inPort && { inPort }),
        ...(ct && { ct }),
      };
    },
  };
}

export const resubmit: readonly ActionForm<Resubmit>[] = [
  resubmitTable(14, false),
  resubmitTable(44, true),
  {
    // The oldest, which knows no table.
    place: nicira(1),
    form: 'NXAST_RESUBMIT',
    encode(action, writer) {
      writer.u16(portTo16(action.inPort ?? port.inPort));
      writer.zeros(4);
    },
    decode(reader) {
      const inPort = portFrom16(reader.u16());
      reader.pad(4);
      return { kind: 'resubmit', ...(inPort !== port.inPort && { inPort }) };
    },
  },
];

export const meter: ActionForm<ActionOf<'meter'>> = {
  place: { type: 29, since: 0x06 },
  encode: (action, writer) => writer.u32(action.meter),
  decode: reader => ({ kind: 'meter', meter: reader.u32() }),
};
