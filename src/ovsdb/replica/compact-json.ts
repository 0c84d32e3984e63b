// A place in JSON text as ovsdb-server writes it: without white space. What else JSON may be is not read here, and left
// to json-stream.ts; nothing is read that JSON.parse would refuse or take for something else.

import { isUuid, type Uuid } from '../data/uuid.ts';
import { longDigits } from '../json/exact-json.ts';
import { parseString } from '../json/json-stream.ts';

const quote = 0x22;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const backslash = 0x5c;

const uuidLength = 36;

/** A shorter piece of a string is a copy; a longer one would keep all of the string in memory (V8's SlicedString). */
const shortest = 13;

/** Every method that cannot read what is asked for returns false or undefined; the place is then of no further use. */
export class CompactJson {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #text: string;
  #at = 0;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#text = bytes.toString('latin1', start);
  }

  /** The place, as an offset into the bytes. */
  get offset(): number {
    return this.#start + this.#at;
  }

  /** Steps over this text, if it is what comes next. Otherwise the place is what it was. */
  skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** Whether a character comes next; the place stays. */
  isAt(character: string): boolean {
    return this.#text.startsWith(character, this.#at);
  }

  /** The text between another place and this one. */
  since(offset: number): string {
    return this.#piece(offset - this.#start, this.#at);
  }

  /** @throws OvsdbJsonError if it has a malformed character or escape */
  string(): string | undefined {
    const text = this.#text;
    if (text.charCodeAt(this.#at) !== quote) return undefined;
    const start = this.#at + 1;
    let end = start;
    for (; ; end++) {
      const code = text.charCodeAt(end);
      if (code === quote) break;
      // NaN, behind the last character, is no code either.
      if (!(code >= 0x20 && code < 0x80) || code === backslash) return this.#richString(start);
    }
    this.#at = end + 1;
    return this.#piece(start, end);
  }

  /** Without its quotes. */
  uuid(): Uuid | undefined {
    const text = this.#piece(this.#at, this.#at + uuidLength);
    this.#at += uuidLength;
    return isUuid(text) ? text : undefined;
  }

  integer(): number | undefined {
    const text = this.#text;
    const isNegative = text.charCodeAt(this.#at) === minus;
    const start = isNegative ? this.#at + 1 : this.#at;
    let end = start;
    let integer = 0;
    for (; ; end++) {
      const code = text.charCodeAt(end);
      if (!(code >= zero && code <= nine)) break;
      integer = integer * 10 + (code - zero);
    }
    const digits = end - start;
    if (digits === 0 || digits >= longDigits || (digits > 1 && text.charCodeAt(start) === zero)) return undefined;
    this.#at = end;
    return isNegative ? -integer : integer;
  }

  boolean(): boolean | undefined {
    return this.skip('true') || (this.skip('false') ? false : undefined);
  }

  /** A string with escapes, or beyond ASCII. */
  #richString(start: number): string | undefined {
    const text = this.#text;
    let end = start;
    while (end < text.length && text.charCodeAt(end) !== quote) end += text.charCodeAt(end) === backslash ? 2 : 1;
    if (end >= text.length) return undefined;
    this.#at = end + 1;
    return parseString(this.#bytes, this.#start + start - 1, this.#start + end + 1);
  }

  #piece(start: number, end: number): string {
    if (end - start < shortest) return this.#text.slice(start, end);
    return this.#bytes.toString('latin1', this.#start + start, this.#start + end);
  }
}
