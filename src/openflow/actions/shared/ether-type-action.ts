// Actions that push or pop a header and say an Ethertype.

import { hexPadded } from '../../text/format-value.ts';
import type { Piece } from '../../text/parse/cursor.ts';
import { parseInteger } from '../../text/parse/parse-number.ts';
import type { ActionForm } from './action-form.ts';

/** Pushes or pops a header; the Ethertype is that of the new header, or of what is left. */
export interface EtherTypeAction<Kind extends string> {
  readonly kind: Kind;
  readonly etherType: number;
}

export function etherTypeForm<K extends string>(kind: K, type: number): ActionForm<EtherTypeAction<K>> {
  return {
    place: { type },
    encode(action, writer) {
      writer.u16(action.etherType);
      writer.zeros(2);
    },
    decode(reader) {
      const number = reader.u16();
      reader.pad(2);
      return { kind, etherType: number };
    },
  };
}

export function printEtherType({ kind, etherType }: EtherTypeAction<string>): string {
  return `${kind}:${hexPadded(etherType, 4)}`;
}

export function parseEtherType(value: Piece): number {
  return parseInteger(value, 16, 'an Ethertype');
}
