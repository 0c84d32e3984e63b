// Frames with bytes changed at random: whatever of them decodes must encode to the same bytes.

import { decode, encode, OpenFlowDecodeError } from '../../../src/openflow/index.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const likely = [0, 1, 2, 3, 4, 8, 16, 0x7f, 0x80, 0xff];

/** The frame with one to three bytes changed, and now and then cut or longer; those before `first` stay. */
export function flip(frame: Uint8Array, random: () => number, first = 4): Uint8Array {
  const below = (limit: number) => Math.floor(random() * limit);
  const changed = below(10) === 0 ? resize(frame, below(2) === 0 ? -below(16) : below(16), first) : frame.slice();
  for (let i = below(3); i >= 0 && changed.length > first; i--) {
    const at = first + below(changed.length - first);
    changed[at] = random() < 0.5 ? (likely[below(likely.length)] ?? 0) : below(256);
  }
  return changed;
}

/** The frame cut, or with zeros behind it, and its header in agreement. */
function resize(frame: Uint8Array, by: number, least: number): Uint8Array {
  const sized = new Uint8Array(Math.max(frame.length + by, least, 8));
  sized.set(frame.subarray(0, sized.length));
  new DataView(sized.buffer).setUint16(2, sized.length);
  return sized;
}

/** Undefined when the frame comes back as it was, or is refused as it should be; else what was wrong. */
export function lossOf(frame: Uint8Array): string | undefined {
  try {
    const back = encode(decode(frame));
    if (Buffer.compare(back, frame) === 0) return undefined;
    return `${Buffer.from(frame).toString('hex')} came back as ${Buffer.from(back).toString('hex')}`;
  } catch (error) {
    if (error instanceof OpenFlowDecodeError) return undefined;
    return `${Buffer.from(frame).toString('hex')}: ${error}`;
  }
}
