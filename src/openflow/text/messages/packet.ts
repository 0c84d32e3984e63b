// OFPT_PACKET_IN and Nicira's forms of it, NXT_RESUME, OFPT_PACKET_OUT (OVS lib/ofp-packet.c).

import { formatActions } from '../../actions/list/print.ts';
import { type PacketOut, packetInReasonNumber, type StandardPacketIn } from '../../codec/messages/packet.ts';
import type { PacketIn2 } from '../../codec/messages/packet-in2.ts';
import type { Match } from '../../flow/match.ts';
import { type PacketInReason, packetInReasonTexts } from '../../flow/packet-in-reason.ts';
import { formatContinuation } from '../format-continuation.ts';
import { matchText } from '../format-match.ts';
import { formatPacket } from '../format-packet.ts';
import type { MessagePrinter } from '../message-printer.ts';
import { type FormatOptions, formatTable } from '../names.ts';

const noCookie = 0xffff_ffff_ffff_ffffn;

function reasonText(reason: PacketInReason): string {
  const number = packetInReasonNumber(reason);
  return packetInReasonTexts[number] ?? String(number);
}

function packetTypeOf(match: Match): number {
  return Number(match.find(({ field }) => field === 'packet_type')?.value ?? 0);
}

function bufferText(bufferId: number | undefined, totalLength: number, length: number): string {
  if (bufferId === undefined) {
    return totalLength === length ? ' (unbuffered)' : ' (unbuffered) (***total_len != data_len***)';
  }
  const text = ` buffer=0x${bufferId.toString(16).padStart(8, '0')}`;
  return totalLength < length ? `${text} (***total_len < data_len***)` : text;
}

type AnyPacketIn = Omit<PacketIn2<'packet_in2'>, 'kind' | 'propertyOrder'>;

function firstLine(message: AnyPacketIn, options: FormatOptions): string {
  const { table = 0, cookie = noCookie, reason = 0, bufferId, data, totalLength = data.length } = message;
  const named = table !== 0 || options.tableName?.(table) !== undefined;
  return [
    named ? ` table_id=${formatTable(table, options)}` : '',
    cookie === noCookie ? '' : ` cookie=0x${cookie.toString(16)}`,
    ` total_len=${totalLength} ${matchText(message, options)} (via ${reasonText(reason)}) data_len=${data.length}`,
    bufferText(bufferId, totalLength, data.length),
  ].join('');
}

export const packetIn: MessagePrinter<StandardPacketIn> = {
  name: 'OFPT_PACKET_IN',
  print: (message, options) =>
    `${firstLine(message, options)}\n${formatPacket(message.data, packetTypeOf(message.match))}`,
};

export const nxPacketIn: MessagePrinter<StandardPacketIn<'nx_packet_in'>> = {
  name: 'NXT_PACKET_IN',
  print: (message, options) =>
    `${firstLine(message, options)}\n${formatPacket(message.data, packetTypeOf(message.match))}`,
};

export function packetIn2<Kind extends 'packet_in2' | 'resume'>(name: string): MessagePrinter<PacketIn2<Kind>> {
  return {
    name,
    print(message, options) {
      const { userdata, continuation, data, match, version } = message;
      // As in the switch, a length of 0 is none.
      const { totalLength, ...others } = message;
      return [
        firstLine(totalLength ? message : others, options),
        ...(userdata?.length
          ? [
              ` userdata=${Buffer.from(userdata)
                .toString('hex')
                .replace(/..(?=.)/g, '$&.')}`,
            ]
          : []),
        ...(continuation ? formatContinuation(continuation, version, options) : []),
        formatPacket(data, packetTypeOf(match)),
      ].join('\n');
    },
  };
}

export const packetOut: MessagePrinter<PacketOut> = {
  name: 'OFPT_PACKET_OUT',
  print(message, options) {
    const { actions, data, bufferId } = message;
    const what = ` ${matchText(message, options)} actions=${formatActions(actions, options)}`;
    if (bufferId !== undefined) return `${what} buffer=0x${bufferId.toString(16).padStart(8, '0')}`;
    const packet = data.length > 0 ? `\n${formatPacket(data, packetTypeOf(message.match))}` : '';
    return `${what} data_len=${data.length}${packet}`;
  },
};
