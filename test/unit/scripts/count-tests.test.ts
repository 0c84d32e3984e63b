import { test } from 'tap';
import { countTests, recap, summary } from '../../../scripts/lib/count-tests.ts';

/** TAP of one file with what its subtest printed. */
function file(body: string, closing: string): string {
  const inner = body.replace(/^(?=.)/gm, '    ');
  return `TAP version 14\n# Subtest: a.test.ts\n${inner}${closing}\n1..1\n`;
}

const cases: [what: string, tap: string, status: number, line: string][] = [
  ['two points', file('ok 1 - a\nok 2 - b\n1..2\n', 'ok 1 - a.test.ts'), 0, '2 passed, 0 failed'],
  ['a failed point', file('ok 1 - a\nnot ok 2 - b\n1..2\n', 'not ok 1 - a.test.ts'), 1, '1 passed, 1 failed'],
  [
    'a deeper point counts once',
    file('# Subtest: in\n    not ok 1 - x\n    1..1\nnot ok 1 - in\nok 2 - b\n1..2\n', 'not ok 1 - a.test.ts'),
    1,
    '1 passed, 1 failed',
  ],
  ['a timeout without a point', file('ok 1 - a\n1..1\n', 'not ok 1 - a.test.ts # timeout'), 1, '1 passed, 1 failed'],
  ['a plan not kept', file('ok 1 - a\n1..3\n', 'not ok 1 - a.test.ts'), 1, '1 passed, 1 failed'],
  ['a skip', file('ok 1 - a\nok 2 - b # SKIP no ovs\n1..2\n', 'ok 1 - a.test.ts'), 0, '1 passed, 0 failed, 1 skipped'],
  ['a todo', file('ok 1 - a\nnot ok 2 - b # TODO later\n1..2\n', 'ok 1 - a.test.ts'), 0, '1 passed, 0 failed, 1 todo'],
  ['a file without a test', 'TAP version 14\nok 1 - a.test.ts # SKIP no tests found\n1..1\n', 0, '0 passed, 1 failed'],
  ['bail out', 'TAP version 14\nok 1 - a\nBail out! no\n', 1, '1 passed, 1 failed'],
  ['nothing at all', '', 0, '0 passed, 1 failed'],
  ['a runner that failed after good points', file('ok 1 - a\n1..1\n', 'ok 1 - a.test.ts'), 1, '1 passed, 1 failed'],
];

for (const [what, tap, status, line] of cases) {
  test(what, async t => {
    t.equal(summary(countTests(tap, status)), line);
  });
}

test('what failed is shown once more, with its place and what tap says of it', async t => {
  const body =
    '# Subtest: in\n    not ok 1 - x\n      ---\n      at: somewhere\n      ...\n    1..1\nnot ok 1 - in\n1..1\n';
  t.strictSame(recap(countTests(file(body, 'not ok 1 - a.test.ts'), 1)), [
    'failed: a.test.ts > in > x',
    '  at: somewhere',
  ]);
  const timeout = 'ok 1 - a\n1..1\n';
  t.strictSame(recap(countTests(file(timeout, 'not ok 1 - a.test.ts # timeout'), 1)), ['failed: a.test.ts # timeout']);
  t.strictSame(recap(countTests(file('ok 1 - a\n1..1\n', 'ok 1 - a.test.ts'), 0)), []);
});
