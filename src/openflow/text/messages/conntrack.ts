// NXT_CT_FLUSH_ZONE and NXT_CT_FLUSH (OVS lib/ofp-print.c, lib/ofp-ct.c).

import type { CtFlush, CtTuple } from '../../codec/messages/ct-flush.ts';
import type { CtFlushZone } from '../../codec/messages/nicira-messages.ts';
import type { FieldValue } from '../../flow/match.ts';
import { hex, ipText } from '../format-value.ts';
import type { MessagePrinter } from '../message-printer.ts';
import { unknownProperties } from '../unknown.ts';

const icmpProtocols = [1, 58];
const mappedPrefix = 0xffffn;

export const ctFlushZone: MessagePrinter<CtFlushZone> = {
  name: 'NXT_CT_FLUSH_ZONE',
  print: ({ zone }) => ` zone_id=${zone}`,
};

function isIpv4(address: bigint): boolean {
  return address >> 32n === mappedPrefix;
}

function addressText(address: bigint): string {
  return isIpv4(address) ? ipText(4, address & 0xffffffffn) : ipText(6, address);
}

/** ovs-ofctl goes by the last address in the message. */
function family({ original, reply }: CtFlush): 4 | 6 {
  const last = [original?.source, original?.destination, reply?.source, reply?.destination]
    .filter(address => address !== undefined)
    .at(-1);
  return last !== undefined && isIpv4(last) ? 4 : 6;
}

function tupleText(tuple: CtTuple, prefix: string, isIcmp: boolean): string {
  const { source = 0n, destination = 0n, sourcePort = 0, destinationPort = 0 } = tuple;
  const { icmpId = 0, icmpType = 0, icmpCode = 0 } = tuple;
  const addresses = `${prefix}_src=${addressText(source)},${prefix}_dst=${addressText(destination)}`;
  return isIcmp
    ? `${addresses},icmp_id=${icmpId},icmp_type=${icmpType},icmp_code=${icmpCode}`
    : `${addresses},ct_tp_src=${sourcePort},ct_tp_dst=${destinationPort}`;
}

/** Without a mask, all bits count; under one of zeros, OVS shows nothing. */
function maskedText(name: string, value?: FieldValue, mask?: FieldValue, ones?: FieldValue): readonly string[] {
  if ((value === undefined && mask === undefined) || (mask !== undefined && BigInt(mask) === 0n)) return [];
  const isWhole = mask === undefined || mask === ones;
  return [`${name}=${hex(value ?? 0)}${isWhole ? '' : `/${hex(mask)}`}`];
}

export const ctFlush: MessagePrinter<CtFlush> = {
  name: 'NXT_CT_FLUSH',
  print(message) {
    const { original = {}, reply = {}, protocol, zone = 0 } = message;
    const prefix = family(message) === 4 ? 'ct_nw' : 'ct_ipv6';
    const isIcmp = icmpProtocols.includes(protocol);
    const there = `${tupleText(original, prefix, isIcmp)},ct_nw_proto=${protocol}`;
    const others = [
      ...maskedText('mark', message.mark, message.markMask, 0xffffffff),
      ...maskedText('labels', message.labels, message.labelsMask, (1n << 128n) - 1n),
      ...[message, original, reply].flatMap(({ propertyOrder }) => unknownProperties(propertyOrder)),
    ].map(text => `${text} `);
    return ` zone=${zone} ${others.join('')}'${there}' '${tupleText(reply, prefix, isIcmp)}'`;
  },
};
