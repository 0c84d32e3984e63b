// A configuration that cannot be used.

import { PointsmanError } from '../../lib/errors.ts';
import { type FileProblem, formatProblem, sortProblems } from '../yaml/problem.ts';

/** Thrown when a configuration cannot be used; lists everything that was found, not the first thing only. */
export class ConfigError extends PointsmanError<'BAD_CONFIG'> {
  /** In the order of the file. */
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[], options?: ErrorOptions) {
    const inOrder = sortProblems(problems);
    super('BAD_CONFIG', inOrder.map(formatProblem).join('\n'), options);
    this.problems = inOrder;
  }
}
