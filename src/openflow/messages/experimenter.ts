// OFPT_EXPERIMENTER (OpenFlow 1.5.1 section 7.5.5): a vendor's message.

import { hexDump } from '../text/hex-dump.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

/** A vendor's message that has no kind of its own here. */
export interface Experimenter {
  readonly kind: 'experimenter';
  readonly experimenter: number;
  /** The vendor's own; absent in a message too short to have one. */
  readonly type?: number;
  readonly data: Uint8Array;
}

export const experimenter: MessageDefinition<Experimenter> = {
  kind: 'experimenter',
  places: [{ type: 4 }],
  encode(body, writer) {
    writer.u32(body.experimenter);
    if (body.type !== undefined) writer.u32(body.type);
    writer.raw(body.data);
  },
  decode(reader) {
    const experimenter = reader.u32();
    const type = reader.remaining >= 4 ? reader.u32() : undefined;
    return { kind: 'experimenter', experimenter, ...(type !== undefined && { type }), data: reader.rest() };
  },
  name: 'OFPT_EXPERIMENTER',
  print({ experimenter: vendor, type = 0, data }) {
    const text = ` experimenter=0x${vendor.toString(16).padStart(8, '0')} type=${type}`;
    return data.length > 0 ? `${text}\n${hexDump(data)}` : text;
  },
};
