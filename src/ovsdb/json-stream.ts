// Cuts a byte stream into JSON texts. RFC 7047 section 4 puts JSON-RPC 1.0 on a bare stream, without any framing,
// so the end of a message is where its outermost bracket closes. Only that is looked for here, byte by byte and
// aware of strings; the syntax is JSON.parse's business.

import { OvsdbJsonError } from './errors.ts';
import type { Json } from './json.ts';

export interface JsonStreamLimits {
  /** Longest message, bytes. */
  readonly maxBytes: number;
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
}

export const jsonStreamDefaults: JsonStreamLimits = { maxBytes: 256 * 1024 * 1024, maxDepth: 128 };

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

// A byte order mark is not allowed in JSON text, so it must not be dropped in silence.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function isWhitespace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function parseText(bytes: Uint8Array): Json {
  try {
    return JSON.parse(utf8.decode(bytes)) as Json;
  } catch (cause) {
    throw new OvsdbJsonError('the peer sent malformed JSON', { cause });
  }
}

/** The state between chunks: how deep inside a message the stream stands. */
export class JsonStream {
  readonly #limits: JsonStreamLimits;
  /** Chunks of the unfinished message. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(limits: Partial<JsonStreamLimits> = {}) {
    this.#limits = { ...jsonStreamDefaults, ...limits };
  }

  /**
   * The messages that `chunk` completes, in order. The chunk must not change afterwards.
   * After a throw the stream is of no further use.
   * @throws OvsdbJsonError at the point where the stream goes wrong; messages before it have been yielded.
   */
  *push(chunk: Uint8Array): Generator<Json, void, void> {
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#depth === 0) {
        const byte = chunk[at] as number;
        if (isWhitespace(byte)) {
          at++;
          continue;
        }
        // Every JSON-RPC message is an object, so anything else is a peer that speaks another protocol.
        if (byte !== openBrace) throw new OvsdbJsonError(`a message starts with byte 0x${byte.toString(16)}`);
        start = at;
      }
      at = this.#scan(chunk, at);
      this.#checkSize(at - start);
      if (this.#depth === 0) yield parseText(this.#take(chunk.subarray(start, at)));
    }
    if (this.#depth > 0) {
      const rest = chunk.subarray(start);
      this.#parts.push(rest);
      this.#partBytes += rest.length;
    }
  }

  /** Scans from `at` to behind the end of the message, or to the end of the chunk. */
  #scan(chunk: Uint8Array, at: number): number {
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    while (at < chunk.length) {
      const byte = chunk[at++] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inString = false;
      } else if (byte === quote) {
        inString = true;
      } else if (byte === openBrace || byte === openBracket) {
        if (++depth > this.#limits.maxDepth)
          throw new OvsdbJsonError(`a message nests deeper than ${this.#limits.maxDepth} levels`);
      } else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) {
        break;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return at;
  }

  #checkSize(bytes: number): void {
    if (this.#partBytes + bytes > this.#limits.maxBytes)
      throw new OvsdbJsonError(`a message is longer than ${this.#limits.maxBytes} bytes`);
  }

  #take(last: Uint8Array): Uint8Array {
    if (this.#parts.length === 0) return last;
    const whole = Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#partBytes = 0;
    return whole;
  }
}
