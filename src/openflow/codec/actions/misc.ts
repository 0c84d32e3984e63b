// The rest of OVS's own actions (lib/ofp-actions.c).

import type { SampleAction } from '../../flow/action.ts';
import { port, portFrom16, portTo16 } from '../../flow/ports.ts';
import { nameOf, numberOf } from '../named.ts';
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

function sample2(subtype: number, form: 'NXAST_SAMPLE2' | 'NXAST_SAMPLE3'): ActionForm<SampleAction> {
  return {
    place: nicira(subtype),
    form,
    fits: action => form === 'NXAST_SAMPLE3' || directionNumber(action) === 0,
    encode(action, writer) {
      writer.u16(action.probability);
      writer.u32(action.collectorSet);
      writer.u32(action.observationDomain);
      writer.u32(action.observationPoint);
      writer.u16(portTo16(action.samplingPort ?? port.any));
      writer.u8(directionNumber(action));
      writer.zeros(5);
    },
    decode(reader) {
      const fixed = {
        kind: 'sample' as const,
        probability: reader.u16(),
        collectorSet: reader.u32(),
        observationDomain: reader.u32(),
        observationPoint: reader.u32(),
      };
      const samplingPort = portFrom16(reader.u16());
      const direction = reader.u8();
      reader.pad(5);
      return {
        ...fixed,
        ...(samplingPort !== port.any && { samplingPort }),
        ...(direction !== 0 && { direction: nameOf(directions, direction) }),
      };
    },
  };
}

export const sample: readonly ActionForm<SampleAction>[] = [
  {
    place: nicira(29),
    fits: action => action.samplingPort === undefined && action.direction === undefined,
    encode(action, writer) {
      writer.u16(action.probability);
      writer.u32(action.collectorSet);
      writer.u32(action.observationDomain);
      writer.u32(action.observationPoint);
    },
    decode: reader => ({
      kind: 'sample',
      probability: reader.u16(),
      collectorSet: reader.u32(),
      observationDomain: reader.u32(),
      observationPoint: reader.u32(),
    }),
  },
  sample2(38, 'NXAST_SAMPLE2'),
  sample2(41, 'NXAST_SAMPLE3'),
];
