// Actions of OpenFlow 1.5.1 section 7.2.6.

import type { Writer } from '../../wire/writer.ts';
import type { ActionCodec, ActionDecoder, ActionOf } from './action-codec.ts';

/** OFPCML_NO_BUFFER: send the whole packet to the controller. */
export const wholePacket = 0xffff;

export const output: ActionCodec<ActionOf<'output'>> = {
  number: () => ({ type: 0 }),
  encodeBody(action, writer) {
    writer.u32(action.port);
    writer.u16(action.maxLength ?? (action.port === 0xfffffffd ? wholePacket : 0));
    writer.zeros(6);
  },
};

export const decodeOutput: ActionDecoder = reader => {
  const port = reader.u32();
  const maxLength = reader.u16();
  // Only the controller port has a meaning for the length.
  return maxLength === 0 && port !== 0xfffffffd ? { kind: 'output', port } : { kind: 'output', port, maxLength };
};

export const group: ActionCodec<ActionOf<'group'>> = {
  number: () => ({ type: 22 }),
  encodeBody: (action, writer) => writer.u32(action.group),
};

export const decodeGroup: ActionDecoder = reader => ({ kind: 'group', group: reader.u32() });

export const meter: ActionCodec<ActionOf<'meter'>> = {
  number: () => ({ type: 29 }),
  encodeBody: (action, writer) => writer.u32(action.meter),
};

export const decodeMeter: ActionDecoder = reader => ({ kind: 'meter', meter: reader.u32() });

export const pushVlan: ActionCodec<ActionOf<'push_vlan'>> = {
  number: () => ({ type: 17 }),
  encodeBody: (action, writer) => writer.u16(action.etherType),
};

export const decodePushVlan: ActionDecoder = reader => ({ kind: 'push_vlan', etherType: reader.u16() });

const nothing = (_action: unknown, writer: Writer) => writer.zeros(4);

export const popVlan: ActionCodec<ActionOf<'pop_vlan'>> = { number: () => ({ type: 18 }), encodeBody: nothing };
export const decTtl: ActionCodec<ActionOf<'dec_ttl'>> = { number: () => ({ type: 24 }), encodeBody: nothing };

export const decodePopVlan: ActionDecoder = () => ({ kind: 'pop_vlan' });
export const decodeDecTtl: ActionDecoder = () => ({ kind: 'dec_ttl' });
