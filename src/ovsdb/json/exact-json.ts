// JSON text with integers that a number cannot hold: they become bigints. Slower than JSON.parse, which checks the
// syntax first; so for texts that have such integers only.

import type { Json } from './json.ts';

const numberText = /-?\d+(\.\d+)?([eE][-+]?\d+)?/y;

/** Integers of fewer digits are numbers without loss. */
export const longDigits = 16;

/** A number of more characters is none that a peer in its senses sends. */
export const longestNumber = 1024;

/** A number, or, where it is an integer beyond ±2^53, a bigint. */
export function exactNumber(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text);
}

/** JSON text as a value, integers of any size without loss. @throws SyntaxError, as JSON.parse does */
export function parseExactly(text: string): Json {
  JSON.parse(text);
  return new ExactReader(text).value();
}

/** Gives an object a member of any name; to assign `__proto__` would change what the object is. */
export function setMember(object: Record<string, Json>, name: string, value: Json): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Reads a text whose syntax is known to be right. */
class ExactReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Json {
    switch (this.#next()) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        this.#at += 4;
        return true;
      case 'f':
        this.#at += 5;
        return false;
      case 'n':
        this.#at += 4;
        return null;
      default:
        return this.#number();
    }
  }

  /** The next character that is not white space. */
  #next(): string {
    while (' \t\r\n'.includes(this.#text[this.#at] as string)) this.#at++;
    return this.#text[this.#at] as string;
  }

  #object(): Json {
    const object: Record<string, Json> = {};
    this.#at++;
    while (this.#next() !== '}') {
      if (this.#next() === ',') this.#at++;
      this.#next();
      const name = this.#string();
      this.#next();
      this.#at++;
      setMember(object, name, this.value());
    }
    this.#at++;
    return object;
  }

  #array(): Json {
    const array: Json[] = [];
    this.#at++;
    while (this.#next() !== ']') {
      if (this.#next() === ',') this.#at++;
      array.push(this.value());
    }
    this.#at++;
    return array;
  }

  #string(): string {
    const start = this.#at++;
    for (; this.#text[this.#at] !== '"'; this.#at++) if (this.#text[this.#at] === '\\') this.#at++;
    return JSON.parse(this.#text.slice(start, ++this.#at)) as string;
  }

  #number(): number | bigint {
    numberText.lastIndex = this.#at;
    const [text = ''] = numberText.exec(this.#text) ?? [];
    if (text.length > longestNumber) throw new SyntaxError('a number is too long');
    this.#at += text.length;
    return exactNumber(text);
  }
}
