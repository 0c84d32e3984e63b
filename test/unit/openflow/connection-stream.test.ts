// A stream of messages and its consumer, one of them slow.

import t from 'tap';
import { MessageStream } from '../../../src/openflow/index.ts';

t.test('gives what came before and after it is asked for, in order', async t => {
  const stream = new MessageStream<number>(3, { onEnd() {} });
  stream.push(1);
  t.same(await stream.next(), { value: 1, done: false });
  const waiting = [stream.next(), stream.next()];
  stream.push(2);
  stream.push(3);
  t.same(await Promise.all(waiting), [
    { value: 2, done: false },
    { value: 3, done: false },
  ]);
});

t.test('drops what is beyond the limit, and counts', async t => {
  const stream = new MessageStream<number>(2, { onEnd() {} });
  for (let i = 0; i < 5; i++) stream.push(i);
  t.equal(stream.dropped, 3);
  t.equal(stream.waiting, 2);
  t.same(await stream.next(), { value: 0, done: false });
  stream.push(9);
  const seen: number[] = [];
  stream.end();
  for await (const one of stream) seen.push(one);
  t.same(seen, [1, 9]);
  t.throws(() => new MessageStream(0, { onEnd() {} }), RangeError);
});

t.test('with an owner that can hold messages back, drops none', async t => {
  const told: boolean[] = [];
  const stream = new MessageStream<number>(2, { onEnd() {}, onFull: full => told.push(full) });
  for (let i = 0; i < 5; i++) stream.push(i);
  t.same(told, [true]);
  t.equal(stream.dropped, 0);
  for (let i = 0; i < 4; i++) t.match(await stream.next(), { value: i });
  t.same(told, [true, false], 'once, at half');
  for (let i = 5; i < 9; i++) stream.push(i);
  await stream.return();
  t.same(told, [true, false, true, false], 'nobody waits for room in a stream that was left');
});

t.test('a failure comes behind what waits, once', async t => {
  const stream = new MessageStream<number>(2, { onEnd() {} });
  stream.push(1);
  stream.end(new Error('refused'));
  t.match(await stream.next(), { value: 1 });
  await t.rejects(stream.next(), { message: 'refused' });
  t.match(await stream.next(), { done: true });
  const waited = new MessageStream<number>(2, { onEnd() {} });
  const first = waited.next();
  const second = waited.next();
  waited.end(new Error('refused'));
  await t.rejects(first, { message: 'refused' });
  t.match(await second, { done: true });
});

t.test('long queues keep their order', async t => {
  const stream = new MessageStream<number>(10, { onEnd() {} });
  const seen: (number | undefined)[] = [];
  for (let i = 0; i < 1000; i++) {
    stream.push(i);
    if (i >= 5) seen.push((await stream.next()).value);
  }
  t.same(
    seen,
    Array.from({ length: 995 }, (_, i) => i),
  );
  t.equal(stream.dropped, 0);
});

t.test('ends once, for those who wait and for good', async t => {
  let ended = 0;
  const stream = new MessageStream<number>(2, { onEnd: () => ended++ });
  const waiting = stream.next();
  stream.end();
  stream.end();
  stream.push(1);
  t.match(await waiting, { done: true });
  t.match(await stream.next(), { done: true });
  t.equal(ended, 1);
  const left = new MessageStream<number>(2, { onEnd: () => ended++ });
  left.push(1);
  left.push(2);
  for await (const _ of left) break;
  t.equal(ended, 2, 'leaving the loop ends it');
  t.equal(left.waiting, 0);
});
