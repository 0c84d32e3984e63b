// Counts test points in TAP: the leaves, not the lines that sum up a subtest. Whatever makes a subtest fail without a
// failing point in it (a timeout, a wrong plan, a crash, no test at all) counts as one failure of its own.

import { Parser, type Result } from 'tap-parser';

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  todo: number;
}

/** What tap says of a file in which nothing was tested. */
const NOTHING_TESTED = /no tests found/i;

/** @param status exit status of the program that wrote the TAP */
export function countTests(tap: string, status: number): TestCounts {
  const counts: TestCounts = { passed: 0, failed: 0, skipped: 0, todo: 0 };
  const parser = new Parser();
  count(parser, counts);
  parser.end(tap);
  // A failure that shows nowhere in the report: the runner itself crashed, bailed out, or reported nothing.
  const tested = counts.passed + counts.failed > 0;
  if (counts.failed === 0 && (status !== 0 || !parser.ok || !tested)) counts.failed = 1;
  return counts;
}

export function summary({ passed, failed, skipped, todo }: TestCounts): string {
  const rest = [skipped > 0 ? `, ${skipped} skipped` : '', todo > 0 ? `, ${todo} todo` : ''];
  return `${passed} passed, ${failed} failed${rest.join('')}`;
}

function count(parser: Parser, counts: TestCounts): void {
  let child: { readonly name: string; readonly failedBefore: number } | undefined;
  parser.on('child', (subtest: Parser) => {
    child = { name: subtest.name, failedBefore: counts.failed };
    count(subtest, counts);
  });
  parser.on('assert', (point: Result) => {
    const closed = child?.name === point.name ? child : undefined;
    child = undefined;
    if (point.todo) counts.todo += 1;
    else if (point.skip && !NOTHING_TESTED.test(String(point.skip))) counts.skipped += 1;
    else if (point.skip) counts.failed += 1;
    else if (!closed && point.ok) counts.passed += 1;
    else if (!point.ok && (!closed || counts.failed === closed.failedBefore)) counts.failed += 1;
  });
}
