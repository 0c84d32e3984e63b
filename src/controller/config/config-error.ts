// What is wrong with a configuration file, as data and as the text an operator reads.

import { PointsmanError } from '../../lib/errors.ts';

/** A step into the document: a key of a mapping or an index of a sequence. */
export type ConfigPath = readonly (string | number)[];

/** One thing to mend. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1; undefined when the trouble has no place in the text (the file cannot be read). */
  readonly line: number | undefined;
  /** From 1, in UTF-16 units. */
  readonly column: number | undefined;
  readonly path: ConfigPath;
  /** What is wrong, what was found, and what may stand there. */
  readonly message: string;
}

/** Thrown when a configuration cannot be used; lists everything that was found, not the first thing only. */
export class ConfigError extends PointsmanError<'BAD_CONFIG'> {
  /** In the order of the file. */
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    const inOrder = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    super('BAD_CONFIG', inOrder.map(formatProblem).join('\n'), options);
    this.problems = inOrder;
  }
}

/** `FILE:LINE:COLUMN: PATH: MESSAGE`, the form that editors jump to. */
export function formatProblem(problem: ConfigProblem): string {
  const place = [problem.file, problem.line, problem.column].filter(part => part !== undefined).join(':');
  const path = formatPath(problem.path);
  return path === '' ? `${place}: ${problem.message}` : `${place}: ${path}: ${problem.message}`;
}

/** `vteps[1].address` */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
