// Frames made wrong: by chance, and by plan.

import type { Dice } from '../../fixtures/dice.ts';

const headerLength = 8;
const likely = [0, 1, 2, 3, 4, 8, 16, 0x7f, 0x80, 0xff];
/** What a length field may lie. */
const lies = [0, 1, 4, 7, 8, 16, 0x7fff, 0xffff];

function withLength(frame: Uint8Array): Uint8Array {
  if (frame.length >= 4) new DataView(frame.buffer).setUint16(2, frame.length);
  return frame;
}

/** The frame cut, or with zeros behind it, and its header in agreement. */
function resize(frame: Uint8Array, by: number, least: number): Uint8Array {
  const sized = new Uint8Array(Math.max(frame.length + by, least, headerLength));
  sized.set(frame.subarray(0, sized.length));
  return withLength(sized);
}

/** The frame with one to three bytes changed, and now and then cut or longer; those before `first` stay. */
export function flip(frame: Uint8Array, dice: Dice, first = 4): Uint8Array {
  const sized = dice.chance(10);
  const by = dice.chance(2) ? -dice.below(16) : dice.below(16);
  const changed = sized ? resize(frame, by, first) : frame.slice();
  for (let i = dice.below(3); i >= 0 && changed.length > first; i--) {
    const at = first + dice.below(changed.length - first);
    changed[at] = dice.chance(2) ? dice.pick(likely) : dice.below(256);
  }
  return changed;
}

/** The frame cut at each length; of a long one, at about 400 of them. */
export function* cuts(frame: Uint8Array): Generator<Uint8Array> {
  const step = Math.ceil(frame.length / 400);
  for (let length = 0; length < frame.length; length += step) yield withLength(frame.slice(0, length));
}

/** The frame with each 16 bits, of which some are lengths, replaced by lengths that are too small or too large. */
export function* lengths(frame: Uint8Array): Generator<Uint8Array> {
  const step = 2 * Math.ceil(frame.length / 800);
  for (let at = 4; at + 2 <= frame.length; at += step) {
    const truth = new DataView(frame.buffer, frame.byteOffset).getUint16(at);
    for (const lie of [...lies, truth - 1, truth + 1, truth - 8, truth + 8]) {
      const changed = frame.slice();
      new DataView(changed.buffer).setUint16(at, lie & 0xffff);
      yield changed;
    }
  }
}

/** Bytes that mean nothing, behind a header that does. */
export function noise(dice: Dice): Uint8Array {
  const frame = new Uint8Array(headerLength + dice.below(300));
  for (let at = 0; at < frame.length; at++) frame[at] = dice.chance(3) ? dice.pick(likely) : dice.below(256);
  frame[0] = dice.within(4, 6);
  frame[1] = dice.below(36);
  return withLength(frame);
}

/** The end of one frame behind the start of another: properties and actions where they do not belong. */
export function splice(one: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  const head = one.subarray(0, headerLength + 8 * dice.below(Math.max(1, (one.length - headerLength) >> 3)));
  const tail = other.subarray(8 * dice.below(Math.max(1, other.length >> 3)));
  return withLength(Uint8Array.from(Buffer.concat([head, tail]).subarray(0, 0xffff)));
}
