// Bits of a field (OVS lib/nx-match.c, mf_parse_subfield__()).

import { actionBits, hasShortHeader } from '../../codec/oxm.ts';
import { type Field, fieldByName } from '../../flow/fields.ts';
import type { Subfield } from '../../flow/match.ts';
import { cut, type Piece, splitOnce, unexpected } from './cursor.ts';

export function parseField(text: Piece): Field {
  const field = fieldByName(text.text);
  if (!field) throw unexpected(text, 'the name of a field');
  return field;
}

/** The subfield that a text is; undefined when it does not start with a field's name. */
export function subfieldOf(text: Piece): Subfield | undefined {
  const bracket = text.text.indexOf('[');
  const name = bracket === -1 ? text : cut(text, 0, bracket);
  const field = fieldByName(name.text);
  if (!field) return undefined;
  const width = actionBits(field);
  if (bracket === -1) return { field: field.name, offset: 0, bits: width };
  if (bracket === text.text.length - 2 && text.text.endsWith(']')) return { field: field.name, offset: 0, bits: width };
  const range = cut(text, bracket);
  const found = /^\[(?:\+?(\d+)(?:\.\.\+?(\d+))?)?\]$/.exec(range.text);
  if (!found) throw unexpected(range, '[], [bit] or [first..last]');
  const first = found[1] === undefined ? 0 : Number(found[1]);
  const last = found[1] === undefined ? width - 1 : Number(found[2] ?? found[1]);
  if (first > last || last >= width) throw unexpected(range, `bits of ${field.name}, which has ${width}`);
  return { field: field.name, offset: first, bits: last - first + 1 };
}

export function parseSubfield(text: Piece): Subfield {
  const subfield = subfieldOf(text);
  if (!subfield) throw unexpected(text, 'a field, or bits of one such as NXM_NX_REG0[0..15]');
  return subfield;
}

/** Bits of a field that older extensions can name: its header has no experimenter's number. */
export function parseShortSubfield(text: Piece): Subfield {
  const subfield = parseSubfield(text);
  if (!hasShortHeader(subfield.field))
    throw unexpected(text, `another field: ${subfield.field} is too new for this action`);
  return subfield;
}

/** The two sides of `value->target`. */
export function splitArrow(text: Piece): readonly [Piece, Piece] {
  const sides = splitOnce(text, '->');
  if (!sides) throw unexpected(cut(text, text.text.length), '->');
  return sides;
}
