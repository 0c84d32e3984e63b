// What a row of the action table is. An action is type, length, body, padding to 8 bytes (OpenFlow 1.5.1
// section 7.2.6); a Nicira one has type 0xffff, and vendor and subtype before its body.

import type { Action } from '../../flow/action.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';

export type ActionOf<K extends Action['kind']> = Extract<Action, { readonly kind: K }>;

/** The list codec, for actions that hold actions. */
export interface ActionListCodec {
  encode(writer: Writer, actions: readonly Action[]): void;
  decode(reader: Reader): readonly Action[];
}

/** Where an action stands: OFPAT_* `type`, or NXAST_* `subtype` of Nicira. */
export type ActionNumber = { readonly type: number } | { readonly subtype: number };

export interface ActionCodec<A extends Action> {
  /** The number to write `action` with. */
  number(action: A): ActionNumber;
  /** Writes what stands behind the header; the caller pads. */
  encodeBody(action: A, writer: Writer, list: ActionListCodec): void;
}

/**
 * Reads what stands behind the header, padding included.
 * `undefined` says that the action has a part this library does not know: it is kept raw.
 */
export type ActionDecoder = (reader: Reader, list: ActionListCodec) => Action | undefined;
