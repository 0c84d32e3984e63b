// Actions on fields: OFPAT_SET_FIELD, with a mask since 1.5, and OFPAT_COPY_FIELD (OpenFlow 1.5.1 sections 7.2.6.7
// and 7.2.6.8). OVS over 1.5 turns every load into the first and every move into the second.

import { fieldOf } from '../../flow/fields.ts';
import { readActionHeader, readActionOxm, writeActionHeader, writeActionOxm } from '../oxm.ts';
import type { ActionCodec, ActionDecoder, ActionOf } from './action-codec.ts';

export const setField: ActionCodec<ActionOf<'set_field'>> = {
  number: () => ({ type: 25 }),
  encodeBody: (action, writer) => writeActionOxm(writer, fieldOf(action.field), action.value, action.mask),
};

export const decodeSetField: ActionDecoder = reader => {
  const oxm = readActionOxm(reader);
  if (!oxm) return undefined;
  const { field, value, mask } = oxm;
  return mask === undefined
    ? { kind: 'set_field', field: field.name, value }
    : { kind: 'set_field', field: field.name, value, mask };
};

export const move: ActionCodec<ActionOf<'move'>> = {
  number: () => ({ type: 28 }),
  encodeBody({ from, to }, writer) {
    writer.u16(to.bits);
    writer.u16(from.offset);
    writer.u16(to.offset);
    writer.zeros(2);
    writeActionHeader(writer, fieldOf(from.field));
    writeActionHeader(writer, fieldOf(to.field));
  },
};

export const decodeMove: ActionDecoder = reader => {
  const bits = reader.u16();
  const fromOffset = reader.u16();
  const toOffset = reader.u16();
  reader.pad(2);
  const from = readActionHeader(reader);
  const to = readActionHeader(reader);
  if (!from || !to) return undefined;
  return {
    kind: 'move',
    from: { field: from.name, offset: fromOffset, bits },
    to: { field: to.name, offset: toOffset, bits },
  };
};
