// Reads JSON texts from a byte stream as the bytes come. RFC 7047 section 4 puts JSON-RPC 1.0 on a bare stream, without
// any framing, so the end of a message is where its outermost bracket closes.
//
// What begins and ends in one chunk goes to JSON.parse as it is. Only the brackets that a chunk leaves open are built
// here, member by member; so a message of any length costs little at a time, and no byte is kept once it is read.

import { OvsdbJsonError } from '../errors.ts';
import { exactNumber, longDigits, longestNumber, parseExactly, setMember } from './exact-json.ts';
import type { Json, JsonObject } from './json.ts';

/** What a peer may send at most. */
export interface JsonStreamLimits {
  /** Longest message, bytes. */
  readonly maxBytes: number;
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
}

/** 256 MiB, 128 levels. */
export const jsonStreamDefaults: JsonStreamLimits = { maxBytes: 256 * 1024 * 1024, maxDepth: 128 };

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const numberSyntax = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

// A byte order mark is not allowed in JSON text, so it must not be dropped in silence.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Takes the members of an object as they come, in place of the object, which stays without them. */
export interface MemberTaker {
  readonly take: (name: string, value: Json) => void;
  /**
   * Reads whole members by itself, from `start` on, where the name of one begins. Returns where the last of them ends,
   * and a comma or the end of the object follows; `start` if it reads none. The rest goes to `take`.
   */
  readonly read?: ((bytes: Buffer, start: number) => number) | undefined;
}

/**
 * Asked for each object that a chunk leaves open, by the names of the members it is in, from the message down; '' stands
 * for an array. Undefined: the members are not to be taken.
 */
export type ChooseTaker = (path: readonly string[]) => MemberTaker | undefined;

/** Takes whole lines of a long text as they come: one or more, each with its end. The text stays without them. */
export type TakeLines = (lines: string) => void;

/** What an open bracket waits for. */
type Wanted = 'first' | 'member' | 'colon' | 'value' | 'separator';

/** An array or object that a chunk has left open. */
interface Open {
  readonly array: Json[] | undefined;
  readonly object: Record<string, Json>;
  /** `first`: a member or the end; `member`: what must follow a comma, a name or, in an array, a value. */
  wanted: Wanted;
  name: string;
  readonly taker: MemberTaker | undefined;
}

/** A string or another scalar that a chunk has cut. */
interface Cut {
  readonly isString: boolean;
  readonly parts: Uint8Array[];
  /** A backslash was the last byte. */
  escaped: boolean;
  /** Of a string: its bytes so far stand for themselves, ASCII without escapes. */
  isPlain: boolean;
  length: number;
}

/** How to read a piece of text. */
interface Reading {
  readonly isAscii: boolean;
  /** Whether it may have integers that a number cannot hold. */
  readonly hasLong: boolean;
}

/** What a scan over the inside of a bracket has found. */
interface Scan extends Reading {
  /** Where the bracket closes; -1 when the chunk ends first. */
  readonly close: number;
  /** The last comma between its members; -1 when there is none. */
  readonly comma: number;
}

/** The state between chunks: the brackets that are open, and the scalar that was cut. */
export class JsonStream {
  /** Set and taken away between messages. */
  chooseTaker: ChooseTaker | undefined;
  /** The same for texts that are members of the message itself. */
  takeLines: TakeLines | undefined;
  readonly #limits: JsonStreamLimits;
  readonly #open: Open[] = [];
  #cut: Cut | undefined;
  /** Bytes of the unfinished message, those of the present chunk not included. */
  #length = 0;
  /** Where the unfinished message starts in the present chunk. */
  #start = 0;
  /** Brackets of the present chunk that it does not close. */
  #unclosed: ReadonlySet<number> | undefined;
  #message: Json | undefined;

  constructor(limits: Partial<JsonStreamLimits> = {}) {
    this.#limits = { ...jsonStreamDefaults, ...limits };
  }

  /**
   * The messages that `chunk` completes, in order. After a throw the stream is of no further use.
   * @throws OvsdbJsonError at the point where the stream goes wrong; messages before it have been yielded.
   */
  *push(chunk: Uint8Array): Generator<Json, void, void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#start = 0;
    this.#unclosed = undefined;
    for (let at = 0; at < bytes.length; ) {
      at = this.#cut ? this.#finishScalar(this.#cut, bytes, at) : this.#step(bytes, at);
      this.#checkSize(at);
      if (this.#message === undefined) continue;
      const message = this.#message;
      this.#message = undefined;
      this.#length = 0;
      this.#start = at;
      yield message;
    }
    if (this.#open.length > 0) this.#length += bytes.length - this.#start;
  }

  #checkSize(at: number): void {
    const isInside = this.#open.length > 0 || this.#message !== undefined;
    if (isInside && this.#length + at - this.#start > this.#limits.maxBytes)
      throw new OvsdbJsonError(`a message is longer than ${this.#limits.maxBytes} bytes`);
  }

  /** Reads one thing at `at`, and returns where the next one is. */
  #step(bytes: Buffer, at: number): number {
    const byte = bytes[at] as number;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return at + 1;
    const open = this.#open.at(-1);
    if (!open) {
      // Every JSON-RPC message is an object, so anything else is a peer that speaks another protocol.
      if (byte !== openBrace) throw new OvsdbJsonError(`a message starts with byte 0x${byte.toString(16)}`);
      this.#start = at;
      return this.#value(bytes, at);
    }
    if (open.wanted === 'separator') return this.#separator(open, byte, at);
    if (open.wanted === 'colon') {
      if (byte !== colon) throw syntax(byte, 'a colon');
      open.wanted = 'value';
      return at + 1;
    }
    if (open.wanted === 'first' && byte === (open.array ? closeBracket : closeBrace)) return this.#close(at);
    if (!open.array && open.wanted !== 'value') {
      if (byte !== quote) throw syntax(byte, 'the name of a member');
      const end = open.taker ? this.#takeRun(open.taker, bytes, at) : at;
      if (end > at) {
        open.wanted = 'separator';
        return end;
      }
    }
    return this.#value(bytes, at);
  }

