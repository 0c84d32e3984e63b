// A stream of messages and its consumer, one of them slow.

import t from 'tap';
import { MessageStream } from '../../../src/openflow/index.ts';

t.test('gives what came before and after it is asked for, in order', async t => {
  const stream = new MessageStream<number>(3, () => {});
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
  const stream = new MessageStream<number>(2, () => {});
  for (let i = 0; i < 5; i++) stream.push(i);
  t.equal(stream.dropped, 3);
  t.equal(stream.waiting, 2);
  t.same(await stream.next(), { value: 0, done: false });
  stream.push(9);
  const seen: number[] = [];
  stream.end();
  for await (const one of stream) seen.push(one);
  t.same(seen, [1, 9]);
  t.throws(() => new MessageStream(0, () => {}), RangeError);
});

t.test('long queues keep their order', async t => {
  const stream = new MessageStream<number>(10, () => {});
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
  const stream = new MessageStream<number>(2, () => ended++);
  const waiting = stream.next();
  stream.end();
  stream.end();
  stream.push(1);
  t.match(await waiting, { done: true });
  t.match(await stream.next(), { done: true });
  t.equal(ended, 1);
  const left = new MessageStream<number>(2, () => ended++);
  left.push(1);
  left.push(2);
  for await (const _ of left) break;
  t.equal(ended, 2, 'leaving the loop ends it');
  t.equal(left.waiting, 0);
});
