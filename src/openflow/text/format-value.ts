// Values of fields as ovs-ofctl writes them (OVS lib/meta-flow.c, lib/packets.c, lib/flow.c).

import { formatIp, ipOf } from '../../lib/address.ts';
import type { Field } from '../flow/fields.ts';
import type { FieldValue } from '../flow/match.ts';
import { type FormatOptions, formatPort } from './names.ts';

/** `0`, or hexadecimal with its prefix: C's %#x. */
export function hex(value: FieldValue): string {
  return value === 0 || value === 0n ? '0' : `0x${value.toString(16)}`;
}

export function hexPadded(value: FieldValue, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** Bits of a prefix mask; undefined when the ones are not all in front. */
function prefixLength(mask: bigint, width: number): number | undefined {
  const inverted = (1n << BigInt(width)) - 1n - mask;
  if ((inverted & (inverted + 1n)) !== 0n) return undefined;
  return width - inverted.toString(2).replace(/^0$/, '').length;
}

/** As inet_ntop does: addresses that carry an IPv4 address show it. */
export function ipv6Text(value: bigint): string {
  const high = value >> 32n;
  const low = value & 0xffffffffn;
  if (high === 0xffffn) return `::ffff:${formatIp(ipOf(4, low))}`;
  if (high === 0n && low > 0xffffn) return `::${formatIp(ipOf(4, low))}`;
  return formatIp(ipOf(6, value));
}

function ipv4Text(value: FieldValue): string {
  const bits = Number(value);
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

export function ipText(family: 4 | 6, value: FieldValue, mask?: FieldValue): string {
  const text = family === 4 ? ipv4Text(value) : ipv6Text(BigInt(value));
  if (mask === undefined) return text;
  const length = prefixLength(BigInt(mask), family === 4 ? 32 : 128);
  return `${text}/${length ?? (family === 4 ? ipv4Text(mask) : ipv6Text(BigInt(mask)))}`;
}

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function oneMac(value: FieldValue): string {
  const bits = Number(value);
  const high = Math.floor(bits / 0x1_0000_0000);
  const low = bits >>> 0;
  return `${hexBytes[high >>> 8]}:${hexBytes[high & 255]}:${hexBytes[low >>> 24]}:${hexBytes[(low >>> 16) & 255]}:${hexBytes[(low >>> 8) & 255]}:${hexBytes[low & 255]}`;
}

export function macText(value: FieldValue, mask?: FieldValue): string {
  return mask === undefined ? oneMac(value) : `${oneMac(value)}/${oneMac(mask)}`;
}

const ctStates = ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat'];
const tcpFlags = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns', '[200]', '[400]', '[800]'];
const tunnelFlags = ['oam'];

export const flagNames = { ct_state: ctStates, tcp_flags: tcpFlags, tun_flags: tunnelFlags };

/** `new|trk` for an exact value, `+new-est` under a mask. */
export function flagsText(kind: keyof typeof flagNames, value: number, mask?: number): string {
  const names = flagNames[kind];
  let text = '';
  for (let bit = 0; bit < 32; bit++) {
    const isSet = ((value >>> bit) & 1) === 1;
    if (mask === undefined) {
      if (isSet) text += `${text === '' ? '' : '|'}${names[bit] ?? hex(2 ** bit)}`;
    } else if ((mask >>> bit) & 1) text += `${isSet ? '+' : '-'}${names[bit] ?? '[Unknown]'}`;
  }
  return text === '' ? (mask === undefined ? '0' : '0/0') : text;
}

/** `no`, `yes`, `first`, `later`, `not_later`. */
export function fragText(value: number, mask = 3): string {
  switch (mask & 3) {
    case 3:
      if (value & 1) return value & 2 ? 'later' : 'first';
      return value & 2 ? '<error>' : 'no';
    case 1:
      return value & 1 ? 'yes' : 'no';
    case 2:
      return value & 2 ? 'later' : 'not_later';
    default:
      return '<error>';
  }
}

/** `packet_type=(1,0x800)`: namespace and type; `eth` for a packet with an Ethernet header. */
export function packetTypeText(value: number): string {
  if (value === 0) return 'eth';
  return `packet_type=(${value >>> 16},${hex(value & 0xffff)})`;
}

/** A value in a set_field. */
export function formatFieldValue(
  field: Field,
  value: FieldValue,
  mask: FieldValue | undefined,
  options: FormatOptions,
): string {
  if (mask !== undefined && BigInt(mask) === 0n) return 'ANY';
  switch (field.print) {
    case 'decimal':
      return mask === undefined ? String(value) : `${value}/${hex(mask)}`;
    case 'hex':
      return mask === undefined ? hex(value) : `${hex(value)}/${hex(mask)}`;
    case 'mac':
      return macText(value, mask);
    case 'ipv4':
      return ipText(4, value, mask);
    case 'ipv6':
      return ipText(6, value, mask);
    case 'port':
      return formatPort(Number(value), options);
    case 'tun_flags':
      // Of its bits one is public: a mask with it is a whole one.
      return flagsText('tun_flags', Number(value) & 1, Number(mask ?? 1) & 1 ? undefined : 0);
    case 'ct_state':
    case 'tcp_flags':
      return flagsText(field.print, Number(value), mask === undefined ? undefined : Number(mask));
    case 'packet_type':
      return packetTypeText(Number(value));
    case 'frag':
      return fragText(Number(value), mask === undefined ? 3 : Number(mask));
  }
}
