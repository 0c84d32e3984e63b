// NXAST_NOTE. Its padding is part of the note: nothing says where it ends.

import type { ActionDefinition } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';
import { dottedHex, parseHexBytes } from './shared/dotted-hex.ts';

/** Bytes that mean nothing to the switch. */
export interface NoteAction {
  readonly kind: 'note';
  readonly note: Uint8Array;
}

/** A note fills its action up to a multiple of 8 bytes, of which the header takes 10. */
function padNote(note: Uint8Array): Uint8Array {
  const padded = new Uint8Array(8 * Math.ceil((Math.max(note.length, 6) + 10) / 8) - 10);
  padded.set(note);
  return padded;
}

export const note: ActionDefinition<NoteAction> = {
  kind: 'note',
  forms: [
    {
      place: nicira(8),
      encode: (action, writer) => writer.raw(action.note),
      decode: reader => ({ kind: 'note', note: reader.rest() }),
    },
  ],
  print: action => `note:${dottedHex(action.note)}`,
  words: { note: value => ({ kind: 'note', note: padNote(parseHexBytes(value)) }) },
};
