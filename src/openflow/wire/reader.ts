// Reads network-order values out of a bounded slice of bytes. Every read is checked: the only thing that can come
// out of malformed input is OpenFlowDecodeError.

import { OpenFlowDecodeError } from '../errors.ts';
import { highestVersion, type Padding } from './version.ts';

export class Reader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  /** Offset of the next byte, from the start of `bytes`. */
  offset: number;
  /** Offset after the last byte that belongs to this reader. */
  readonly end: number;
  /** The version of the message that is read. */
  version: number;
  /** Padding that was not zero, of this reader and of all its subs. */
  readonly padding: Padding[];

  constructor(bytes: Uint8Array, parent?: Reader, offset = 0, end = bytes.length) {
    // A Buffer's slice would share memory; a plain Uint8Array's copies.
    this.bytes =
      !parent && Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes;
    this.#view = parent ? parent.#view : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
    this.end = end;
    this.version = parent ? parent.version : highestVersion;
    this.padding = parent ? parent.padding : [];
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** Takes `length` bytes, or throws. Returns the offset where they start. */
  take(length: number): number {
    const start = this.offset;
    if (length < 0 || length > this.end - start) {
      throw new OpenFlowDecodeError('OF_BAD_LENGTH', `${length} bytes wanted, ${this.end - start} left`);
    }
    this.offset = start + length;
    return start;
  }

  u8(): number {
    return this.#view.getUint8(this.take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.take(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.take(8));
  }

  u128(): bigint {
    const high = this.u64();
    return (high << 64n) | this.u64();
  }

  /** A 48-bit address. */
  mac(): bigint {
    const high = this.u16();
    return BigInt(high * 0x1_0000_0000 + this.u32());
  }

  /** A number of `length` bytes. */
  unsigned(length: number): bigint {
    const start = this.take(length);
    let value = 0n;
    for (let at = start; at < this.offset; at++) value = (value << 8n) | BigInt(this.bytes[at] as number);
    return value;
  }

  /** Moves over bytes that were read, or are read by other means. */
  skip(length: number): void {
    this.take(length);
  }

  /** Moves over bytes that mean nothing; those that are not zero are noted, so that they can be written back. */
  pad(length: number): void {
    const start = this.take(length);
    for (let at = start; at < this.offset; at++) {
      if (this.bytes[at] === 0) continue;
      this.padding.push({ offset: start, bytes: this.bytes.slice(start, this.offset) });
      return;
    }
  }

  /** A copy of the next `length` bytes: it does not keep the network buffer alive. */
  copy(length: number): Uint8Array {
    const start = this.take(length);
    return this.bytes.slice(start, start + length);
  }

  /** A copy of everything that is left. */
  rest(): Uint8Array {
    return this.copy(this.remaining);
  }

  /** A reader of the next `length` bytes; this one moves behind them. */
  sub(length: number): Reader {
    const start = this.take(length);
    return new Reader(this.bytes, this, start, start + length);
  }

  /** Skips what is left of padding to `multiple`, counted from `start`; a missing tail is accepted at the end. */
  align(start: number, multiple: number): void {
    const odd = (this.offset - start) % multiple;
    if (odd !== 0) this.pad(Math.min(multiple - odd, this.remaining));
  }

  peekU8(at: number): number {
    if (at < 0 || at + 1 > this.remaining) {
      throw new OpenFlowDecodeError('OF_BAD_LENGTH', `1 byte wanted at ${at}, ${this.remaining} left`);
    }
    return this.#view.getUint8(this.offset + at);
  }

  peekU16(at: number): number {
    if (at < 0 || at + 2 > this.remaining) {
      throw new OpenFlowDecodeError('OF_BAD_LENGTH', `2 bytes wanted at ${at}, ${this.remaining} left`);
    }
    return this.#view.getUint16(this.offset + at);
  }

  peekU32(at: number): number {
    if (at < 0 || at + 4 > this.remaining) {
      throw new OpenFlowDecodeError('OF_BAD_LENGTH', `4 bytes wanted at ${at}, ${this.remaining} left`);
    }
    return this.#view.getUint32(this.offset + at);
  }

  /** A NUL-padded text of `length` bytes. One that is not UTF-8 is noted, so that its bytes can be written back. */
  text(length: number): string {
    const start = this.take(length);
    const nul = this.bytes.indexOf(0, start);
    const end = nul === -1 || nul > start + length ? start + length : nul;
    this.offset = end;
    this.pad(start + length - end);
    const bytes = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, end - start);
    const text = bytes.toString('utf8');
    if (Buffer.byteLength(text) !== bytes.length || !Buffer.from(text).equals(bytes)) {
      this.padding.push({ offset: start, bytes: this.bytes.slice(start, start + length) });
      return bytes.toString('latin1');
    }
    return text;
  }
}
