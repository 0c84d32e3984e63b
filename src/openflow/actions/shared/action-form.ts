// How an action is written. It is type, length, body, padding to 8 bytes (OpenFlow 1.5.1 section 7.2.6); a vendor's has
// type 0xffff, and vendor and subtype before its body.

import { niciraVendor } from '../../codec/nicira.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import type { Action } from '../all.ts';

/**
 * The wire form an action came in, where it is not the one its version writes it in: `encode` keeps to it.
 * Named by OVS's constants (lib/ofp-actions.c).
 */
export type WireForm =
  | 'NXAST_CONTROLLER2'
  | 'NXAST_LEARN2'
  | 'NXAST_OUTPUT_REG2'
  | 'NXAST_REG_LOAD2'
  | 'NXAST_REG_MOVE'
  | 'NXAST_RESUBMIT'
  | 'NXAST_SAMPLE2'
  | 'NXAST_SAMPLE3'
  | 'NXAST_SAMPLE4'
  | 'ONFACT_COPY_FIELD';

/** The list codec, for actions that hold actions. */
export interface ActionListCodec {
  encode(writer: Writer, actions: readonly Action[]): void;
  decode(reader: Reader): readonly Action[];
}

/** Where a form stands in the versions `since` to `until`: OFPAT_* type, or a vendor's subtype. */
export type ActionPlace = { readonly since?: number; readonly until?: number } & (
  | { readonly type: number }
  | { readonly vendor: number; readonly subtype: number }
);

/** One way to write an action of type A. */
export interface ActionForm<A> {
  readonly place: ActionPlace;
  /** Present where the kind has several forms: the mark that keeps an action to this one. */
  readonly form?: WireForm;
  /** Whether this form is the one to write `action` in, of those that stand before it in the list; always when absent. */
  fits?(action: A): boolean;
  /** Writes what stands behind the header; the caller pads. */
  encode(action: A, writer: Writer, list: ActionListCodec): void;
  /**
   * Reads what stands behind the header, padding included.
   * `undefined` says that the action has a part this library does not know: it is kept raw.
   */
  decode(reader: Reader, list: ActionListCodec): A | undefined;
}

export const nicira = (subtype: number): ActionPlace => ({ vendor: niciraVendor, subtype });

/** A form whose body is nothing but padding. */
export function nothing<A>(place: ActionPlace, action: A): ActionForm<A> {
  const size = 'type' in place ? 4 : 6;
  return {
    place,
    encode: (_action, writer) => writer.zeros(size),
    decode(reader) {
      reader.pad(size);
      return action;
    },
  };
}

/** A form whose body has always `size` bytes: one of another length is not read. */
export function fixed<A>(size: number, form: ActionForm<A>): ActionForm<A> {
  return {
    ...form,
    decode: (reader, list) => (reader.remaining === size ? form.decode(reader, list) : undefined),
  };
}
