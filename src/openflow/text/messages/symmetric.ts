// Hello, echo, and what is not known (OVS lib/ofp-util.c, lib/ofp-print.c).

import { encode, type UnknownMessage } from '../../codec/message.ts';
import type { Echo, Experimenter, Hello } from '../../codec/messages/symmetric.ts';
import { hexDump } from '../hex-dump.ts';
import type { MessagePrinter } from '../message-printer.ts';

/** Without a bitmap, a peer speaks all versions up to that of its header. */
function versionsUpTo(version: number): readonly number[] {
  return Array.from({ length: Math.min(version, 31) }, (_, i) => i + 1);
}

/** A version that OVS knows no number for does not count. */
const highestBit = 31;

export const hello: MessagePrinter<Hello> = {
  name: 'OFPT_HELLO',
  print(message) {
    const named = message.versions?.filter(version => version > 0 && version <= highestBit) ?? [];
    const known = named.length > 0 ? named : versionsUpTo(message.version);
    const text = `\n version bitmap: ${known.map(version => `0x${version.toString(16).padStart(2, '0')}`).join(', ')}`;
    const strange = message.elements !== undefined || (message.versions !== undefined && named.length === 0);
    return strange ? `${text}\n unknown data in hello:\n${hexDump(encode({ ...message, kind: 'hello' }))}` : text;
  },
};

export function echo<Kind extends 'echo_request' | 'echo_reply'>(name: string): MessagePrinter<Echo<Kind>> {
  return {
    name,
    print({ data }) {
      const text = ` ${data.length} bytes of payload`;
      return data.length > 0 ? `${text}\n${hexDump(data)}` : text;
    },
  };
}

/** ovs-ofctl has no name for these; what it prints is an error. */
export const experimenter: MessagePrinter<Experimenter> = {
  name: 'OFPT_EXPERIMENTER',
  print({ experimenter: vendor, type = 0, data }) {
    const text = ` experimenter=0x${vendor.toString(16).padStart(8, '0')} type=${type}`;
    return data.length > 0 ? `${text}\n${hexDump(data)}` : text;
  },
};

export const unknown: MessagePrinter<UnknownMessage> = {
  name: ({ type }) => `OFPT ${type}`,
  print: ({ data }) => (data.length > 0 ? `\n${hexDump(data)}` : ''),
};
