// The framer alone: what it keeps, what it copies, what it refuses.

import t from 'tap';
import { FrameError, Framer } from '../../../src/openflow/index.ts';

const frame = (length: number, fill: number): Uint8Array => {
  const bytes = new Uint8Array(length).fill(fill);
  bytes.set([6, 2, length >> 8, length & 0xff]);
  return bytes;
};
const frames = [frame(8, 1), frame(65535, 2), frame(9, 3), frame(8, 4), frame(300, 5)];
const stream = Buffer.concat(frames);

t.test('any cut gives the same messages', async t => {
  for (const size of [1, 2, 3, 4, 5, 7, 8, 9, 100, 65534, 65535, 65536, stream.length]) {
    const framer = new Framer();
    const found: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) {
      for (const one of framer.push(stream.subarray(at, at + size))) found.push(one.slice());
    }
    t.same(found, frames, `${size} bytes at a time`);
    t.equal(framer.pending, 0);
  }
});

t.test('messages that come whole are not copied', async t => {
  const chunk = new Uint8Array(stream);
  for (const one of new Framer().push(chunk)) t.equal(one.buffer, chunk.buffer);
});

t.test('keeps no more than one message', async t => {
  const framer = new Framer();
  const chunk = Buffer.concat([frame(100, 1), frame(65535, 2).subarray(0, 1000)]);
  t.equal([...framer.push(chunk)].length, 1);
  t.equal(framer.pending, 1000);
  const rest = Buffer.concat([frame(65535, 2).subarray(1000), frame(50, 3).subarray(0, 3)]);
  t.same([...framer.push(rest)], [frame(65535, 2)]);
  t.equal(framer.pending, 3);
});

t.test('a header that claims less than itself', async t => {
  const bad = new Uint8Array([6, 0, 0, 7, 1, 2, 3, 4, 5]);
  t.throws(() => [...new Framer().push(bad)], { name: 'FrameError', code: 'OF_BAD_LENGTH', head: bad.slice(0, 8) });
  const framer = new Framer();
  t.same([...framer.push(bad.subarray(0, 3))], []);
  t.throws(() => [...framer.push(bad.subarray(3))], FrameError, 'in two pieces');
});
