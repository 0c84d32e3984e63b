// An answer that is kept for a moment.

import t from 'tap';
import { recent } from '../../../src/lib/recent.ts';

t.test('asked for once, by whoever asks within its age', async t => {
  let [now, asked] = [0, 0];
  const answer = recent(
    async () => ++asked,
    1_000,
    () => now,
  );
  t.strictSame(await Promise.all([answer(), answer()]), [1, 1], 'at once');
  now = 999;
  t.equal(await answer(), 1);
  now = 1_000;
  t.equal(await answer(), 2, 'and then anew');
});

t.test('a refusal is told to who waits for it, and to nobody after', async t => {
  let asked = 0;
  const answer = recent(
    async () => {
      asked++;
      if (asked === 1) throw new Error('not now');
      return asked;
    },
    1_000,
    () => 0,
  );
  const both = await Promise.allSettled([answer(), answer()]);
  t.strictSame(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.equal(await answer(), 2);
});
