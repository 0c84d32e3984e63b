// Malformed input is an OpenFlowDecodeError, whatever it is; what decodes comes back. For longer: npm run fuzz.

import t from 'tap';
import { decode, encode, Framer, OpenFlowDecodeError } from '../../../src/openflow/index.ts';
import { Dice } from '../../fixtures/dice.ts';
import { complaint } from '../../fuzz/openflow/check.ts';
import { corpus } from '../../fuzz/openflow/corpus.ts';
import { cuts, flip, lengths, noise, splice } from '../../fuzz/openflow/mutate.ts';
import { bytes, flowMods, fromSwitch } from './vectors.ts';

const frames = corpus();
const seed = 20261121;
/** The first few of many complaints: thousands would say no more. */
const shown = 3;

function* each(frames: readonly Uint8Array[], mutate: (frame: Uint8Array) => Iterable<Uint8Array>) {
  for (const frame of frames) yield* mutate(frame);
}

function* times(count: number, make: () => Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield make();
}

const dice = new Dice(seed);
const some = frames.filter((_, i) => i % 7 === 0);

const plans: Readonly<Record<string, () => Iterable<Uint8Array>>> = {
  'as they are': () => frames,
  'cut anywhere': () => each(some, cuts),
  'lengths that lie': () => each(some, lengths),
  'bytes changed': () => times(30_000, () => flip(dice.pick(frames), dice)),
  'ends of others': () => times(10_000, () => splice(dice.pick(frames), dice.pick(frames), dice)),
  noise: () => times(10_000, () => noise(dice)),
};

for (const [name, make] of Object.entries(plans)) {
  t.test(name, async t => {
    let count = 0;
    const complaints: string[] = [];
    for (const frame of make()) {
      count++;
      const found = complaint(frame);
      if (found) complaints.push(found);
    }
    t.ok(count >= 500, `${count} frames`);
    t.same(complaints.slice(0, shown), []);
  });
}

t.test('what is too short to be a frame', async t => {
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
  t.equal(complaint(frame), undefined);
  t.equal(Buffer.compare(encode(decode(frame)), frame), 0);
});

t.test('a stream can be cut at any place', async t => {
  const short = [...Object.values(fromSwitch), ...flowMods.map(({ hex }) => hex)].map(bytes).slice(0, 12);
  const stream = Buffer.concat(short.filter(frame => frame.length < 2000));
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
