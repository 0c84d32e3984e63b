// NXT_CT_FLUSH_ZONE and NXT_CT_FLUSH (OVS lib/ofp-print.c, lib/ofp-ct.c).

import type { CtFlush, CtTuple } from '../../codec/messages/ct-flush.ts';
import type { CtFlushZone } from '../../codec/messages/nicira-messages.ts';
import { ipText } from '../format-value.ts';
import type { MessagePrinter } from '../message-printer.ts';

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

export const ctFlush: MessagePrinter<CtFlush> = {
  name: 'NXT_CT_FLUSH',
  print(message) {
    const { original = {}, reply = {}, protocol, zone = 0 } = message;
    const prefix = family(message) === 4 ? 'ct_nw' : 'ct_ipv6';
    const isIcmp = icmpProtocols.includes(protocol);
    const there = `${tupleText(original, prefix, isIcmp)},ct_nw_proto=${protocol}`;
    return ` zone=${zone} '${there}' '${tupleText(reply, prefix, isIcmp)}'`;
  },
};
