// Cuts a byte stream into OpenFlow messages, at whatever places the network has cut it.

import { OpenFlowDecodeError } from '../errors.ts';
import { headerLength } from '../messages/shared/message-definition.ts';

/** Where the u16 length ends in a header: enough bytes to know how many to wait for. */
const lengthEnd = 4;

const nothing = new Uint8Array();

/** A header that claims less than itself. Where the next message starts is unknown: the stream is lost. */
export class FrameError extends OpenFlowDecodeError {
  /** The header, as far as it had come. */
  readonly head: Uint8Array;

  constructor(length: number, head: Uint8Array) {
    super('OF_BAD_LENGTH', `a message of ${length} bytes`);
    this.head = head;
  }
}

/** Cuts a byte stream into frames. Holds at most one incomplete frame: 65,535 bytes. */
export class Framer {
  /** The message that is not whole yet: room for all of it once its length is known, never more than 65535 bytes. */
  #partial: Uint8Array = nothing;
  #filled = 0;

  /** Bytes kept for a message that is not whole yet. */
  get pending(): number {
    return this.#filled;
  }

  /** The header of that message, as far as it has come. */
  get head(): Uint8Array {
    return this.#partial.subarray(0, Math.min(this.#filled, headerLength));
  }

  /**
   * The messages that are complete now. They are views of `chunk` where possible: decode them before the next push.
   * Only a message that spans chunks is copied.
   * @throws FrameError
   */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    // A plain array: the slice of a Buffer would share its memory.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let offset = 0;
    if (this.#filled > 0) {
      offset = this.#fill(bytes);
      if (this.#filled < lengthEnd || this.#filled < this.#partial.length) return;
      const whole = this.#partial;
      this.#partial = nothing;
      this.#filled = 0;
      yield whole;
    }
    while (bytes.length - offset >= lengthEnd) {
      const length = lengthAt(bytes, offset);
      if (bytes.length - offset < length) break;
      yield bytes.subarray(offset, offset + length);
      offset += length;
    }
    if (offset < bytes.length) this.#keep(bytes, offset);
  }

  /** Completes the kept message as far as `bytes` goes. Returns how many of them it took. */
  #fill(bytes: Uint8Array): number {
    let taken = 0;
    if (this.#filled < lengthEnd) {
      taken = this.#append(bytes, 0, lengthEnd);
      if (this.#filled < lengthEnd) return taken;
      const head = this.#partial;
      this.#partial = new Uint8Array(lengthAt(head, 0));
      this.#partial.set(head);
    }
    return taken + this.#append(bytes, taken, this.#partial.length);
  }

  #append(bytes: Uint8Array, offset: number, until: number): number {
    const count = Math.min(until - this.#filled, bytes.length - offset);
    this.#partial.set(bytes.subarray(offset, offset + count), this.#filled);
    this.#filled += count;
    return count;
  }

  #keep(bytes: Uint8Array, offset: number): void {
    const left = bytes.length - offset;
    this.#partial = new Uint8Array(left < lengthEnd ? lengthEnd : lengthAt(bytes, offset));
    this.#partial.set(bytes.subarray(offset));
    this.#filled = left;
  }
}

function lengthAt(bytes: Uint8Array, offset: number): number {
  const length = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number);
  if (length < headerLength) throw new FrameError(length, bytes.slice(offset, offset + headerLength));
  return length;
}
