// NXAST_DECAP.

import { hex } from '../text/format-value.ts';
import { pairs, unexpected } from '../text/parse/cursor.ts';
import { ethernetPacket } from '../text/parse/packet.ts';
import { parseInteger, parseWithin } from '../text/parse/parse-number.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Takes the outermost header away; `packetType` 0xfffe: what the header says comes next. */
export interface DecapAction {
  readonly kind: 'decap';
  readonly packetType: number;
}

const nextProtocol = 0xfffe;
/** Nothing is known of what comes out of an unknown header. */
const unknownPacket = 0xffff;

const parse: ActionParser = text => {
  const [argument] = pairs(text);
  if (!argument) return { kind: 'decap', packetType: nextProtocol };
  if (argument.key.text !== 'packet_type') throw unexpected(argument.key, 'packet_type(ns=N,type=N) or nothing');
  const [namespace, type] = pairs(argument.value);
  if (namespace?.key.text !== 'ns' || type?.key.text !== 'type') throw unexpected(argument.value, 'ns=N,type=N');
  const high = parseWithin(namespace.value, 0, 1, 'a namespace');
  return { kind: 'decap', packetType: high * 0x10000 + parseInteger(type.value, 16, 'a type') };
};

export const decap: ActionDefinition<DecapAction> = {
  kind: 'decap',
  forms: [
    {
      place: nicira(47),
      encode(action, writer) {
        writer.zeros(2);
        writer.u32(action.packetType);
      },
      decode(reader) {
        reader.pad(2);
        return { kind: 'decap', packetType: reader.u32() };
      },
    },
  ],
  print({ packetType }) {
    if (packetType === nextProtocol) return 'decap()';
    return `decap(packet_type(ns=${packetType >>> 16},type=${hex(packetType & 0xffff)}))`;
  },
  words: { decap: parse },
  check(_, packet) {
    if (packet.packetType === ethernetPacket) packet.packetType = 0x10000 + packet.etherType;
    else {
      packet.packetType = unknownPacket;
      packet.etherType = 0xffff;
    }
  },
};
