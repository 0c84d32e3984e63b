// The rest of OVS's own actions (lib/ofp-actions.c).

import { OpenFlowEncodeError } from '../../errors.ts';
import type { SampleAction } from '../../flow/action.ts';
import { experimenterClass } from '../../flow/fields.ts';
import type { Subfield } from '../../flow/match.ts';
import { port, portFrom16, portTo16 } from '../../flow/ports.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { nameOf, numberOf } from '../named.ts';
import { packBits, unpackBits } from '../nicira.ts';
import { bitsOf, hasShortHeader, readFieldHeader, writeFieldHeader } from '../oxm.ts';
import { type ActionForm, type ActionOf, nicira, nothing } from './action-codec.ts';

export const exit = nothing(nicira(17), { kind: 'exit' });
export const debugSlow = nothing(nicira(254), { kind: 'debug_slow' });
export const debugRecirc = nothing(nicira(255), { kind: 'debug_recirc' });

export const conjunction: ActionForm<ActionOf<'conjunction'>> = {
  place: nicira(34),
  encode(action, writer) {
    writer.u8(action.clause);
    writer.u8(action.clauses);
    writer.u32(action.id);
  },
  decode(reader) {
    const clause = reader.u8();
    const clauses = reader.u8();
    return { kind: 'conjunction', id: reader.u32(), clause, clauses };
  },
};

/** NXAST_NOTE. Its padding is part of the note: nothing says where it ends. */
export const note: ActionForm<ActionOf<'note'>> = {
  place: nicira(8),
  encode: (action, writer) => writer.raw(action.note),
  decode: reader => ({ kind: 'note', note: reader.rest() }),
};

export const finTimeout: ActionForm<ActionOf<'fin_timeout'>> = {
  place: nicira(19),
  encode(action, writer) {
    writer.u16(action.idleTimeout);
    writer.u16(action.hardTimeout);
    writer.zeros(2);
  },
  decode(reader) {
    const idleTimeout = reader.u16();
    const hardTimeout = reader.u16();
    reader.pad(2);
    return { kind: 'fin_timeout', idleTimeout, hardTimeout };
  },
};

export const writeMetadata: ActionForm<ActionOf<'nx_write_metadata'>> = {
  place: nicira(22),
  encode(action, writer) {
    writer.zeros(6);
    writer.u64(action.value);
    writer.u64(action.mask);
  },
  decode(reader) {
    reader.pad(6);
    return { kind: 'nx_write_metadata', value: reader.u64(), mask: reader.u64() };
  },
};

export const clone: ActionForm<ActionOf<'clone'>> = {
  place: nicira(42),
  encode(action, writer, list) {
    writer.zeros(6);
    list.encode(writer, action.actions);
  },
  decode(reader, list) {
    reader.pad(6);
    return { kind: 'clone', actions: list.decode(reader) };
  },
};

/** By NX_ACTION_SAMPLE_* number; 0 is the default. */
const directions = [undefined, 'ingress', 'egress'] as const;

function directionNumber({ direction }: SampleAction): number {
  return numberOf(directions, direction);
}

/** Numbers that the older forms have room for alone. */
type Numbered = SampleAction & { readonly observationDomain: number; readonly observationPoint: number };

function isNumbered(action: SampleAction): action is Numbered {
  return typeof action.observationDomain === 'number' && typeof action.observationPoint === 'number';
}

function writeNumbers(writer: Writer, action: SampleAction): void {
  if (!isNumbered(action)) throw new OpenFlowEncodeError('OF_BAD_VALUE', 'ids from fields need NXAST_SAMPLE4');
  writer.u16(action.probability);
  writer.u32(action.collectorSet);
  writer.u32(action.observationDomain);
  writer.u32(action.observationPoint);
}

function readNumbers(reader: Reader): Omit<Numbered, 'kind'> {
  return {
    probability: reader.u16(),
    collectorSet: reader.u32(),
    observationDomain: reader.u32(),
    observationPoint: reader.u32(),
  };
}

function writePort(writer: Writer, action: SampleAction): void {
  writer.u16(portTo16(action.samplingPort ?? port.any));
  writer.u8(directionNumber(action));
  writer.zeros(5);
}

function readPort(reader: Reader): Pick<SampleAction, 'samplingPort' | 'direction'> {
  const samplingPort = portFrom16(reader.u16());
  const direction = reader.u8();
  reader.pad(5);
  return {
    ...(samplingPort !== port.any && { samplingPort }),
    ...(direction !== 0 && { direction: nameOf(directions, direction) }),
  };
}

/** An observation id: a header of zeros and a number, or a field and its bits. */
function writeId(writer: Writer, id: number | Subfield): void {
  if (typeof id === 'number') {
    writer.u32(0);
    writer.u32(id);
    return;
  }
  if (id.bits > 32 || !hasShortHeader(id.field)) {
    throw new OpenFlowEncodeError('OF_BAD_VALUE', `an observation id cannot come from ${id.bits} bits of ${id.field}`);
  }
  writeFieldHeader(writer, id, 0);
  writer.u16(packBits(id.offset, id.bits));
  writer.zeros(2);
}

/** Undefined when its field is not in the table. */
function readId(reader: Reader): number | Subfield | undefined {
  if (reader.peekU32(0) === 0) {
    reader.skip(4);
    return reader.u32();
  }
  const field = reader.peekU16(0) === experimenterClass ? undefined : readFieldHeader(reader, 0);
  if (!field) return undefined;
  const { offset, bits } = unpackBits(reader.u16());
  reader.pad(2);
  return bits > 32 ? undefined : bitsOf(field, offset, bits);
}

function sample2(subtype: number, form: 'NXAST_SAMPLE2' | 'NXAST_SAMPLE3'): ActionForm<SampleAction> {
  return {
    place: nicira(subtype),
    form,
    fits: action => isNumbered(action) && (form === 'NXAST_SAMPLE3' || directionNumber(action) === 0),
    encode(action, writer) {
      writeNumbers(writer, action);
      writePort(writer, action);
    },
    decode: reader => ({ kind: 'sample', ...readNumbers(reader), ...readPort(reader) }),
  };
}

export const sample: readonly ActionForm<SampleAction>[] = [
  {
    place: nicira(29),
    fits: action => isNumbered(action) && action.samplingPort === undefined && action.direction === undefined,
    encode: (action, writer) => writeNumbers(writer, action),
    decode: reader => ({ kind: 'sample', ...readNumbers(reader) }),
  },
  sample2(38, 'NXAST_SAMPLE2'),
  sample2(41, 'NXAST_SAMPLE3'),
  {
    place: nicira(51),
    form: 'NXAST_SAMPLE4',
    encode(action, writer) {
      writer.u16(action.probability);
      writer.u32(action.collectorSet);
      writeId(writer, action.observationDomain);
      writeId(writer, action.observationPoint);
      writePort(writer, action);
    },
    decode(reader) {
      const probability = reader.u16();
      const collectorSet = reader.u32();
      const observationDomain = readId(reader);
      const observationPoint = observationDomain === undefined ? undefined : readId(reader);
      if (observationDomain === undefined || observationPoint === undefined) return undefined;
      return { kind: 'sample', probability, collectorSet, observationDomain, observationPoint, ...readPort(reader) };
    },
  },
];
