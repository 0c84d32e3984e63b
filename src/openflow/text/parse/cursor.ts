// Pieces of a text that know where they stand in it, so that an error can say the column.

import { PointsmanError } from '../../../lib/errors.ts';

/** The text is not what `ovs-ofctl` would take. */
export class OpenFlowTextError extends PointsmanError<'OF_BAD_TEXT'> {
  /** From 1, in the text that was given. */
  readonly column: number;
  /** What stands there; empty at the end of the text. */
  readonly found: string;
  /** What could stand there. */
  readonly expected: string;

  constructor(column: number, found: string, expected: string) {
    super(
      'OF_BAD_TEXT',
      `column ${column}: found ${found === '' ? 'the end' : JSON.stringify(found)}, expected ${expected}`,
    );
    this.column = column;
    this.found = found;
    this.expected = expected;
  }
}

/** A piece of the text, and its offset in it. */
export interface Piece {
  readonly text: string;
  readonly at: number;
}

export function piece(text: string, at = 0): Piece {
  return { text, at };
}

export function cut({ text, at }: Piece, start: number, end = text.length): Piece {
  return { text: text.slice(start, end), at: at + start };
}

export function trim(whole: Piece): Piece {
  const start = whole.text.search(/\S|$/);
  return cut(whole, start, Math.max(start, whole.text.trimEnd().length));
}

/** The error of a piece that is something else. */
export function unexpected({ text, at }: Piece, expected: string): OpenFlowTextError {
  return new OpenFlowTextError(at + 1, text, expected);
}

/** In lower case; itself when it is, as nearly all are. */
export function lowerCase(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= upperA && (code <= upperZ || code > 127)) return text.toLowerCase();
  }
  return text;
}

const upperA = 65;
const upperZ = 90;

/** What `table` has by that name; what every object has, such as `constructor`, is none of its names. */
export function named<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The pieces between separators, in the old C way: empty ones count. */
export function split(whole: Piece, separator: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (;;) {
    const end = whole.text.indexOf(separator, start);
    if (end === -1) return [...pieces, cut(whole, start)];
    pieces.push(cut(whole, start, end));
    start = end + separator.length;
  }
}

/** The two sides of the first `separator`; undefined when there is none. */
export function splitOnce(whole: Piece, separator: string): readonly [Piece, Piece] | undefined {
  const index = whole.text.indexOf(separator);
  return index === -1 ? undefined : [cut(whole, 0, index), cut(whole, index + separator.length)];
}

/** `key=value`, `key:value`, `key(value)`, `key(value)->rest` or `key`. */
export interface Pair {
  readonly key: Piece;
  /** Empty when there is none. In the form with an arrow, everything behind the opening parenthesis. */
  readonly value: Piece;
  readonly delimiter: '=' | ':' | '(' | '';
}

const open = 40;
const close = 41;

/** What a character means in a list; all others, and all that are not ASCII, are a part of a word. */
const meaning = { word: 0, separator: 1, colon: 2, equals: 3, open: 4, close: 5 } as const;
const meanings = new Uint8Array(128);
for (const character of ', \t\n\r') meanings[character.charCodeAt(0)] = meaning.separator;
meanings[':'.charCodeAt(0)] = meaning.colon;
meanings['='.charCodeAt(0)] = meaning.equals;
meanings[open] = meaning.open;
meanings[close] = meaning.close;

const delimiters = { [meaning.colon]: ':', [meaning.equals]: '=', [meaning.open]: '(' } as const;

function meaningAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? (meanings[code] as number) : meaning.word;
}

/**
 * Where a value ends: at the closing parenthesis, or at a separator, that is not in parentheses itself; -1 when a
 * parenthesis is not closed.
 */
function endOfValue(text: string, start: number, inParentheses: boolean): number {
  const last = inParentheses ? meaning.close : meaning.separator;
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const here = meaningAt(text, i);
    if (here === meaning.open) depth++;
    else if (depth > 0) {
      if (here === meaning.close) depth--;
    } else if (here === last) return i;
  }
  return depth > 0 || inParentheses ? -1 : text.length;
}

/** Where the value that starts at `start` ends. @throws OpenFlowTextError when a parenthesis is not closed */
function endOfPair({ text, at }: Piece, start: number, inParentheses: boolean): number {
  let end = endOfValue(text, start, inParentheses);
  if (inParentheses && end !== -1 && text.startsWith(')->', end)) end = endOfValue(text, end + 1, false);
  if (end === -1) throw new OpenFlowTextError(at + text.length + 1, '', 'a closing parenthesis');
  return end;
}

/** The pairs of a list (OVS lib/ofp-parse.c, ofputil_parse_key_value()). */
export function pairs(whole: Piece): readonly Pair[] {
  const { text } = whole;
  const { length } = text;
  const found: Pair[] = [];
  for (let at = 0; ; ) {
    while (at < length && meaningAt(text, at) === meaning.separator) at++;
    if (at >= length) return found;
    const start = at;
    let here: number = meaning.word;
    for (; at < length; at++) {
      here = meaningAt(text, at);
      if (here !== meaning.word && here !== meaning.close) break;
    }
    const key = cut(whole, start, at);
    if (here === meaning.colon || here === meaning.equals || here === meaning.open) {
      const end = endOfPair(whole, at + 1, here === meaning.open);
      found.push({ key, value: cut(whole, at + 1, end), delimiter: delimiters[here] });
      at = end + 1;
    } else {
      found.push({ key, value: cut(whole, at, at), delimiter: '' });
    }
  }
}
