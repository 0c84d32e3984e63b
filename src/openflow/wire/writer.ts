// Writes network-order values into one growing buffer, so that thousands of messages cost a handful of allocations.

import { OpenFlowEncodeError } from '../errors.ts';
import { highestVersion } from './version.ts';

const max48 = 0xffff_ffff_ffffn;
const max64 = 0xffff_ffff_ffff_ffffn;

/** What is taken shares a buffer of this size: one for each message would cost more than the message. */
const sharedSize = 0x4000;
/** With less room than this a new one is begun. */
const usualRoom = 0x800;

function tooWide(value: number | bigint, bits: number): OpenFlowEncodeError {
  return new OpenFlowEncodeError('OF_BAD_VALUE', `${value} is not an unsigned integer of ${bits} bits`);
}

/** Each number is written whole or refused: @throws OpenFlowEncodeError when it does not fit. */
export class Writer {
  #bytes: Uint8Array;
  // Of the same bytes.
  #view: DataView;
  #buffer: Buffer;
  /** Bytes written so far. */
  length = 0;
  /** Bytes in front that others have taken. */
  #taken = 0;
  /** The version of the message that is written. */
  version = highestVersion;

  constructor(capacity = 512) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
    this.#buffer = Buffer.from(this.#bytes.buffer);
  }

  /** Makes room for `size` bytes and returns the offset where they start. Their content is undefined. */
  #reserve(size: number): number {
    const start = this.length;
    const end = start + size;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, start));
      this.#use(grown);
    }
    this.length = end;
    return start;
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#buffer = Buffer.from(bytes.buffer);
  }

  // `!(… === …)` also catches NaN and fractions.

  u8(value: number): void {
    if (!((value & 0xff) === value)) throw tooWide(value, 8);
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    if (!((value & 0xffff) === value)) throw tooWide(value, 16);
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
  }

  u32(value: number): void {
    if (!(value >>> 0 === value)) throw tooWide(value, 32);
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
  }

  u64(value: bigint): void {
    if (value < 0n || value > max64) throw tooWide(value, 64);
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value);
  }

  u128(value: bigint): void {
    this.u64(value >> 64n);
    this.u64(value & max64);
  }

  /** A 48-bit address. */
  mac(value: bigint): void {
    if (value < 0n || value > max48) throw tooWide(value, 48);
    const number = Number(value);
    this.u16(Math.floor(number / 0x1_0000_0000));
    this.u32(number >>> 0);
  }

  /** A number of `length` bytes. */
  unsigned(value: bigint, length: number): void {
    if (value < 0n || value >> BigInt(8 * length) !== 0n) throw tooWide(value, 8 * length);
    for (let shift = 8 * (length - 1); shift >= 0; shift -= 8) this.u8(Number((value >> BigInt(shift)) & 0xffn));
  }

  zeros(size: number): void {
    const at = this.#reserve(size);
    // A short loop beats the call into the runtime.
    for (let i = 0; i < size; i++) this.#bytes[at + i] = 0;
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** A text whose characters are bytes, or a part of it. */
  latin1(text: string, from = 0, to = text.length): void {
    const at = this.#reserve(to - from);
    // A short loop beats the call into Buffer.
    for (let i = from; i < to; i++) this.#bytes[at + i - from] = text.charCodeAt(i);
  }

  /** What was written, as a text whose characters are bytes. */
  toLatin1(): string {
    return this.#buffer.toString('latin1', 0, this.length);
  }

  /** Zeros up to a multiple of `multiple`, counted from `start`. */
  align(start: number, multiple: number): void {
    const odd = (this.length - start) % multiple;
    if (odd !== 0) this.zeros(multiple - odd);
  }

  /** What was written from `start` on, without a copy: good until the next write. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.length);
  }

  /** Puts bytes over others that were written before. */
  patchRaw(at: number, bytes: Uint8Array): void {
    if (at + bytes.length <= this.length) this.#bytes.set(bytes, at);
  }

  patchU16(at: number, value: number): void {
    this.#view.setUint16(at, value);
  }

  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }

  /** What was written at `at`. */
  readU16(at: number): number {
    return this.#view.getUint16(at);
  }

  /** Puts the length of what was written since `start` into the u16 at `at`. @throws OpenFlowEncodeError */
  patchLength(at: number, start: number, what: string): void {
    const length = this.length - start;
    if (length > 0xffff) throw new OpenFlowEncodeError('OF_TOO_LONG', `${what} takes ${length} bytes, more than 65535`);
    this.patchU16(at, length);
  }

  /**
   * A NUL-padded text of `size` bytes: UTF-8; or, when it does not fit so, Latin-1, as which the reader takes bytes
   * that are no UTF-8. @throws OpenFlowEncodeError when neither fits
   */
  text(value: string, size: number): void {
    const utf8 = Buffer.from(value, 'utf8');
    const bytes = utf8.length > size && /^[\0-\xff]*$/.test(value) ? Buffer.from(value, 'latin1') : utf8;
    if (bytes.length > size) {
      const what = `${JSON.stringify(value)} takes ${bytes.length} bytes, more than ${size}`;
      throw new OpenFlowEncodeError('OF_TOO_LONG', what);
    }
    this.raw(bytes);
    this.zeros(size - bytes.length);
  }

  /** Forgets what was written after `length`. */
  truncate(length: number): void {
    this.length = Math.min(this.length, length);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  /** Forgets what was not taken, and begins something to be taken. Returns where it starts. */
  begin(): number {
    if (this.#bytes.length - this.#taken < usualRoom) {
      this.#use(new Uint8Array(sharedSize));
      this.#taken = 0;
    }
    this.length = this.#taken;
    return this.length;
  }

  /** What was written since `begin`, without a copy: its bytes are not written to again. */
  take(): Uint8Array {
    const start = this.#taken;
    this.#taken = this.length;
    return new Uint8Array(this.#view.buffer, start, this.length - start);
  }
}
