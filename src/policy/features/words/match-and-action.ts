// Words for matches and actions, so that a unit reads like the flows that it makes.

import type { Ip, Prefix } from '../../../lib/address.ts';
import { netmask, networkOf, widthOf } from '../../../lib/address.ts';
import type { Action } from '../../../openflow/actions/all.ts';
import type { FieldName } from '../../../openflow/flow/fields.ts';
import type { FieldValue, MatchField, Subfield } from '../../../openflow/flow/match.ts';
import { etherTypes, untagged, vlanPresent } from '../../constants.ts';
import { PolicyError } from '../../errors.ts';
import { maskOf } from '../../registers.ts';

/** `field` equals `value`, in the bits of `mask` when there is one. */
export function is(field: FieldName, value: FieldValue, mask?: FieldValue): MatchField {
  return mask === undefined ? { field, value } : { field, value, mask };
}

interface Operand {
  readonly value: FieldValue;
  /** Absent: the whole field. */
  readonly mask?: FieldValue;
}

/** As the field table wants it: registers are 32 bits wide, numbers; xxregs 128, bigints. @throws PolicyError for a value that does not fit */
function operandOf(register: Subfield, value: number | bigint): Operand {
  return register.field.startsWith('xx') ? wideOperand(register, value) : narrowOperand(register, Number(value));
}

function narrowOperand({ field, offset, bits }: Subfield, value: number): Operand {
  const [end, place] = [powers[bits] ?? 0, powers[offset] ?? 0];
  if (!(value >= 0 && value < end)) throw tooWide(field, bits, value);
  return bits === 32 ? { value } : { value: value * place, mask: (end - 1) * place };
}

/** Of two: each flow asks for some. */
const powers = Array.from({ length: 33 }, (_, exponent) => 2 ** exponent);

function wideOperand({ field, offset, bits }: Subfield, value: number | bigint): Operand {
  const bigValue = BigInt(value);
  if (bigValue < 0n || bigValue >> BigInt(bits) !== 0n) throw tooWide(field, bits, value);
  const shifted = bigValue << BigInt(offset);
  return bits === 128 ? { value: shifted } : { value: shifted, mask: maskOf({ offset, bits }) };
}

function tooWide(field: FieldName, bits: number, value: number | bigint): PolicyError {
  return new PolicyError('VALUE_TOO_WIDE', `${value} does not fit into ${bits} bits of ${field}`);
}

/** Both of them, which are of other bits of one register. */
function bothOf(field: FieldName, a: Operand, b: Operand): Operand {
  const isWide = field.startsWith('xx');
  const whole = isWide ? wholeWide : wholeNarrow;
  const [value, mask] = [BigInt(a.value) | BigInt(b.value), BigInt(a.mask ?? whole) | BigInt(b.mask ?? whole)];
  const cast = (bits: bigint): FieldValue => (isWide ? bits : Number(bits));
  return mask === whole ? { value: cast(value) } : { value: cast(value), mask: cast(mask) };
}

const wholeNarrow = maskOf({ offset: 0, bits: 32 });
const wholeWide = maskOf({ offset: 0, bits: 128 });

/** Conditions on bit ranges; ranges of one register become one masked condition, as OXM allows each field once. */
export function registersAre(...conditions: readonly (readonly [Subfield, number | bigint])[]): MatchField[] {
  const merged: MatchField[] = [];
  for (const [register, value] of conditions) {
    const { field } = register;
    const operand = operandOf(register, value);
    const at = merged.findIndex(before => before.field === field);
    if (at < 0) merged.push({ field, ...operand });
    else merged[at] = { field, ...bothOf(field, merged[at] as MatchField, operand) };
  }
  return merged;
}

/** Sets a bit range of a register. */
export function load(register: Subfield, value: number | bigint): Action {
  return { kind: 'set_field', field: register.field, ...operandOf(register, value) };
}

export function set(field: FieldName, value: FieldValue): Action {
  return { kind: 'set_field', field, value };
}

export function whole(field: FieldName, bits: number): Subfield {
  return { field, offset: 0, bits };
}

export function move(from: Subfield, to: Subfield): Action {
  return { kind: 'move', from, to };
}

export function ethType(family: 4 | 6): MatchField {
  return is('eth_type', family === 4 ? etherTypes.ipv4 : etherTypes.ipv6);
}

export const addressFields = {
  4: { source: 'ip_src', destination: 'ip_dst' },
  6: { source: 'ipv6_src', destination: 'ipv6_dst' },
} as const;

/** The packet's source or destination lies in `prefix`; the Ethernet type that this requires comes with it. */
export function inPrefix(end: 'source' | 'destination', prefix: Prefix): MatchField[] {
  const { ip, length } = networkOf(prefix);
  const type = ethType(ip.family);
  if (length === 0) return [type];
  const field = addressFields[ip.family][end];
  return [type, length === widthOf(ip.family) ? is(field, ip.value) : is(field, ip.value, netmask(ip.family, length))];
}

/** The packet's source or destination is `ip`. */
export function isAddress(end: 'source' | 'destination', ip: Ip): MatchField[] {
  return inPrefix(end, { ip, length: widthOf(ip.family) });
}

export function isTagged(vlan: number): MatchField {
  return is('vlan_vid', vlanPresent | vlan);
}

export function isUntagged(): MatchField {
  return is('vlan_vid', untagged);
}

export function pushVlan(vlan: number): Action[] {
  return [{ kind: 'push_vlan', etherType: etherTypes.vlan }, set('vlan_vid', vlanPresent | vlan)];
}
