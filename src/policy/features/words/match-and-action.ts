// Words for matches and actions, so that a unit reads like the flows that it makes.

import type { Ip, Prefix } from '../../../lib/address.ts';
import { netmask, networkOf, widthOf } from '../../../lib/address.ts';
import type { Action } from '../../../openflow/flow/action.ts';
import type { FieldName } from '../../../openflow/flow/fields.ts';
import type { FieldValue, MatchField, Subfield } from '../../../openflow/flow/match.ts';
import { etherTypes, untagged, vlanPresent } from '../../constants.ts';
import { PolicyError } from '../../errors.ts';
import { maskOf } from '../../registers.ts';

/** `field` equals `value`, in the bits of `mask` when there is one. */
export function is(field: FieldName, value: FieldValue, mask?: FieldValue): MatchField {
  return mask === undefined ? { field, value } : { field, value, mask };
}

/** @throws PolicyError for a value that does not fit */
function shifted({ field, offset, bits }: Subfield, value: number | bigint): { value: bigint; mask: bigint } {
  const bigValue = BigInt(value);
  if (bigValue < 0n || bigValue >> BigInt(bits) !== 0n)
    throw new PolicyError('VALUE_TOO_WIDE', `${value} does not fit into ${bits} bits of ${field}`);
  return { value: bigValue << BigInt(offset), mask: maskOf({ offset, bits }) };
}

/** As the field table wants it: registers are 32 bits wide, numbers; xxregs 128, bigints. A whole one has no mask. */
function operandOf(field: FieldName, value: bigint, mask: bigint): { value: FieldValue; mask?: FieldValue } {
  const wide = field.startsWith('xx');
  const cast = (bits: bigint): FieldValue => (wide ? bits : Number(bits));
  return mask === (1n << (wide ? 128n : 32n)) - 1n ? { value: cast(value) } : { value: cast(value), mask: cast(mask) };
}

/** Conditions on bit ranges; ranges of one register become one masked condition, as OXM allows each field once. */
export function registersAre(...conditions: readonly (readonly [Subfield, number | bigint])[]): MatchField[] {
  const merged = new Map<FieldName, { value: bigint; mask: bigint }>();
  for (const [register, value] of conditions) {
    const operand = shifted(register, value);
    const before = merged.get(register.field) ?? { value: 0n, mask: 0n };
    merged.set(register.field, { value: before.value | operand.value, mask: before.mask | operand.mask });
  }
  return [...merged].map(([field, { value, mask }]) => ({ field, ...operandOf(field, value, mask) }));
}

/** Sets a bit range of a register. */
export function load(register: Subfield, value: number | bigint): Action {
  const operand = shifted(register, value);
  return { kind: 'set_field', field: register.field, ...operandOf(register.field, operand.value, operand.mask) };
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
