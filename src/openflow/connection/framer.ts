// Cuts a byte stream into OpenFlow messages, at whatever places the network has cut it.

import { headerLength } from '../codec/message-codec.ts';
import { OpenFlowDecodeError } from '../errors.ts';

/** Cuts a byte stream into frames. Holds at most one incomplete frame: 65,535 bytes. */
export class Framer {
  #pending: Uint8Array = new Uint8Array();

  /**
   * The messages that are complete now. They are views of `chunk` where possible: decode them before the next push.
   * @throws OpenFlowDecodeError when a header claims less than itself; the stream is lost then
   */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    const whole = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    // A plain array: the slice of a Buffer would share its memory.
    const bytes = new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength);
    let offset = 0;
    while (bytes.length - offset >= headerLength) {
      const length = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number);
      if (length < headerLength) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `a message of ${length} bytes`);
      if (bytes.length - offset < length) break;
      yield bytes.subarray(offset, offset + length);
      offset += length;
    }
    // A copy, so that a big chunk is not kept for its last few bytes.
    this.#pending = bytes.slice(offset);
  }
}
