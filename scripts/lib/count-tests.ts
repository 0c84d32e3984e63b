// Counts test points in TAP: the leaves, not the lines that sum up a subtest. Whatever makes a subtest fail without a
// failing point in it (a timeout, a wrong plan, a crash, no test at all) counts as one failure of its own.

import { Parser, type Result } from 'tap-parser';
import { stringify } from 'yaml';

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  todo: number;
  /** Those of the failed ones that the report shows. */
  readonly failures: Failure[];
}

export interface Failure {
  /** File, subtests, and the point, outermost first. */
  readonly path: readonly string[];
  /** What tap says of it. */
  readonly diag: unknown;
}

/** Of one failure; a diff of two large objects has thousands. */
const DIAG_LINES = 60;

/** What tap says of a file in which nothing was tested. */
const NOTHING_TESTED = /no tests found/i;

/** @param status exit status of the program that wrote the TAP */
export function countTests(tap: string, status: number): TestCounts {
  const counts: TestCounts = { passed: 0, failed: 0, skipped: 0, todo: 0, failures: [] };
  const parser = new Parser();
  count(parser, counts, []);
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

/** Long reports hide them: each failure once more, as lines of text. */
export function recap({ failures }: TestCounts): string[] {
  return failures.flatMap(({ path, diag }) => [
    `failed: ${path.join(' > ')}`,
    ...(diag ? stringify(diag).trimEnd().split('\n').slice(0, DIAG_LINES) : []).map(line => `  ${line}`),
  ]);
}

function count(parser: Parser, counts: TestCounts, path: readonly string[]): void {
  let child: { readonly name: string; readonly failedBefore: number } | undefined;
  const fail = ({ name, diag }: Result): void => {
    counts.failed += 1;
    counts.failures.push({ path: [...path, name], diag });
  };
  parser.on('child', (subtest: Parser) => {
    child = { name: subtest.name, failedBefore: counts.failed };
    count(subtest, counts, [...path, subtest.name]);
  });
  parser.on('assert', (point: Result) => {
    const closed = child?.name === point.name ? child : undefined;
    child = undefined;
    if (point.todo) counts.todo += 1;
    else if (point.skip && !NOTHING_TESTED.test(String(point.skip))) counts.skipped += 1;
    else if (point.skip) fail(point);
    else if (!closed && point.ok) counts.passed += 1;
    else if (!point.ok && (!closed || counts.failed === closed.failedBefore)) fail(point);
  });
}
