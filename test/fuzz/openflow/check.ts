// What must be true of any frame at all.

import { decode, encode, format, OpenFlowDecodeError, OpenFlowEncodeError } from '../../../src/openflow/index.ts';

/** No frame may take longer, ms of processor time: the longest has 65,535 bytes. */
const longest = 1000;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/**
 * Undefined when the frame is refused with the library's own error, or is decoded, printed, and comes back byte for
 * byte, all in bounded time; otherwise what went wrong.
 */
export function complaint(frame: Uint8Array): string | undefined {
  const start = process.cpuUsage();
  try {
    const message = decode(frame);
    const back = encode(message);
    if (Buffer.compare(back, frame) !== 0) return `${hex(frame)} came back as ${hex(back)}`;
    format(message);
  } catch (error) {
    if (!(error instanceof OpenFlowDecodeError)) {
      const own = error instanceof OpenFlowEncodeError ? 'does not encode' : 'throws';
      return `${hex(frame)} ${own}: ${error instanceof Error ? error.stack : error}`;
    }
  }
  const { user, system } = process.cpuUsage(start);
  const took = (user + system) / 1000;
  return took > longest ? `${hex(frame)} took ${took.toFixed(0)} ms` : undefined;
}
