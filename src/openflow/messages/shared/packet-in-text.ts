// The first line of a packet-in as text (OVS lib/ofp-packet.c).

import { numberOf } from '../../codec/named.ts';
import type { Match } from '../../flow/match.ts';
import { type PacketInReason, packetInReasons, packetInReasonTexts } from '../../flow/packet-in-reason.ts';
import { matchText } from '../../text/format-match.ts';
import { type FormatOptions, formatTable } from '../../text/names.ts';
import type { PacketIn2 } from './packet-in-properties.ts';

const noCookie = 0xffff_ffff_ffff_ffffn;

function reasonText(reason: PacketInReason): string {
  const number = numberOf(packetInReasons, reason);
  return packetInReasonTexts[number] ?? String(number);
}

export function packetTypeOf(match: Match): number {
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

export function firstLine(message: AnyPacketIn, options: FormatOptions): string {
  const { table = 0, cookie = noCookie, reason = 0, bufferId, data, totalLength = data.length } = message;
  const named = table !== 0 || options.tableName?.(table) !== undefined;
  return [
    named ? ` table_id=${formatTable(table, options)}` : '',
    cookie === noCookie ? '' : ` cookie=0x${cookie.toString(16)}`,
    ` total_len=${totalLength} ${matchText(message, options)} (via ${reasonText(reason)}) data_len=${data.length}`,
    bufferText(bufferId, totalLength, data.length),
  ].join('');
}
