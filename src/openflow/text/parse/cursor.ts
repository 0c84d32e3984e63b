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

const comma = 44;
const space = 32;
const tab = 9;
const newline = 10;
const carriageReturn = 13;
const open = 40;
const close = 41;
const colon = 58;
const equals = 61;

function isSeparator(code: number): boolean {
  return code === comma || code === space || code === tab || code === newline || code === carriageReturn;
}

/**
 * Where a value ends: at the closing parenthesis, or at a separator, that is not in parentheses itself; -1 when a
 * parenthesis is not closed.
 */
function endOfValue(text: string, start: number, inParentheses: boolean): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === open) depth++;
    else if (depth > 0) {
      if (code === close) depth--;
    } else if (inParentheses ? code === close : isSeparator(code)) return i;
  }
  return depth > 0 || inParentheses ? -1 : text.length;
}

/** The pair whose key starts at `start`, and where the next one may. */
function pairAt(whole: Piece, start: number): { readonly pair: Pair; readonly next: number } {
  const { text } = whole;
  let at = start;
  let code = text.charCodeAt(at);
  while (at < text.length && code !== colon && code !== equals && code !== open && !isSeparator(code)) {
    code = text.charCodeAt(++at);
  }
  const key = cut(whole, start, at);
  if (at === text.length || (code !== colon && code !== equals && code !== open)) {
    return { pair: { key, value: cut(whole, at, at), delimiter: '' }, next: at };
  }
  const delimiter = code === colon ? ':' : code === equals ? '=' : '(';
  const valueStart = at + 1;
  let end = endOfValue(text, valueStart, delimiter === '(');
  if (end !== -1 && delimiter === '(' && text.startsWith(')->', end)) end = endOfValue(text, end + 1, false);
  if (end === -1) throw new OpenFlowTextError(whole.at + text.length + 1, '', 'a closing parenthesis');
  return { pair: { key, value: cut(whole, valueStart, end), delimiter }, next: end + 1 };
}

/** The pairs of a list (OVS lib/ofp-parse.c, ofputil_parse_key_value()). */
export function pairs(whole: Piece): readonly Pair[] {
  const { text } = whole;
  const found: Pair[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSeparator(text.charCodeAt(at))) at++;
    if (at >= text.length) return found;
    const { pair, next } = pairAt(whole, at);
    found.push(pair);
    at = next;
  }
}