  /** Reads all members from `at` on that the chunk has whole, as one text; returns where they end. */
  #takeRun({ take, read }: MemberTaker, bytes: Buffer, at: number): number {
    const readTo = read?.(bytes, at) ?? at;
    if (readTo > at) return readTo;
    const scan = this.#scan(bytes, at, this.#open.length);
    const end = scan.close < 0 ? scan.comma : scan.close;
    if (end < 0) return at;
    const members = parseJson(`{${textOf(bytes, at, end, scan)}}`, scan.hasLong) as JsonObject;
    for (const name in members) take(name, members[name] as Json);
    return end;
  }

  #separator(open: Open, byte: number, at: number): number {
    if (byte === (open.array ? closeBracket : closeBrace)) return this.#close(at);
    if (byte !== comma) throw syntax(byte, 'a comma or the end');
    open.wanted = 'member';
    return at + 1;
  }

  #close(at: number): number {
    const { array, object } = this.#open.pop() as Open;
    this.#take(array ?? object);
    return at + 1;
  }

  /** A value, or a name, is complete. */
  #take(value: Json): void {
    const open = this.#open.at(-1);
    if (!open) {
      this.#message = value;
    } else if (open.array) {
      open.array.push(value);
      open.wanted = 'separator';
    } else if (open.wanted === 'value') {
      if (open.taker) open.taker.take(open.name, value);
      else setMember(open.object, open.name, value);
      open.wanted = 'separator';
    } else {
      open.name = value as string;
      open.wanted = 'colon';
    }
  }

  #value(bytes: Buffer, at: number): number {
    const byte = bytes[at] as number;
    if (byte !== openBrace && byte !== openBracket) {
      const cut: Cut = { isString: byte === quote, parts: [], escaped: false, isPlain: true, length: 0 };
      return this.#finishScalar(cut, bytes, at);
    }
    if (this.#open.length >= this.#limits.maxDepth) throw this.#tooDeep();
    if (!this.#unclosed?.has(at)) {
      const scan = this.#scan(bytes, at + 1, this.#open.length + 1);
      if (scan.close >= 0) {
        const end = scan.close + 1;
        this.#take(parseText(bytes, at, end, scan));
        return end;
      }
    }
    const isArray = byte === openBracket;
    const taker = isArray ? undefined : this.chooseTaker?.(this.#open.map(({ array, name }) => (array ? '' : name)));
    this.#open.push({ array: isArray ? [] : undefined, object: {}, wanted: 'first', name: '', taker });
    return at + 1;
  }

  /**
   * Scans the inside of a bracket from `start` on, `outside` brackets deep. When the chunk ends first, remembers which
   * brackets are not closed.
   */
  #scan(bytes: Buffer, start: number, outside: number): Scan {
    const most = this.#limits.maxDepth - outside;
    const opened: number[] = [];
    let depth = 0;
    let lastComma = -1;
    let isAscii = true;
    let hasLong = false;
    let digits = 0;
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === quote) {
        for (at++; at < bytes.length; at++) {
          const inside = bytes[at] as number;
          if (inside === quote) break;
          if (inside === backslash) at++;
          else if (inside >= 0x80) isAscii = false;
        }
      } else if (byte >= 0x30 && byte <= 0x39) {
        if (++digits >= longDigits) hasLong = true;
        continue;
      } else if (byte === comma) {
        if (depth === 0) lastComma = at;
      } else if (byte === openBrace || byte === openBracket) {
        if (depth >= most) throw this.#tooDeep();
        opened[depth++] = at;
      } else if (byte === closeBrace || byte === closeBracket) {
        if (depth === 0) return { close: at, comma: lastComma, isAscii, hasLong };
        depth--;
      } else if (byte >= 0x80) {
        throw syntax(byte, 'JSON');
      }
      digits = 0;
    }
    this.#unclosed = new Set(opened.slice(0, depth));
    return { close: -1, comma: lastComma, isAscii, hasLong };
  }

  #tooDeep(): OvsdbJsonError {
    return new OvsdbJsonError(`a message nests deeper than ${this.#limits.maxDepth} levels`);
  }

  /** Reads a scalar from `at` on; what the chunk does not end is kept until the next one. */
  #finishScalar(cut: Cut, bytes: Buffer, at: number): number {
    const end = cut.isString ? endOfString(cut, bytes, at) : endOfWord(bytes, at);
    const part = bytes.subarray(at, end < 0 ? bytes.length : end);
    cut.length += part.length;
    if (!cut.isString && cut.length > longestNumber) throw new OvsdbJsonError('a number is too long');
    if (end < 0) {
      // The chunk is the caller's: it may be used again.
      cut.parts.push(Uint8Array.from(part));
      if (this.takeLines && cut.isString && this.#open.length === 1 && this.#open[0]?.wanted === 'value')
        takeWholeLines(cut, this.takeLines);
      this.#cut = cut;
      return bytes.length;
    }
    this.#cut = undefined;
    const whole = cut.parts.length === 0 ? part : Buffer.concat([...cut.parts, part]);
    if (!cut.isString) this.#take(parseWord(whole));
    // The names of members, mostly.
    else if (cut.isPlain) this.#take(whole.toString('latin1', 1, whole.length - 1));
    else this.#take(parseString(whole, 0, whole.length));
    return end;
  }
}

