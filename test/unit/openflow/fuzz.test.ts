// Malformed input is an OpenFlowDecodeError, whatever it is.

import fc from 'fast-check';
import t from 'tap';
import { decode, encode, Framer, OpenFlowDecodeError } from '../../../src/openflow/index.ts';
import { bytes, flowMods, fromSwitch } from './vectors.ts';

const frames = [...Object.values(fromSwitch), ...flowMods.map(vector => vector.hex)].map(bytes);

/** Decodes, and if that works encodes: whatever was accepted can be written. */
function survives(frame: Uint8Array): boolean {
  try {
    encode(decode(frame));
    return true;
  } catch (error) {
    if (error instanceof OpenFlowDecodeError) return true;
    throw error;
  }
}

/** The frame cut at `length`, with a header that agrees. */
function cut(frame: Uint8Array, length: number): Uint8Array {
  const short = frame.slice(0, length);
  if (length >= 4) new DataView(short.buffer).setUint16(2, length);
  return short;
}

t.test('cut anywhere', async t => {
  for (const frame of frames) {
    const step = Math.ceil(frame.length / 400);
    for (let length = 0; length < frame.length; length += step) survives(cut(frame, length));
  }
  t.pass();
});

t.test('every 16 bits replaced by lengths that lie', async t => {
  for (const frame of frames) {
    const step = 2 * Math.ceil(frame.length / 800);
    for (let at = 4; at + 2 <= frame.length; at += step) {
      for (const lie of [0, 1, 4, 7, 8, 16, 0x7fff, 0xffff]) {
        const bad = frame.slice();
        new DataView(bad.buffer).setUint16(at, lie);
        survives(bad);
      }
    }
  }
  t.pass();
});

t.test('noise', async t => {
  const noise = fc
    .tuple(fc.integer({ min: 0, max: 35 }), fc.uint8Array({ maxLength: 300 }))
    .map(
      ([type, body]) => new Uint8Array([6, type, (body.length + 8) >> 8, (body.length + 8) & 255, 0, 0, 0, 1, ...body]),
    );
  fc.assert(fc.property(noise, survives), { numRuns: 3000 });
  t.throws(() => decode(new Uint8Array(3)), OpenFlowDecodeError);
});

t.test('deep nesting does not exhaust the stack', async t => {
  // ct in ct in ct: each level is 24 bytes of header.
  const depth = 2000;
  const actions = new Uint8Array(24 * depth);
  const view = new DataView(actions.buffer);
  for (let i = 0; i < depth; i++) {
    view.setUint16(24 * i, 0xffff);
    view.setUint16(24 * i + 2, 24 * (depth - i));
    view.setUint32(24 * i + 4, 0x2320);
    view.setUint16(24 * i + 8, 35);
  }
  const frame = new Uint8Array(8 + 40 + 8 + 8 + actions.length);
  const header = new DataView(frame.buffer);
  frame.set([6, 14]);
  header.setUint16(2, frame.length);
  header.setUint16(48, 1);
  header.setUint16(50, 4);
  header.setUint16(56, 4);
  header.setUint16(58, 8 + actions.length);
  frame.set(actions, 64);
  t.ok(survives(frame));
  t.equal(Buffer.compare(encode(decode(frame)), frame), 0);
});

t.test('a stream can be cut at any place', async t => {
  const stream = Buffer.concat(frames.slice(0, 12).filter(frame => frame.length < 2000));
  const expected = [...new Framer().push(stream)].map(frame => Buffer.from(frame).toString('hex'));
  for (const size of [1, 2, 3, 7, 8, 9, 100, 1000]) {
    const framer = new Framer();
    const got: string[] = [];
    for (let at = 0; at < stream.length; at += size) {
      for (const frame of framer.push(stream.subarray(at, at + size))) got.push(Buffer.from(frame).toString('hex'));
    }
    t.same(got, expected, `${size} bytes at a time`);
  }
  t.throws(() => [...new Framer().push(new Uint8Array([6, 0, 0, 7, 0, 0, 0, 0]))], { name: 'FrameError' });
});
