// A match as data. The field table (fields.ts) says what each name is on the wire.

import type { FieldName } from './fields.ts';

/**
 * Fields up to 32 bits wide are numbers, wider ones bigints; both unsigned, in host order.
 * MAC addresses are 48-bit bigints, IPv4 addresses numbers, IPv6 addresses bigints.
 */
export type FieldValue = number | bigint;

/**
 * One OXM: the field must equal `value` in the bits that `mask` sets (all bits when there is no mask) (OpenFlow 1.5.1
 * section 7.2.3.2).
 */
export interface MatchField {
  readonly field: FieldName;
  readonly value: FieldValue;
  readonly mask?: FieldValue;
  /** Place among the field's headers of the one it came by, where that is not the one its version prefers. */
  readonly header?: number;
  /** Bytes of a tun_metadata value that starts with zeros. A mask of 0: the option is there, whatever its value. */
  readonly bytes?: number;
}

/** The fields that a packet must have; all of them (OpenFlow 1.5.1 section 7.2.3). */
export type Match = readonly MatchField[];

/** An OXM that the field table does not know, kept as it came, at its place among the OXMs of its match. */
export interface UnknownOxm {
  readonly position: number;
  /** Header and body. */
  readonly bytes: Uint8Array;
}

/** A field by name, as actions point to one. */
export interface FieldRef {
  readonly field: FieldName;
  /** As in MatchField. */
  readonly header?: number;
  /** Bytes of a tun_metadata, where its header does not give the most there can be. */
  readonly bytes?: number;
}

/**
 * `bits` bits of a field, starting at bit `offset` (0 is the least significant): `reg0[16..31]` is offset 16, bits 16
 * (ovs-fields(7)).
 */
export interface Subfield extends FieldRef {
  readonly offset: number;
  readonly bits: number;
}