/** Hands out what of a cut text ends with an end of line, and keeps the rest. */
function takeWholeLines(cut: Cut, takeLines: TakeLines): void {
  const whole = Buffer.concat(cut.parts);
  const end = endOfLines(whole);
  if (end > 1) takeLines(parseString(Buffer.concat([whole.subarray(0, end), quoteMark]), 0, end + 1));
  cut.parts.splice(0, cut.parts.length, end > 1 ? Buffer.concat([quoteMark, whole.subarray(end)]) : whole);
}

const quoteMark = Buffer.from('"');

/** Behind the last end of line, written `\\n`; 0 when there is none. */
function endOfLines(text: Buffer): number {
  for (let at = text.lastIndexOf('\\n'); at > 0; at = text.lastIndexOf('\\n', at - 1)) {
    let backslashes = 1;
    while (text[at - backslashes] === backslash) backslashes++;
    if (backslashes % 2 === 1) return at + 2;
  }
  return 0;
}

/** Behind the closing quote; -1 when the chunk ends first. */
function endOfString(cut: Cut, bytes: Buffer, at: number): number {
  // The opening quote is the first byte of the first part.
  let next = cut.length === 0 ? at + 1 : at;
  if (cut.escaped) {
    next++;
    cut.escaped = false;
  }
  for (; next < bytes.length; next++) {
    const byte = bytes[next] as number;
    if (byte === quote) return next + 1;
    if (byte === backslash) next++;
    if (byte === backslash || byte < 0x20 || byte >= 0x80) cut.isPlain = false;
  }
  cut.escaped = next > bytes.length;
  return -1;
}

/**
 * Where a number or a word ends; -1 when the chunk ends first.
 * @throws OvsdbJsonError at a byte that neither has: waiting for the end would swallow what a scan refuses.
 */
function endOfWord(bytes: Buffer, at: number): number {
  for (let next = at; next < bytes.length; next++) {
    const byte = bytes[next] as number;
    if (byte === comma || byte === closeBracket || byte === closeBrace || byte <= 0x20) return next;
    if (!isOfWord(byte)) throw syntax(byte, 'a value');
  }
  return -1;
}

/** Letters, digits, and what numbers have between them. */
function isOfWord(byte: number): boolean {
  const letter = byte | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || '+-.'.includes(String.fromCharCode(byte))
  );
}

const words: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function parseWord(bytes: Buffer): Json {
  const text = bytes.toString('latin1');
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!numberSyntax.test(text)) throw new OvsdbJsonError(`${JSON.stringify(text.slice(0, 40))} is no JSON`);
  return exactNumber(text);
}

const aString: Reading = { isAscii: false, hasLong: false };

/** The string whose quotes are at `start` and before `end`. @throws OvsdbJsonError */
export function parseString(bytes: Buffer, start: number, end: number): string {
  return parseText(bytes, start, end, aString) as string;
}

function parseText(bytes: Buffer, start: number, end: number, reading: Reading): Json {
  return parseJson(textOf(bytes, start, end, reading), reading.hasLong);
}

function textOf(bytes: Buffer, start: number, end: number, { isAscii }: Reading): string {
  return isAscii ? bytes.toString('latin1', start, end) : decodeUtf8(bytes.subarray(start, end));
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new OvsdbJsonError('the peer sent malformed UTF-8', { cause });
  }
}

function parseJson(text: string, hasLong: boolean): Json {
  try {
    return hasLong ? parseExactly(text) : (JSON.parse(text) as Json);
  } catch (cause) {
    throw new OvsdbJsonError('the peer sent malformed JSON', { cause });
  }
}

function syntax(byte: number, wanted: string): OvsdbJsonError {
  const found = byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16)}`;
  return new OvsdbJsonError(`${found} stands where ${wanted} should`);
}
